"""What stands in the way of a decision: read under the case's lock, shown on the page, returned by the API."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.models import ref
from licensing import conditions
from licensing.models import Assessment, Case, Consultation, Decision, Position
from screening import selectors as screening

GRANTS = frozenset({Decision.Kind.GRANT, Decision.Kind.GRANT_IN_PART})


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

    A grant waits for cleared hits, withdrawn binding objections, answers still due, conditions that fit
    together and an assessment of the revision in hand. A refusal or a return waits for nothing but a case in
    review: nobody is granted anything by it.
    """
    found = []
    if case.status not in (Case.Status.IN_REVIEW, Case.Status.ON_HOLD):
        found.append(
            _("The case is %(status)s; it is decided in review or on hold.")
            % {"status": case.get_status_display().lower()}
        )
    if kind in (Decision.Kind.REFUSE, Decision.Kind.RETURN):
        return found
    if not Assessment.objects.filter(case=case, revision=case.revision).exists():
        found.append(_("The revision in hand has not been assessed."))
    if count := screening.open_hits(ref(case)):
        found.append(_("%(count)s screening hit(s) wait for two officers to clear them.") % {"count": count})
    if kind == Decision.Kind.NO_LICENCE_REQUIRED:
        return found
    if screening.confirmed_hits(ref(case)):
        found.append(_("A party is confirmed to be on a list."))
    for position in positions_in_force(case):
        if position.kind == Position.Kind.OBJECT and position.binding:
            found.append(
                _("%(who)s objects, and the objection binds.") % {"who": position.consultation.addressee}
            )
    waiting = Consultation.objects.filter(case=case, round=case.round, status=Consultation.Status.OPEN)
    found += [
        _("%(who)s may still answer until %(due)s.")
        % {"who": consultation.addressee, "due": f"{consultation.due_at:%Y-%m-%d %H:%M UTC}"}
        for consultation in waiting.select_related("case", "jurisdiction")
    ]
    found += [
        requirement.sentence
        for requirement in case.requirements.filter(satisfied_at__isnull=True).order_by("pk")
        if not (requirement.kind == "tier_answer" and waiting.exists())
    ]
    for one, other in merged_conditions(case).conflicts:
        found.append(
            _("Two conditions cannot both be kept: %(one)s and %(other)s.") % {"one": one, "other": other}
        )
    return found
