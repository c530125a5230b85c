"""Requests to change licences: what waits for whom, and what may be done on one."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from core.policies import Verdict
from licensing.models import Application, ChangeConsent, Licence, LicenceChange
from licensing.policies import changes as policies
from licensing.services import changes
from members.models import User


def listed(user: User, view: str) -> QuerySet[LicenceChange]:
    """Return requests by view: `waiting` for the person, `open`, or `over`; of those the soonest due first."""
    rows = LicenceChange.objects.visible_to(user)  # type: ignore[attr-defined]
    if view == "over":
        rows = rows.exclude(status__in=LicenceChange.OPEN).order_by("-ended_at", "-pk")
    elif view == "open":
        rows = rows.standing().order_by("due_at", "pk")
    else:
        rows = rows.waiting_for(user).order_by("due_at", "pk")
    own = ChangeConsent.objects.filter(
        change=OuterRef("pk"), jurisdiction=user.jurisdiction_code, status=ChangeConsent.Status.ASKED
    )
    rows = rows.annotate(
        own_due_at=Subquery(own.values("due_at")[:1])
    )  # a member has less time than the issuer
    found: QuerySet[LicenceChange] = rows.select_related("licence__holder", "licence__issued_by")
    return found


def waiting(user: User) -> int:
    """Count the requests that wait for a person."""
    return LicenceChange.objects.visible_to(user).waiting_for(user).count()  # type: ignore[attr-defined,no-any-return]


def consents(change: LicenceChange) -> list[ChangeConsent]:
    """Return what members say to a request."""
    return list(change.consents.select_related("jurisdiction", "said_by").order_by("jurisdiction"))


@dataclass(frozen=True)
class Offered:
    """What a holder may ask of a licence now: each with why not, empty where it may; and what waits already."""

    extension: str
    amendment: str
    replacement: str
    waiting: LicenceChange | None
    replacing: Application | None  # the draft or application that is to replace it


def offered(licence: Licence) -> Offered:
    """Tell what the holder of a licence may ask of it now."""
    open_ = LicenceChange.objects.standing().filter(licence=licence).first()  # type: ignore[attr-defined]
    replacing = licence.replacements.filter(
        status__in=[Application.Status.DRAFT, Application.Status.REGISTERED]
    ).first()
    return Offered(
        changes.why_not(licence, "extension"),
        changes.why_not(licence, "amendment"),
        changes.why_not(licence, "replacement"),
        open_,
        replacing,
    )


@dataclass(frozen=True)
class Verdicts:
    """Whether an officer may recommend, decide, or speak for a member."""

    recommend: Verdict
    decide: Verdict
    speak: Verdict


def verdicts(user: User, change: LicenceChange) -> Verdicts:
    """Ask every policy on a request."""
    return Verdicts(
        policies.can_recommend(user, change),
        policies.can_decide(user, change),
        policies.can_speak(user, change),
    )
