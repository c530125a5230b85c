"""Who is told of screening hits."""

from __future__ import annotations

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import Licence
from licensing.notices import case_of, case_path, tell
from licensing.recipients import officers
from licensing.services.rescreening import LIVE
from screening.models import Hit
from screening.policies import JUDGES
from screening.selectors import open_hits


@subscribe("application.assessed")
def tell_judges(event: Event) -> None:
    case = case_of(event)
    if open_hits(event.aggregate):
        tell(
            officers(case.lead_id, JUDGES),
            event,
            _("%(case)s: screening hits to judge") % {"case": case.reference},
            _("A party resembles a listed one. A strong hit is cleared by two officers."),
            case_path(case, "parties"),
        )


@subscribe("case.rescreened")
def tell_judges_of_a_list(event: Event) -> None:
    case, licence = case_of(event), event.facts["licence"]
    if licence:
        text = _("A list has changed and a party now resembles a listed one. Licence %(number)s is in force: judge "
                 "the hit, and suspend the licence if it may be true.") % {"number": licence}  # fmt: skip
    else:
        text = _("A list has changed and a party now resembles a listed one. The case cannot be granted until the "
                 "hit is judged.")  # fmt: skip
    tell(
        officers(case.lead_id, JUDGES),
        event,
        _("%(case)s: new screening hits") % {"case": case.reference},
        text,
        case_path(case, "parties"),
    )


@subscribe("hit.reopened")
def tell_judges_of_a_reopened_hit(event: Event) -> None:
    case, hit = case_of(event), Hit.objects.get(pk=event.subject_id)
    why = (
        _("The cleared pair that answered it was ended: %(reason)s")
        % {"reason": Truncator(event.facts["reason"]).chars(500)}
        if event.facts["why"] == "ended"
        else _("The time is over for which the cleared pair that answered it was remembered.")
    )
    licence = Licence.objects.filter(case=case, status__in=LIVE).first()
    then = (
        _("Licence %(number)s is in force: judge the hit, and suspend the licence if it may be true.")
        % {"number": licence.number}
        if licence
        else _("The case cannot be granted until the hit is judged.")
    )
    tell(
        officers(case.lead_id, JUDGES),
        event,
        _("%(case)s: a cleared hit is open again") % {"case": case.reference},
        f"{hit.queried_name} ~ {hit.matched_name}. {why} {then}",
        case_path(case, "parties"),
    )


@subscribe("hit.proposed_clear")
def tell_second_judge(event: Event) -> None:
    case = case_of(event)
    hit = Hit.objects.get(pk=event.subject_id)
    if hit.status == Hit.Status.PROPOSED_CLEAR:
        tell(
            officers(case.lead_id, JUDGES).exclude(pk=hit.proposed_by_id or 0),
            event,
            _("%(case)s: a clearance waits for a second officer") % {"case": case.reference},
            _("Confirm that the party is not the listed one, or send the clearance back."),
            case_path(case, "parties"),
        )
