"""Cases on which something was told to the reader's member that nobody there has taken note of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Exists, OuterRef, Value

from licensing.models import (
    MessageAddressee,
    MessageReceipt,
    SuspiciousOrderMatch,
    SuspiciousOrderReview,
)
from licensing.policies.messages import READERS
from licensing.policies.positions import VOICES
from members.models import Membership, User

if TYPE_CHECKING:
    from licensing.selectors.queue import Team

NEVER = Value(False, output_field=BooleanField())


def message_waits(user: User | Team) -> Exists | Value:
    """A message to the reader's member that nobody of the reader's authority has opened."""
    if not set(user.roles) - READERS or user.authority is None:
        return NEVER
    opened = MessageReceipt.objects.filter(
        addressee=OuterRef("pk"), kind=MessageReceipt.Kind.READ, authority=user.authority
    )
    named = MessageAddressee.objects.filter(message__case=OuterRef("pk"), jurisdiction=user.jurisdiction_code)
    return Exists(
        named.exclude(message__case__application__organisation__in=_own(user)).filter(~Exists(opened))
    )


def report_waits(user: User | Team) -> Exists | Value:
    """A suspicious order bears on a case that the reader's member leads, which has not said anything about it."""
    if not VOICES & user.roles:
        return NEVER
    said = SuspiciousOrderReview.objects.filter(
        report=OuterRef("report"), jurisdiction=user.jurisdiction_code
    )
    bearing = SuspiciousOrderMatch.objects.filter(case=OuterRef("pk"), case__lead=user.jurisdiction_code)
    return Exists(bearing.exclude(report__organisation__in=_own(user)).filter(~Exists(said)))


def _own(user: User | Team) -> Any:
    """Organisations the reader belongs to: what concerns these waits for somebody else."""
    mine = Membership.objects.filter(user=user.pk) if isinstance(user, User) else Membership.objects.none()
    return mine.values("organisation")
