"""What officers are shown of suspicious orders: those shared with their member, and those that bear on a case."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.functional import Promise

from licensing.models import (
    Case,
    SuspiciousOrder,
    SuspiciousOrderMatch,
    SuspiciousOrderReview,
    SuspiciousOrderShare,
)
from licensing.suspicions import RED_FLAGS
from members.models import User


def reports(user: User) -> QuerySet[SuspiciousOrder]:
    """Return the reports a person may read; `reviewed` and `closed` say what the person's member did about each."""
    mine = SuspiciousOrderReview.objects.filter(report=OuterRef("pk"), jurisdiction=user.jurisdiction_code)
    found: QuerySet[SuspiciousOrder] = SuspiciousOrder.objects.visible_to(user)  # type: ignore[attr-defined]
    return found.select_related("organisation__jurisdiction", "application", "filed_by").annotate(
        reviewed=Exists(mine), closed=Exists(mine.filter(outcome=SuspiciousOrderReview.Outcome.CLOSED))
    )


def bearing_on(user: User, case: Case) -> list[SuspiciousOrderMatch]:
    """Return the reports that bear on a case, as far as the person's member reads them and has not closed them."""
    closed = SuspiciousOrderReview.objects.filter(
        report=OuterRef("report"), jurisdiction=user.jurisdiction_code, outcome="closed"
    )
    rows = SuspiciousOrderMatch.objects.visible_to(user).filter(~Exists(closed), case=case)  # type: ignore[attr-defined]
    return list(rows.select_related("report__organisation"))


def matches_of(user: User, report: SuspiciousOrder) -> QuerySet[SuspiciousOrderMatch]:
    """Return the cases of the person's member on which a report bears."""
    rows: QuerySet[SuspiciousOrderMatch] = SuspiciousOrderMatch.objects.visible_to(user)  # type: ignore[attr-defined]
    return rows.filter(report=report).select_related("case")


def share_of(user: User, report: SuspiciousOrder) -> SuspiciousOrderShare | None:
    """Return why the person's member reads a report. Who else does, because of a case there, is told to nobody."""
    return report.shares.filter(jurisdiction=user.jurisdiction_code).first()


def reviews_of(user: User, report: SuspiciousOrder) -> list[SuspiciousOrderReview]:
    """Return what the person's member made of a report."""
    return list(report.reviews.filter(jurisdiction=user.jurisdiction_code).select_related("by"))


def flags_of(report: SuspiciousOrder) -> list[str | Promise]:
    """Return the red flags of a report as a person reads them."""
    return [RED_FLAGS.get(code, code) for code in report.red_flags]
