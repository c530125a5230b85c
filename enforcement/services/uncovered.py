"""Settling what no token covers: made late usage of by two people while as much is left, set aside, or referred."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.declaring import said
from core.errors import Conflict, Invalid
from core.policies import require
from enforcement import policies
from enforcement.models import OfflineConflict, Reservation
from enforcement.services import drawdown
from enforcement.services.common import locked_licence
from enforcement.services.reconciliation import record_conflict
from licensing.services import locks
from members.models import User


def _locked(conflict: OfflineConflict) -> OfflineConflict:
    if conflict.case_id is not None:
        locks.lock(conflict.case_id)
    found: OfflineConflict = (
        OfflineConflict.objects.select_for_update(of=("self",))
        .select_related("use__licence", "use__token__reservation", "use__jurisdiction")
        .get(pk=conflict.pk)
    )
    if found.use.licence is not None:
        found.use.licence = locked_licence(found.use.licence)
    return found


@transaction.atomic
def propose(*, actor: User, conflict: OfflineConflict, proposal: str, reason: str) -> OfflineConflict:
    """Propose what becomes of a conflict; a second person accepts it or sends it back. Nothing is drawn yet.

    Conflict where late usage is proposed of what names no line of a known licence.
    """
    conflict = _locked(conflict)
    require(policies.can_propose, actor, conflict)
    if proposal not in OfflineConflict.Proposal.values:
        raise Invalid.field("proposal", _("One of: late, error."))
    if proposal == OfflineConflict.Proposal.LATE and not (conflict.use.licence and conflict.use.line):
        raise Conflict(_("Late usage is of a line of a licence, and none is known here. Refer it instead."))
    conflict.propose(actor, proposal, said(reason, "reason", 500))
    conflict.save(update_fields=["status", "proposal", "proposed_by", "proposed_at", "proposed_because"])
    record_conflict("offline_use.proposed", actor, conflict, reason=conflict.proposed_because)
    return conflict


@transaction.atomic
def send_back(*, actor: User, conflict: OfflineConflict, reason: str) -> OfflineConflict:
    """Do not agree with what was proposed: it is open again."""
    conflict = _locked(conflict)
    require(policies.can_settle, actor, conflict)
    proposed = conflict.proposal
    conflict.send_back()
    conflict.save(update_fields=["status", "proposal", "proposed_by", "proposed_at", "proposed_because"])
    record_conflict(
        "offline_use.returned", actor, conflict, reason=said(reason, "reason", 500), proposed=proposed
    )
    return conflict


@transaction.atomic
def settle(*, actor: User, conflict: OfflineConflict, reason: str) -> OfflineConflict:
    """Agree with what another person proposed. Late usage is drawn now: NotCovered says why it cannot be."""
    conflict = _locked(conflict)
    require(policies.can_settle, actor, conflict)
    because = said(reason, "reason", 500)
    if conflict.proposal == OfflineConflict.Proposal.LATE:
        _draw_late(actor, conflict)
        conflict.accept(actor, because)
        happened = "offline_use.accepted"
    else:
        conflict.dismiss(actor, because)
        happened = "offline_use.dismissed"
    conflict.save(update_fields=["status", "settled_by", "settled_at", "settled_because"])
    record_conflict(happened, actor, conflict, reason=because)
    return conflict


def _draw_late(actor: User, conflict: OfflineConflict) -> None:
    """Draw the quantity of a conflict: of what its token still holds, and for the rest of what is left."""
    use, rest = conflict.use, conflict.quantity
    assert use.licence is not None
    held = use.token and drawdown.locked_reservation(use.token.reservation)
    if (
        held
        and held.status == Reservation.Status.RESERVED
        and conflict.reason != OfflineConflict.Reason.FOREIGN
    ):
        part = min(rest, held.quantity)
        drawdown.draw(
            actor=actor, reservation=held, quantity=part, told_late=True, declaration=use.declaration
        )
        rest -= part
    if rest:
        taken = drawdown.take(
            actor=actor,
            licence=use.licence,
            member=use.jurisdiction_id,
            line=use.line,
            quantity=rest,
            unit=use.unit,
            office=use.office,
            declaration=use.declaration,
        )
        drawdown.draw(actor=actor, reservation=taken, told_late=True)


@transaction.atomic
def refer(*, actor: User, conflict: OfflineConflict, reason: str) -> OfflineConflict:
    """Refer a conflict as an infringement: nothing is drawn, and the member that issued it looks into it."""
    conflict = _locked(conflict)
    require(policies.can_refer, actor, conflict)
    conflict.refer(actor, said(reason, "reason", 500))
    conflict.save(update_fields=["status", "settled_by", "settled_at", "settled_because"])
    record_conflict("offline_use.referred", actor, conflict, reason=conflict.settled_because)
    return conflict
