"""A provider's allowance: the share of what it would otherwise get, by its own record. One published formula.

Of 100 points each lapse of the last two years takes some away, each duty met in time since the last lapse gives
five back, and 25 are the least. While a delivery is past its date and unverified there is no new allowance at
all. The points are ours and agreed here: no law gives them. They stand for a rule: repeated or late reporters get
less next time, and an unverified delivery limits the next allowance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from exemptions.models import ExpectedDelivery, Waiver, WaiverReport
from members.models import Organisation

WHOLE, LEAST = 100, 25
GIVEN_BACK = 5
LOOK_BACK = timedelta(days=730)
#: Points that each lapse takes away.
POINTS = {"report_late": 10, "report_missed": 20, "delivery_late": 10, "waiver_broken": 25}
LABELS = {
    "report_late": gettext_lazy("Report on a waiver filed after its date"),
    "report_missed": gettext_lazy("Report on a waiver not filed, its date past"),
    "delivery_late": gettext_lazy("Delivery verified after its date"),
    "waiver_broken": gettext_lazy("Waiver suspended now, or revoked"),
}


@dataclass(frozen=True)
class Line:
    """A kind of lapse: how often it happened and what it takes away."""

    kind: str
    count: int

    @property
    def label(self) -> str:
        return str(LABELS[self.kind])

    @property
    def points(self) -> int:
        return self.count * POINTS[self.kind]


@dataclass(frozen=True)
class Record:
    """What a provider has done with its duties in the last two years.

    `lapses`: (kind, when). `met`: when each duty met in time fell due. `open`: labels of the deliveries that are
    past their date and unverified now.
    """

    lapses: tuple[tuple[str, datetime], ...] = ()
    met: tuple[datetime, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True)
class Share:
    """What share a provider gets, in percent, with what it is made of."""

    percent: int
    lines: tuple[Line, ...]
    met: int
    given_back: int
    open: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return self.percent == WHOLE

    @property
    def sentence(self) -> str:
        """Why it is what it is."""
        if self.open:
            return _(
                "There is no new allowance while deliveries are past their date and unverified: %(names)s."
            ) % {"names": ", ".join(self.open)}
        if self.whole:
            return _("Every duty of the last two years was met in time, or made good since: the whole of it.")
        return _(
            "%(percent)d %% of what it would otherwise get: lapses of the last two years take the rest."
        ) % {"percent": self.percent}

    @property
    def regain(self) -> str:
        """How to get more again."""
        if self.open:
            return _(
                "Confirm these deliveries, with who signed for them. The allowance is back at once, less what "
                "being late takes away."
            )
        if self.whole:
            return ""
        return _(
            "Each report and each delivery in time gives back %(points)d points, and what is older than two years "
            "no longer counts."
        ) % {"points": GIVEN_BACK}

    def of(self, asked: Decimal) -> Decimal:
        """Return the share of an amount, three decimals, rounded down."""
        return (asked * self.percent / WHOLE).quantize(Decimal("0.001"), ROUND_DOWN)


def share_of(record: Record) -> Share:
    """Return the share that follows from a record: pure, the whole of the formula."""
    counted = {kind: sum(1 for one, _at in record.lapses if one == kind) for kind in POINTS}
    lines = tuple(Line(kind, count) for kind, count in counted.items() if count)
    last = max((at for _kind, at in record.lapses), default=None)
    met = sum(1 for at in record.met if last is None or at > last)
    lost = sum(line.points for line in lines)
    given_back = min(lost, met * GIVEN_BACK)
    percent = 0 if record.open else max(LEAST, WHOLE - lost + given_back)
    return Share(percent, lines, met, given_back, record.open)


def record_of(organisation: Organisation) -> Record:
    """Read a provider's record: what is due decides, not whether the clock has come to it."""
    now = clock.now()
    since = now - LOOK_BACK
    lapses: list[tuple[str, datetime]] = []
    met: list[datetime] = []
    reports = WaiverReport.objects.filter(waiver__holder=organisation, due_at__gt=since)
    for due_at, filed_at, status in reports.values_list("due_at", "filed_at", "waiver__status"):
        if filed_at is not None:
            met.append(due_at) if filed_at < due_at else lapses.append(("report_late", due_at))
        elif due_at <= now and status != Waiver.Status.REVOKED:
            lapses.append(("report_missed", due_at))
    waivers = Waiver.objects.filter(holder=organisation, granted_at__isnull=False)
    for waiver in waivers.only("status", "suspended_at", "suspended_because", "ended_at", "granted_at"):
        at = waiver.ended_at if waiver.status == Waiver.Status.REVOKED else waiver.suspended_at
        if waiver.broken and at is not None and at > since:
            lapses.append(("waiver_broken", at))
    open_: list[str] = []
    deliveries = ExpectedDelivery.objects.filter(holder=organisation)
    for label, due_at, confirmed_at in deliveries.values_list("label", "due_at", "confirmed_at"):
        if confirmed_at is None:
            if due_at <= now:
                open_.append(label)
        elif due_at > since:
            met.append(due_at) if confirmed_at < due_at else lapses.append(("delivery_late", due_at))
    return Record(tuple(lapses), tuple(met), tuple(sorted(open_)))


def share_for(organisation: Organisation) -> Share:
    """Return the share a provider gets now of what it would otherwise get: whoever grants something new asks."""
    return share_of(record_of(organisation))


@transaction.atomic(savepoint=False)
def expect(*, holder: Organisation, source_ref: str, label: str, due_at: datetime) -> ExpectedDelivery:
    """Note that a delivery has to be verified by an instant; the floor above names it by value."""
    return ExpectedDelivery.objects.create(holder=holder, source_ref=source_ref, label=label, due_at=due_at)


@transaction.atomic(savepoint=False)
def confirmed(*, source_ref: str, at: datetime | None) -> None:
    """Note when a delivery was confirmed, or that its confirmation was not accepted (None)."""
    ExpectedDelivery.objects.filter(source_ref=source_ref).update(confirmed_at=at)


def formula() -> Iterable[tuple[str, int]]:
    """Yield each lapse and the points it takes away, as pages publish it."""
    for kind, points in POINTS.items():
        yield str(LABELS[kind]), points
