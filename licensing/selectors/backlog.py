"""A queue in the order of its backlog: most harm by waiting first, under the legal clock and the checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    CharField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from alliance import selectors as alliance
from core import clock
from deadlines.models import DueInstant
from licensing.backlog import Terms, Waiting, placed
from licensing.harm import POINT, Curve
from licensing.models import Assessment, Case
from licensing.selectors.queue import Filters, View, queue
from members.models import User
from screening.models import Hit

#: The views that hold open cases only: those are backlogs. What is closed waits for nobody.
VIEWS = (View.WAITING, View.MINE, View.TEAM, View.OURS)

#: What put a case at its place, where that is not its harm.
BY = {"pressed": _("Legal time first"), "barred": _("Checks first")}

CURVE = ("base", "rise", "most", "needed_by", "run_up", "peak", "after")


def terms() -> Terms:
    """Return what is agreed about the order, or its defaults where nothing is."""
    agreed = alliance.harm()[1].get("order")
    if not agreed:
        return Terms()
    return Terms(agreed["aging"], timedelta(minutes=agreed["minutes_per_case"]), tuple(agreed["lanes"]))


@dataclass(frozen=True)
class Backlog:
    """A view in its order: keys of cases, and what put each at its place, as it stood at an instant."""

    keys: list[int]
    by: dict[int, str]
    at: datetime


def backlog(user: User, view: str, filters: Filters | None = None) -> Backlog:
    """Return the order of a view of open cases; filters take cases out and move none."""
    now = clock.now()
    found = placed(waiting(user, view, now), now, terms())
    if filters:
        wanted = set(queue(user, view, filters).order_by().values_list("pk", flat=True))
        found = [one for one in found if one.case.key in wanted]
    return Backlog([one.case.key for one in found], {one.case.key: one.by for one in found}, now)


def waiting(user: User, view: str, now: datetime) -> list[Waiting]:
    """Return the cases of a view as the order sees them, in one query."""
    return [
        Waiting(
            key=pk,
            lane=lane,
            opened_at=opened_at,
            due_at=due_at,
            rate=Curve(*curve).rate(opened_at, now) if curve[0] is not None else 0,
            barred=bool(barred),
        )
        for pk, lane, opened_at, due_at, barred, *curve in rows(user, view)
    ]


def rows(user: User, view: str) -> QuerySet[Case, tuple[Any, ...]]:
    """Return what the order sees of the cases of a view: key, lane, both clocks, and whether it is barred."""
    reference = Concat(Value("case:"), Cast(OuterRef("pk"), CharField()))
    strong = Hit.objects.filter(case_ref=reference, strong=True).exclude(status=Hit.Status.CLEARED)
    # `Case.critical` says less: a charter may forbid silence to approve anything.
    latest = Assessment.objects.filter(revision=OuterRef("revision_id")).order_by("-made_at")
    item = Subquery(latest.values("facts__critical_item")[:1])
    # A hard stop makes the band black.
    held = Q(band="black") | Q(critical_item=True) | Q(Exists(strong))
    return (
        queue(user, view)
        .order_by()
        .annotate(critical_item=item)
        .annotate(barred=ExpressionWrapper(held, output_field=BooleanField()))
        .values_list("pk", "lane", "opened_at", "next_due_at", "barred", *(f"harm__{name}" for name in CURVE))
    )


def cases(user: User, view: str, found: Backlog, keys: Sequence[int]) -> list[Case]:
    """Return some cases of a backlog with what its page shows, in their order; `by` is added."""
    by_key = {case.pk: case for case in queue(user, view).filter(pk__in=keys).select_related("harm")}
    shown = [by_key[key] for key in keys if key in by_key]
    for case in shown:
        case.by = found.by[case.pk]  # type: ignore[attr-defined]
    return shown


@dataclass(frozen=True)
class Costs:
    """What an hour of waiting costs, as a person reads it: points an hour, and why, the heaviest reason first."""

    points: str
    reasons: list[str]
    rises: bool


def costs(case: Case, now: datetime) -> Costs | None:
    """Return what waiting costs in a case; None where that is not judged, or the case waits for nothing more."""
    harm = getattr(case, "harm", None)
    if harm is None or not case.is_open:
        return None
    curve, rate = harm.curve, harm.curve.rate(case.opened_at, now)
    lines = sorted(harm.lines, key=lambda line: -line["points"])
    reasons = [str(line["sentence"]) for line in lines if line["key"] != "ordinary" or len(lines) == 1]
    if curve.needed_by is not None:
        day = f"{curve.needed_by - timedelta(seconds=1):%-d %B %Y}"
        over = now >= curve.needed_by
        reasons.append((_("Was needed by %(day)s.") if over else _("Needed by %(day)s.")) % {"day": day})
    return Costs(f"{rate / POINT:g}", reasons, curve.rise > 0 and rate < curve.most + curve.peak)


def instants(case: Case, due: Sequence[DueInstant], now: datetime) -> list[tuple[str, datetime]]:
    """Return the instants that matter to what waiting costs in a case, with what each is called: both clocks."""
    found = [(str(_("Opened")), case.opened_at), (str(_("Now")), now)]
    if due:
        found.append((str(_("Next legal due time")), min(row.due_at for row in due)))
    curve = case.harm.curve
    if curve.needed_by is not None:
        peak = curve.needed_by - timedelta(hours=curve.run_up)
        found += [(str(_("The last days begin")), peak), (str(_("Needed by")), curve.needed_by)]
    return found
