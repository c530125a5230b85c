"""Reviewing a crisis: the comparison is made in the transaction in which it is kept."""

from __future__ import annotations

from django.db import transaction

from alliance import crisis_policies as policies
from alliance import reviewing
from alliance.declaring import due_first, locked
from alliance.models import Declaration, Review
from core.policies import require
from escalation import effectiveness
from members.models import User


@due_first
@transaction.atomic
def keep(*, actor: User, declaration: Declaration, findings: str) -> Review:
    """Compare before and after as of now, and keep it with what a seat of the crisis unit makes of it."""
    declaration = locked(declaration.pk)
    require(policies.can_review, actor, declaration)
    document = effectiveness.compare(declaration)
    return reviewing.keep(actor=actor, declaration=declaration, document=document, findings=findings)
