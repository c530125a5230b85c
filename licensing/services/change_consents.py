"""What members in which a licence holds say to a change that widens what they consented to; silence is no
consent."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.declaring import said
from core.actors import CLOCK
from core.errors import Blocked
from core.models import ref, ref_id
from core.policies import require
from deadlines import services as deadlines
from deadlines.models import DueInstant
from licensing.models import ChangeConsent, LicenceChange
from licensing.policies import changes as policies
from licensing.services import change_decisions, changes, consents
from licensing.services.locks import due_first
from licensing.services.superseding import CHANGE_CONSENT, record_change
from members.models import User


def agree(*, actor: User, change: LicenceChange, reason: str) -> ChangeConsent:
    """Consent to a change for the decider's member; the parties are screened first. Blocked by an open hit, or
    where a measure of a crisis stops such trade in that member."""
    if policies.can_speak(actor, change):
        change_decisions.screen(change)
    return _agree(actor=actor, change=change, reason=reason)


@due_first("change")
@transaction.atomic
def _agree(*, actor: User, change: LicenceChange, reason: str) -> ChangeConsent:
    row = _ready(actor, change)
    if stops := consents.stops(row.change.licence, row.jurisdiction_id):
        raise Blocked(_("Your member cannot consent now."), blockers=stops)
    row.give(actor, said(reason, "reason"))
    return _said(actor, row, "change.consented")


@due_first("change")
@transaction.atomic
def decline(*, actor: User, change: LicenceChange, reason: str) -> ChangeConsent:
    """Say that a licence shall not hold in the decider's member as changed; the holder reads the reason."""
    row = _ready(actor, change)
    row.decline(actor, said(reason, "reason"))
    return _said(actor, row, "change.declined")


def lapse(due: DueInstant) -> None:
    """A member has not answered in time: the edition that a change makes will not hold there."""
    related = ("jurisdiction", "change__licence__case__lead", "change__licence__case__application")
    row = ChangeConsent.objects.select_related(*related).get(pk=ref_id(due.subject, "changeconsent"))
    if row.status == ChangeConsent.Status.ASKED:
        row.lapse(due.due_at)
        row.save(update_fields=["status", "said_at"])
        record_change("change.not_answered", CLOCK, row.change, member=row.jurisdiction_id)


def _ready(actor: User, change: LicenceChange) -> ChangeConsent:
    change = changes.locked_change(change)
    require(policies.can_speak, actor, change)
    row = change.consents.get(jurisdiction=actor.jurisdiction_code, status=ChangeConsent.Status.ASKED)
    row.change = change
    return row


def _said(actor: User, row: ChangeConsent, event: str) -> ChangeConsent:
    row.save(update_fields=["status", "said_by", "said_at", "reason"])
    deadlines.cancel(kind=CHANGE_CONSENT, subject=ref(row))
    record_change(event, actor, row.change, member=row.jurisdiction_id, reason=row.reason)
    return row
