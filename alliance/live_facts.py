"""The live facts that a precondition of relaxing may speak of: the published vocabulary of exit plans.

What each says now is counted where cases and licences are (`escalation.measuring`). In scope is trade that the
scope of the declaration and of at least one of its measures matches, whichever member leads it, relaxed or not.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from alliance.facts import Fact


@dataclass(frozen=True)
class LiveFact(Fact):
    """One name of the vocabulary. `sentence` says how it is counted; `lists`: what its evidence lists."""

    unit: str
    lists: str = ""  # case, licence, denial
    unknown: str = ""  # when it cannot be said; empty: it always can


NOBODY_DECIDED = "No humanitarian case in scope was decided in the last 30 days."

FACTS: tuple[LiveFact, ...] = (
    LiveFact("days_in_force", "int", "Whole days since the declaration came into force.", "days"),
    LiveFact("days_left", "int", "Whole days until its sunset, or the one it was renewed to.", "days"),
    LiveFact("members_adopted", "int", "Members that have adopted the measures.", "members"),
    LiveFact("members_pending", "int", "Members that have neither adopted them nor opted out.", "members"),
    LiveFact("members_opted_out", "int", "Members that have opted out of the measures.", "members"),
    LiveFact("steps_applied", "list", "Keys of the steps of the exit plan that stand applied.", "steps"),
    LiveFact(
        "lists_stale",
        "list",
        "Keys of the screening lists in force that are older than they may be.",
        "lists",
    ),
    LiveFact("open_cases_in_scope", "int", "Open cases in scope.", "cases", "case"),
    LiveFact(
        "live_licences_in_scope",
        "int",
        "Licences in scope, issued or suspended, that are neither over nor revoked.",
        "licences",
        "licence",
    ),
    LiveFact(
        "licences_suspended",
        "int",
        "Live licences in scope that an officer has suspended.",
        "licences",
        "licence",
    ),
    LiveFact(
        "licences_revoked_30d",
        "int",
        "Licences in scope that an officer revoked in the last 30 days.",
        "licences",
        "licence",
    ),
    LiveFact(
        "open_hits",
        "int",
        "Screening hits on open cases in scope that officers have not resolved.",
        "hits",
        "case",
    ),
    LiveFact(
        "open_hits_strong",
        "int",
        "Strong screening hits on open cases in scope that officers have not resolved.",
        "hits",
        "case",
    ),
    LiveFact(
        "confirmed_hits_30d",
        "int",
        "Screening hits on cases in scope that officers confirmed in the last 30 days.",
        "hits",
        "case",
    ),
    LiveFact(
        "hard_stops_30d",
        "int",
        "Cases in scope in which an assessment of the last 30 days found a hard stop.",
        "cases",
        "case",
    ),
    LiveFact(
        "end_use_checks_open",
        "int",
        "Open cases in scope whose clock stands because a check at the end-user is carried out.",
        "cases",
        "case",
    ),
    LiveFact(
        "objections_binding_open",
        "int",
        "Binding objections that stand on open cases in scope.",
        "objections",
        "case",
    ),
    LiveFact(
        "denials_30d_in_scope",
        "int",
        "Denials of the last 30 days that are valid and whose goods, destination and parties are in scope.",
        "denials",
        "denial",
    ),
    LiveFact(
        "lapses_7d", "int", "Windows on cases in scope that lapsed in the last 7 days.", "windows", "case"
    ),
    LiveFact(
        "lapses_30d", "int", "Windows on cases in scope that lapsed in the last 30 days.", "windows", "case"
    ),
    LiveFact(
        "overdue_decisions",
        "int",
        "Open cases in scope whose lead has let its time to decide pass.",
        "cases",
        "case",
    ),
    LiveFact("decided_30d", "int", "Cases in scope that were decided in the last 30 days.", "cases", "case"),
    LiveFact(
        "decided_in_window_percent_30d",
        "int",
        "Of these, the share on whose way no window lapsed and no time to decide passed, rounded down.",
        "percent",
        "case",
        "No case in scope was decided in the last 30 days.",
    ),
    LiveFact(
        "humanitarian_decided_30d",
        "int",
        "Cases in scope of the humanitarian lane that were decided in the last 30 days.",
        "cases",
        "case",
    ),
    LiveFact(
        "humanitarian_p50_hours_x10",
        "int",
        "Tenths of an hour within which half of these were decided, from registration, rounded up.",
        "tenths of an hour",
        "case",
        NOBODY_DECIDED,
    ),
    LiveFact(
        "humanitarian_p95_hours_x10",
        "int",
        "Tenths of an hour within which 95 % of these were decided, from registration, rounded up.",
        "tenths of an hour",
        "case",
        NOBODY_DECIDED,
    ),
)

BY_NAME: Mapping[str, LiveFact] = {fact.name: fact for fact in FACTS}
