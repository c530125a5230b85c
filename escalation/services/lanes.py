"""The way into the crisis lane, under the charter that the criteria have for it."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from alliance import selectors
from alliance.charters import SeatKind
from alliance.criteria import Choice
from alliance.models import Criterion
from core.errors import Conflict
from licensing.models import Case


def in_crisis_lane(choice: Choice, case: Case, *, rule_key: str, sentence: str, legal_basis: str) -> Choice:
    """Return a way as it is in the crisis lane, for a reason: with the lane's charter that has somebody to ask.

    The charters are those to which the lane criteria in force lead, the most general criterion first, which is the
    last by rank: for a case in which members have a stake the first that asks those, else the first that does not
    begin with them. Conflict where there is none.
    """
    stakes = bool(choice.stakes) or case.stakes.exists()
    keys = [
        str(rule.outcome["charter"])
        for rule in selectors.criteria()
        if rule.kind == Criterion.Kind.LANE and rule.outcome.get("lane") == "crisis"
    ]
    for key in dict.fromkeys(reversed(keys)):
        charter = selectors.charter(key)
        if charter.tiers and (charter.tiers[0].seats.kind is SeatKind.STAKES) is stakes:
            return replace(
                choice,
                lane="crisis",
                charter_key=charter.key,
                charter_version=charter.version,
                rule_key=rule_key,
                sentence=sentence,
                legal_basis=legal_basis,
                critical=choice.critical or charter.critical,
            )
    raise Conflict(_("No criterion in force leads into the crisis lane."))
