"""Reviews of what measures achieved: kept as they were found, asked for before a renewal and after the end."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from alliance import crisis_policies as policies
from alliance.declaring import REVIEW, locked, record, said
from alliance.models import Declaration, Review
from core import audience, clock
from core.actors import CLOCK
from core.audience import Audience
from core.models import ref, ref_id
from core.policies import require
from core.signing import canonical
from deadlines import services as deadlines
from deadlines.models import DueInstant
from members.models import User

#: How old a review may be that a renewal rests on.
FRESH = timedelta(days=14)


def latest(declaration: Declaration) -> Review | None:
    return declaration.reviews.order_by("-made_at", "-pk").first()


def stale(review: Review) -> bool:
    return review.made_at < clock.now() - FRESH


def text_of(review: Review) -> bytes:
    """Return the document as it was digested."""
    return canonical(review.document)


@transaction.atomic
def keep(*, actor: User, declaration: Declaration, document: Mapping[str, Any], findings: str) -> Review:
    """Keep a comparison with what a seat makes of it. One made after the end is the review asked for then."""
    declaration = locked(declaration.pk)
    require(policies.can_review, actor, declaration)
    review = Review.objects.create(
        declaration=declaration,
        document=document,
        sha256=hashlib.sha256(canonical(document)).hexdigest(),
        findings=said(findings, "findings", 4000),
        after_the_end=declaration.status == Declaration.Status.ENDED,
        made_by=actor,
        made_at=clock.now(),
    )
    if review.after_the_end:
        deadlines.cancel(kind=REVIEW, subject=ref(declaration))
    record(
        "review.kept",
        actor,
        declaration,
        Audience.of(audience.ALLIANCE),
        findings=review.findings,
        review=str(review.uid),
        sha256=review.sha256,
    )
    return review


def overdue(due: DueInstant) -> None:
    """The time to review a crisis that is over has passed: it is told, and the review is still asked for."""
    declaration = Declaration.objects.get(pk=ref_id(due.subject, "declaration"))
    if not declaration.reviews.filter(after_the_end=True).exists():
        record("review.overdue", CLOCK, declaration, Audience.of(audience.ALLIANCE))
