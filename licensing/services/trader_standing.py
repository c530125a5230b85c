"""What ends the trust in a trader: any member's decider, its own record, its time; and the way back."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.declaring import said
from core import clock
from core.actors import CLOCK
from core.errors import Conflict
from core.models import ref, ref_id
from core.policies import require
from deadlines import services as deadlines
from deadlines.models import DueInstant
from exemptions import trader_policies as policies
from exemptions import trust
from exemptions.models import TrustedTrader, Waiver
from ledger.models import Event
from licensing import trusted
from licensing.models import Application, Case
from licensing.services.traders import due_first, locked, own_audience, record
from members.models import Jurisdiction, User

Status = TrustedTrader.Status


@due_first
@transaction.atomic
def suspend(*, actor: User, trader: TrustedTrader, reason: str) -> TrustedTrader:
    """Suspend a trader, in all members in the same instant: gates read the standing. There is no opting out of that
    (Reg (EU) 2021/821 Art 12(7): the other states are told)."""
    trader = locked(trader.pk)
    if trader.status != Status.GRANTED:
        raise Conflict(_("Only a trusted trader is suspended."))
    require(policies.can_suspend, actor, trader)
    reason = said(reason, "reason")
    member = Jurisdiction.objects.get(code=actor.jurisdiction_code)
    trader.suspend(clock.now(), reason, actor, member)
    trader.save()
    record("trader.suspended", actor, trader, reason=reason, suspended_in=member.code)
    return trader


@transaction.atomic
def look(*, trader_id: int) -> bool:
    """Suspend a trader whose record no longer holds; whether it did."""
    trader = locked(trader_id)
    if trader.status != Status.GRANTED:
        return False
    score = trust.score_of(trusted.record_of(trader.organisation))
    if score.holds:
        return False
    because = trusted.below(score)[:1000]
    trader.suspend(clock.now(), because, None, None)
    trader.save()
    record("trader.suspended", CLOCK, trader, reason=because, suspended_in="", score=score.points)
    return True


def look_after(event: Event) -> None:
    """Look at the trader whose record an event may have changed."""
    organisation = _organisation_of(event)
    found = TrustedTrader.objects.filter(organisation=organisation, status=Status.GRANTED)
    for pk in found.values_list("pk", flat=True):
        look(trader_id=pk)


def _organisation_of(event: Event) -> int | None:
    kind, _colon, key = event.aggregate.partition(":")
    found: int | None = None
    if kind == "case":
        found = Case.objects.filter(pk=key).values_list("application__organisation", flat=True).first()
    elif kind == "application":
        found = Application.objects.filter(pk=key).values_list("organisation", flat=True).first()
    elif kind == "waiver":
        found = Waiver.objects.filter(pk=key).values_list("holder", flat=True).first()
    return found


@due_first
@transaction.atomic
def ask_to_regain(*, actor: User, trader: TrustedTrader, made_good: str) -> TrustedTrader:
    """Say what was mended: an inspector looks again. Nothing is faster before somebody else has decided."""
    trader = locked(trader.pk)
    require(policies.can_ask_to_regain, actor, trader)
    trader.made_good = said(made_good, "made_good", 4000)
    trader.save(update_fields=["made_good"])
    record("trader.regain_asked", actor, trader, own_audience(trader))
    return trader


@due_first
@transaction.atomic
def end(*, actor: User, trader: TrustedTrader, reason: str) -> TrustedTrader:
    """End a standing for good, or take an application back."""
    trader = locked(trader.pk)
    require(policies.can_end, actor, trader)
    trader.end(clock.now(), said(reason, "reason"))
    trader.save()
    deadlines.cancel_all(ref(trader))
    to = None if trader.was_granted else own_audience(trader)
    record("trader.ended", actor, trader, to, reason=trader.ended_because)
    return trader


def expired(due: DueInstant) -> None:
    """Three years are over without another audit."""
    trader = TrustedTrader.objects.select_related("organisation").get(pk=ref_id(due.subject, "trustedtrader"))
    if trader.status not in (Status.GRANTED, Status.SUSPENDED):  # who is being audited again waits for that
        return
    trader.end(due.due_at, _("Its three years are over."))
    trader.save()
    record("trader.ended", CLOCK, trader, reason=trader.ended_because)


def reaudit(due: DueInstant) -> None:
    """The next audit is due: trader and inspectors are told in time."""
    trader = TrustedTrader.objects.select_related("organisation").get(pk=ref_id(due.subject, "trustedtrader"))
    if trader.status == Status.GRANTED:
        record("trader.reaudit_due", CLOCK, trader, own_audience(trader))
