"""Pre-shipment checks: asked for, performed by an inspector, withdrawn; what fails one is stopped at once."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.declaring import said
from core import clock
from core.actors import Actor
from core.audience import Audience, jurisdiction
from core.errors import Invalid
from core.models import ref
from core.policies import require
from core.references import new_reference
from enforcement import policies
from enforcement.models import PreShipmentCheck, Shipment
from enforcement.services.common import locked
from enforcement.services.shipments import stop_now
from ledger import services as ledger
from licensing.dossier import is_country
from licensing.models import Licence
from licensing.services import locks
from members.models import Jurisdiction, Organisation, User

Result = PreShipmentCheck.Result


@transaction.atomic
def ask(
    *,
    actor: User,
    reason: str,
    licence: Licence | None = None,
    provider: Organisation | None = None,
    destination: str = "",
) -> PreShipmentCheck:
    """Ask for a check of one licence, one provider or one destination, among what one's own member has issued.

    From now on nothing departs that it bears on.
    """
    require(policies.can_ask_check, actor)
    given = [
        name
        for name, one in (("licence", licence), ("provider", provider), ("destination", destination))
        if one
    ]
    if len(given) != 1:
        raise Invalid.field(
            given[1] if given else "licence", _("Name one licence, one exporter or one destination.")
        )
    member = str(actor.jurisdiction_code)
    if licence is not None and licence.issued_by_id != member:
        raise Invalid.field("licence", _("Your member has not issued this licence. Ask the one that has."))
    if provider is not None and provider.jurisdiction_id != member:
        raise Invalid.field("provider", _("This exporter is another member's. Ask that member."))
    if destination and not is_country(destination):
        raise Invalid.field("destination", _("Use the two-letter ISO 3166 code, such as SG."))
    check = PreShipmentCheck.objects.create(
        reference=new_reference("PC"),
        member=Jurisdiction.objects.get(code=member),
        licence=licence,
        provider=provider,
        destination=destination,
        reason=said(reason, "reason"),
        asked_by=actor,
        asked_at=clock.now(),
    )
    _record("check.asked", actor, check, reason=check.reason)
    return check


def _locked(check: PreShipmentCheck) -> PreShipmentCheck:
    found: PreShipmentCheck = (
        PreShipmentCheck.objects.select_for_update(of=("self",))
        .select_related("member", "licence", "provider")
        .get(pk=check.pk)
    )
    return found


@transaction.atomic
def perform(*, actor: User, check: PreShipmentCheck, result: str, found: str) -> PreShipmentCheck:
    """Say what a check has found. An unfavourable one stops every declared shipment that it bears on, at once."""
    bearing = hold(check)
    check = _locked(check)
    require(policies.can_perform_check, actor, check)
    if result not in Result.values:
        raise Invalid.field("result", _("One of: %(all)s.") % {"all": ", ".join(Result.values)})
    check.perform(actor, result, said(found, "found", 4000))
    check.save()
    stopped = []
    if result == Result.UNFAVOURABLE:
        because = _("The pre-shipment check %(reference)s was unfavourable.") % {"reference": check.reference}
        for shipment in bearing:
            shipment = locked(shipment)
            if shipment.status == Shipment.Status.DECLARED:
                stop_now(actor, shipment, because)
                stopped.append(shipment.reference)
    _record("check.performed", actor, check, result=result, stopped=stopped)
    return check


def hold(check: PreShipmentCheck) -> list[Shipment]:
    """Lock the cases of the shipments that a check may stop, before its own row; return the shipments."""
    bearing = declared_under(check)
    locks.lock_cases(sorted({shipment.case_id for shipment in bearing}), skip_locked=False)
    return bearing


def declared_under(check: PreShipmentCheck) -> list[Shipment]:
    """Return the shipments that a check bears on and that have not left."""
    rows = Shipment.objects.filter(status=Shipment.Status.DECLARED, licence__issued_by=check.member_id)
    if check.licence_id:
        rows = rows.filter(licence=check.licence_id)
    elif check.provider_id:
        rows = rows.filter(licence__holder=check.provider_id)
    else:
        rows = rows.filter(destination=check.destination)
    return list(rows.select_related("licence").order_by("licence__case", "pk"))


@transaction.atomic
def withdraw(*, actor: User, check: PreShipmentCheck, reason: str) -> PreShipmentCheck:
    """Withdraw a check before it was performed: it holds nothing up any more."""
    check = _locked(check)
    require(policies.can_withdraw_check, actor, check)
    check.withdraw(actor, said(reason, "reason"))
    check.save()
    _record("check.withdrawn", actor, check, reason=check.found)
    return check


def _record(type: str, actor: Actor, check: PreShipmentCheck, **facts: object) -> None:
    ledger.record(
        type,
        actor=actor,
        subject=check,
        aggregate=ref(check),
        aggregate_label=check.reference,
        audience=Audience.of(jurisdiction(check.member_id)),
        facts={
            "reference": check.reference,
            "licence": check.licence.number if check.licence else "",
            "provider": check.provider.name if check.provider else "",
            "destination": check.destination,
            **facts,
        },
    )
