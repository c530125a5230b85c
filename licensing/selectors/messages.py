"""What pages and systems show of messages: threads of a case, what a member has not opened, how long that takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.utils.translation import gettext as _

from core import clock
from core.models import ref
from ledger.models import Event
from ledger.selectors import timeline
from licensing.models import Case, CaseMessage, MessageAddressee, MessageReceipt
from licensing.models.messages import aggregate_of
from members.models import Jurisdiction, User

Kind = MessageReceipt.Kind
#: How far back the times of members are counted.
COUNTED = timedelta(days=90)


@dataclass(frozen=True)
class Step:
    """Something that became of a message at a member: when, after how long, and who."""

    kind: str
    at: datetime
    after: timedelta
    authority: str = ""
    by: str = ""

    @property
    def label(self) -> str:
        return str(Kind(self.kind).label)


@dataclass(frozen=True)
class Standing:
    """What became of a message at one member it names, oldest step first."""

    member: Jurisdiction
    acknowledge_by: datetime | None
    steps: list[Step]

    @property
    def state(self) -> str:
        """The furthest it has come: sent, delivered, read or acknowledged."""
        reached = {step.kind for step in self.steps}
        return next((kind for kind in ("acknowledged", "read", "delivered") if kind in reached), "sent")

    @property
    def label(self) -> str:
        return _("Sent") if self.state == "sent" else str(Kind(self.state).label)

    @property
    def overdue(self) -> bool:
        """Whether the time to acknowledge it is over and it is not."""
        if self.acknowledge_by is None or self.state == "acknowledged":
            return False
        return self.acknowledge_by <= clock.now()


@dataclass
class Thread:
    """A message that began one, with the answers to it that the reader may read, oldest first."""

    begun_by: CaseMessage
    messages: list[CaseMessage] = field(default_factory=list)
    unread: int = 0

    @property
    def last(self) -> CaseMessage:
        return self.messages[-1]

    @property
    def members(self) -> list[str]:
        """Codes of everyone who writes or is named in what the reader may read of it."""
        found = {one.sender_id for one in self.messages}
        found |= {row.jurisdiction_id for one in self.messages for row in one.addressees.all()}
        return sorted(found)


def readable(user: User) -> QuerySet[CaseMessage]:
    """Return what a person may read, with what pages show of it."""
    found: QuerySet[CaseMessage] = CaseMessage.objects.visible_to(user)  # type: ignore[attr-defined]
    return found.select_related(
        "case__application", "sender", "authority", "sent_by", "thread", "signature"
    ).prefetch_related(
        "addressees__jurisdiction", "addressees__receipts__authority", "addressees__receipts__by"
    )


def threads(user: User, case: Case) -> list[Thread]:
    """Return the threads of a case that a person may read of, the one written in last first."""
    unread = set(_unread(user).filter(case=case).values_list("pk", flat=True))
    found: dict[int, Thread] = {}
    for message in readable(user).filter(case=case).order_by("sent_at", "pk"):
        root = message.begun_by
        thread = found.setdefault(root.pk, Thread(root))
        thread.messages.append(message)
        thread.unread += message.pk in unread
    return sorted(found.values(), key=lambda one: (one.last.sent_at, one.last.pk), reverse=True)


def thread_of(user: User, message: CaseMessage) -> list[CaseMessage]:
    """Return what a person may read of the thread of a message, oldest first."""
    root = message.thread_id or message.pk
    return list(readable(user).filter(Q(pk=root) | Q(thread=root)).order_by("sent_at", "pk"))


def _unread(user: User) -> QuerySet[CaseMessage]:
    found: QuerySet[CaseMessage] = CaseMessage.objects.unread_by(user)  # type: ignore[attr-defined]
    return found


def inbox(user: User) -> QuerySet[CaseMessage]:
    """Return all that a person's member wrote or was written, the newest first; `fresh` where it was not opened."""
    opened = MessageReceipt.objects.filter(
        addressee__message=OuterRef("pk"), kind=Kind.READ, authority=user.authority_id
    )
    first = opened.order_by().values("addressee__message").annotate(first=Count("pk")).values("first")
    return readable(user).annotate(openings=Subquery(first)).order_by("-sent_at", "-pk")


def standings(user: User, message: CaseMessage) -> list[Standing]:
    """Return what became of a message: for its sender at every member, for another member at that one."""
    mine = user.jurisdiction_code
    return [
        Standing(row.jurisdiction, row.acknowledge_by, _steps(message, row))
        for row in message.addressees.all()
        if mine in (message.sender_id, row.jurisdiction_id)
    ]


def _steps(message: CaseMessage, row: MessageAddressee) -> list[Step]:
    return [
        Step(
            kind=receipt.kind,
            at=receipt.at,
            after=message.after(receipt.at),
            authority=receipt.authority.name if receipt.authority else "",
            by=receipt.by.name if receipt.by else "",
        )
        for receipt in row.receipts.all()
    ]


class _Median(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class Times:
    """How long a member took to open and to acknowledge what it was written: medians, with how many."""

    member: str
    name: str
    read: timedelta | None = None
    readings: int = 0
    acknowledged: timedelta | None = None
    acknowledgements: int = 0


def times(user: User) -> list[Times]:
    """Return the times of each member over messages of the last 90 days that the person may read, by its name."""
    mine = CaseMessage.objects.visible_to(user).filter(sent_at__gte=clock.now() - COUNTED)  # type: ignore[attr-defined]
    rows = (
        MessageReceipt.objects.filter(addressee__message__in=mine)
        .exclude(kind=Kind.DELIVERED)
        .annotate(
            took=ExpressionWrapper(F("at") - F("addressee__message__sent_at"), output_field=DurationField()),
            member=F("addressee__jurisdiction"),
            name=F("addressee__jurisdiction__name"),
        )
        .order_by()
        .values("member", "name", "kind")
        .annotate(median=_Median("took"), number=Count("pk"))
    )
    return _by_member(list(rows))


def _by_member(rows: Sequence[Mapping[str, Any]]) -> list[Times]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        of = found.setdefault(str(row["member"]), {"member": row["member"], "name": row["name"]})
        if row["kind"] == Kind.READ:
            of |= {"read": row["median"], "readings": row["number"]}
        else:
            of |= {"acknowledged": row["median"], "acknowledgements": row["number"]}
    return sorted((Times(**of) for of in found.values()), key=lambda one: one.name)


def timeline_of(user: User, case: Case) -> QuerySet[Event]:
    """Return what happened to a case, and who wrote to whom in it, as far as the person may know it."""
    return timeline(ref(case), user.audience) | timeline(aggregate_of(case), user.audience)
