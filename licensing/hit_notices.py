"""Who is told of screening hits."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.notices import case_of, case_path, officers, tell
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
