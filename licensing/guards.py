"""What stands in the way of a decision: read under the lock, shown on the page, returned by the API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliance import selectors as alliance
from alliance.measures import Effect
from core.models import ref
from exemptions import trust
from licensing import conditions, trusted, waived
from licensing.models import Assessment, Case, Consultation, Decision, Item, Licence, Party, Position
from screening import selectors as screening

GRANTS = frozenset({Decision.Kind.GRANT, Decision.Kind.GRANT_IN_PART})
DECIDABLE = frozenset({Case.Status.IN_REVIEW, Case.Status.ON_HOLD, Case.Status.PROVISIONAL})
#: The requirement of a tier's answer; said more precisely by the consultations that are still open.
TIER_ANSWER = "tier_answer"
#: Requirements that the ladder makes of its seats. After a provisional grant the seats have said nothing in time,
#: and two members confirm it in their place.
OF_SEATS = frozenset({TIER_ANSWER, "tier_quorum"})


def positions_in_force(case: Case) -> list[Position]:
    """The positions that count: in force, on the case's present round."""
    return list(
        Position.objects.filter(
            consultation__case=case, consultation__round=case.round, status=Position.Status.IN_FORCE
        ).select_related("consultation__jurisdiction")
    )


def merged_conditions(case: Case) -> conditions.Merged:
    """The conditions of all positions in force as one set."""
    return conditions.merge(position.conditions for position in positions_in_force(case))


def blockers(case: Case, kind: str) -> list[str]:
    """Return what must be settled before a decision of a kind, one sentence each; empty when nothing is.

    A grant waits for cleared hits, withdrawn binding objections, answers still due, requirements, conditions
    that fit together, classified items, an assessment of the revision in hand, and for no measure of a crisis to
    stop it. That no licence is required
    can be said only of what is not controlled and was not stopped. A refusal or a return waits for nothing
    but a case in review: nobody is granted anything by it.
    """
    found = list(_state(case, kind))
    if kind in GRANTS or kind == Decision.Kind.NO_LICENCE_REQUIRED:
        found += _assessed(case)
        found += screened(case)
    if kind in GRANTS:
        positions = positions_in_force(case)
        found += _measures(case)
        found += _fast_lane(case)
        found += _objections(case)
        found += _replaced(case)
        found += _answers_due(case)
        found += _conflicts(positions)
    if kind == Decision.Kind.GRANT:
        found += unclassified(case.revision.items.all())
    if kind == Decision.Kind.NO_LICENCE_REQUIRED:
        found += _controlled(case)
    return found


def _state(case: Case, kind: str) -> Iterator[str]:
    if case.status == Case.Status.PROVISIONAL and kind not in GRANTS:
        yield _(
            "It is granted provisionally: that is confirmed, or its confirmation refused, before anything else."
        )
    if case.status not in DECIDABLE:
        yield _("The case is %(status)s; it is decided in review or on hold.") % {
            "status": case.get_status_display().lower()
        }


def _assessed(case: Case) -> Iterator[str]:
    if not Assessment.objects.filter(case=case, revision=case.revision_id).exists():
        yield _("The revision in hand has not been assessed.")


def screened(case: Case) -> Iterator[str]:
    """Say what the lists leave open about the parties of a case."""
    if count := screening.open_hits(ref(case)):
        yield ngettext(
            "%(count)s screening hit waits to be judged.",
            "%(count)s screening hits wait to be judged.",
            count,
        ) % {"count": count}
    # A listed owner stands in the way through the party it holds, if it holds enough: that is a hit of its own.
    confirmed = screening.confirmed_parties(ref(case))
    if confirmed and confirmed - _only_owners(case):
        yield _("A party is confirmed to be on a list.")


def extended(case: Case) -> list[str]:
    """Say which measures of crises forbid that a licence on a case covers more than it does."""
    return list(_measures(case))


def _only_owners(case: Case) -> set[int]:
    """Return the shared parties that take part in a case as owners of others and in no other role."""
    roles = list(case.revision.parties.values_list("shared_party_id", "role"))
    others = {pk for pk, role in roles if role != Party.Role.OWNER}
    return {pk for pk, _role in roles} - others


def _measures(case: Case) -> Iterator[str]:
    """Measures of crises in force by which nothing is granted, unless a waiver in force lifts them for this
    exporter: read now, by whoever is about to grant. The cap is counted when the licence is issued."""
    for one in waived.lifted(case, [Effect.NO_GRANT], whole=False):
        if one.waiver is None:
            yield waived.sentence(one)


def _replaced(case: Case) -> Iterator[str]:
    """A licence that was stopped is not made good by another one in its place."""
    licence = case.application.replaces
    if licence is not None and licence.status in (Licence.Status.SUSPENDED, Licence.Status.REVOKED):
        yield _("%(number)s, which it replaces, is %(status)s: it is not replaced like that.") % {
            "number": licence.number,
            "status": licence.get_status_display().lower(),
        }


def _fast_lane(case: Case) -> Iterator[str]:
    """A case in the fast lane whose exporter is trusted no more: it is moved, and no silence counts for it."""
    if case.charter_key.startswith(trust.FAST) and not trusted.level_of(case.application.organisation):
        yield _(
            "The exporter is not a trusted trader any more: the case is moved to the ordinary procedure, where it "
            "is decided."
        )


def _objections(case: Case) -> Iterator[str]:
    for position in objections_standing([case.pk]):
        yield _("%(who)s objects, and the objection binds.") % {"who": position.consultation.addressee}


def objections_standing(cases: Iterable[int]) -> list[Position]:
    """Return the binding objections on cases, of any round: each stands until whoever made it says something else.

    Being asked again in a new round takes nothing back, nor does silence there. One query, however many the cases.
    """
    said = Position.objects.filter(
        consultation__case__in=list(cases), status=Position.Status.IN_FORCE, taken_by__isnull=False
    ).select_related("consultation__jurisdiction")
    last: dict[tuple[int, str | None, str, int], Position] = {}
    for position in said.order_by("consultation__round", "taken_at", "pk"):
        asked = position.consultation
        last[asked.case_id, asked.jurisdiction_id, asked.ministry, asked.tier] = position
    return [one for one in last.values() if one.kind == Position.Kind.OBJECT and one.binding]


def _answers_due(case: Case) -> Iterator[str]:
    waiting = list(
        Consultation.objects.filter(
            case=case, round=case.round, status=Consultation.Status.OPEN
        ).select_related("case", "jurisdiction")
    )
    for consultation in waiting:
        yield _("%(who)s may still answer until %(due)s.") % {
            "who": consultation.addressee,
            "due": f"{consultation.due_at:%Y-%m-%d %H:%M UTC}",
        }
    for requirement in case.requirements.filter(satisfied_at__isnull=True).order_by("pk"):
        if case.status == Case.Status.PROVISIONAL and requirement.kind in OF_SEATS:
            continue
        if not (requirement.kind == TIER_ANSWER and waiting):
            yield requirement.sentence


def _conflicts(positions: Iterable[Position]) -> Iterator[str]:
    for one, other in conditions.merge(position.conditions for position in positions).conflicts:
        yield _("Two conditions cannot both be kept: “%(one)s” and “%(other)s”.") % {
            "one": conditions.KINDS[one].label,
            "other": conditions.KINDS[other].label,
        }


def unclassified(items: Iterable[Item]) -> Iterator[str]:
    """Lines that nobody has classified yet: what is not known cannot be licensed."""
    for item in items:
        if not item.control_code:
            yield _("Line %(line)s has not been classified; ask the exporter for its parameters.") % {
                "line": item.line
            }


def _controlled(case: Case) -> Iterator[str]:
    """Reasons why a licence is required after all."""
    for item in case.revision.items.all():
        if item.control_code and not alliance.not_controlled(item.control_code):
            yield _("Line %(line)s is controlled as %(code)s.") % {
                "line": item.line,
                "code": item.control_code,
            }
    assessment = Assessment.objects.filter(case=case, revision=case.revision_id).first()
    for stop in assessment.hard_stops if assessment else []:
        yield _("The assessment stops this case: %(reason)s") % {"reason": stop.get("reason", "")}
