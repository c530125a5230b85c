"""Telling seats that a notice waits, members that one was issued or is over, and leads that one bears on a case."""

from django.utils.translation import gettext as _

from correspondence import services as correspondence
from escalation.models import Guidance, GuidedCase
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.notices import case_path, tell
from licensing.recipients import handlers
from members.models import Role, User


def path_of(guidance: Guidance) -> str:
    return f"/workbench/guidance/{guidance.reference}/"


@subscribe("guidance.proposed")
def tell_the_other_seats(event: Event) -> None:
    guidance = Guidance.objects.get(pk=event.subject_id)
    seats = User.objects.in_roles(Role.CRISIS_SEAT)
    tell(
        seats.exclude(authority__jurisdiction=guidance.proposed_for_id),
        event,
        _("%(reference)s: guidance waits for a second seat") % {"reference": guidance.reference},
        _("A seat of %(member)s has written a notice. A seat of another member issues it.")
        % {"member": guidance.proposed_for_id},
        path_of(guidance),
    )


@subscribe("guidance.issued")
def tell_every_member(event: Event) -> None:
    """Tell the deciders of every member, who answer for its taking note."""
    guidance = Guidance.objects.get(pk=event.subject_id)
    correspondence.notify(
        recipients=User.objects.in_roles(Role.DECIDER, Role.CRISIS_SEAT),
        event=event,
        subject=_("%(reference)s: guidance of the crisis unit") % {"reference": guidance.reference},
        text=_("The crisis unit has issued guidance: %(effect)s. Please take note of it for your member.")
        % {"effect": guidance.get_effect_display()},
        path=path_of(guidance),
    )


@subscribe("guidance.withdrawn")
def tell_of_withdrawal(event: Event) -> None:
    guidance = Guidance.objects.get(pk=event.subject_id)
    correspondence.notify(
        recipients=User.objects.in_roles(Role.DECIDER, Role.CRISIS_SEAT),
        event=event,
        subject=_("%(reference)s: guidance withdrawn") % {"reference": guidance.reference},
        text=guidance.ended_because,
        path=path_of(guidance),
    )


@subscribe("guidance.matched")
def tell_the_lead(event: Event) -> None:
    row = GuidedCase.objects.select_related("case__lead", "guidance").get(pk=event.subject_id)
    if row.ended_at is None:
        tell(
            handlers(row.case, Role.DECIDER),
            event,
            _("%(case)s: guidance %(reference)s bears on it")
            % {"case": row.case.reference, "reference": row.guidance.reference},
            _("The crisis unit says: %(effect)s. Please acknowledge it on the case.")
            % {"effect": row.guidance.get_effect_display()},
            case_path(row.case),
        )
