"""Telling who holds a key that one is asked, and the exporter what came of its humanitarian ground."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import Case
from licensing.notices import case_of, case_path, exporter_path, tell
from licensing.policies.interests import SECURITY
from licensing.recipients import exporters, officers
from members.models import Role, User


def key_holders(case: Case) -> set[User]:
    """Return the lead's people who may sign for one of the interests."""
    advisers = officers(case.lead_id, [Role.ADVISER]).filter(authority__ministry__in=SECURITY)
    return {*officers(case.lead_id, [Role.HUMANITARIAN_ADJUDICATOR]), *advisers}


@subscribe("keys.asked")
def tell_key_holders(event: Event) -> None:
    case = case_of(event)
    tell(
        key_holders(case),
        event,
        _("%(case)s: your key is asked") % {"case": case.reference},
        _(
            "A humanitarian and a security interest meet. A grant waits for the key of one adjudicator and of one "
            "adviser of the defence or intelligence ministry."
        ),
        case_path(case, "interests"),
    )


@subscribe("ground.accepted")
def tell_ground_accepted(event: Event) -> None:
    case = case_of(event)
    tell(
        exporters(case),
        event,
        _("%(case)s: humanitarian ground accepted") % {"case": case.reference},
        _("%(reasons)s Rule: %(basis)s. The licence is still decided on.")
        % {"reasons": event.facts["reasons"], "basis": event.facts["legal_basis"]},
        exporter_path(case),
    )


@subscribe("ground.refused")
def tell_ground_refused(event: Event) -> None:
    case = case_of(event)
    tell(
        exporters(case),
        event,
        _("%(case)s: humanitarian ground not accepted") % {"case": case.reference},
        _("%(reasons)s Rule: %(basis)s. Your application goes its ordinary way; nothing is lost.")
        % {"reasons": event.facts["reasons"], "basis": event.facts["legal_basis"]},
        exporter_path(case),
    )


@subscribe("case.rerouted")
def tell_routed_out(event: Event) -> None:
    case = case_of(event)
    tell(
        exporters(case),
        event,
        _("%(case)s: not in the humanitarian lane") % {"case": case.reference},
        _(
            "Something in the application has to be looked at by the crisis unit first, so it is handled there and "
            "not in the humanitarian lane. There is nothing you have to do; you are told when to expect the answer."
        ),
        exporter_path(case),
    )
