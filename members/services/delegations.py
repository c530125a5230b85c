"""Deputies: who holds an officer's roles as well between two dates."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import Conflict, Invalid
from core.models import ref
from core.policies import require
from ledger import services as ledger
from members import policies
from members.models import DELEGABLE, Delegation, Role, User
from members.services.people import audience_of

LONGEST = timedelta(days=366)


@transaction.atomic
def delegate(
    *, actor: User, person: User, deputy: User, starts_at: datetime, ends_at: datetime
) -> Delegation:
    """Let a deputy of the same authority hold an officer's roles as well between two instants.

    Invalid for a deputy who cannot be one, for instants in the wrong order or too far apart, and where another
    deputy is named for part of that time.
    """
    person = User.objects.select_for_update(of=("self",)).select_related("authority").get(pk=person.pk)
    require(policies.can_delegate, actor, person)
    if deputy.pk == person.pk:
        raise Invalid.field("deputy", _("Name somebody else."))
    if not deputy.is_active or deputy.authority_id != person.authority_id:
        raise Invalid.field("deputy", _("A deputy serves the same authority."))
    held = set(deputy.appointments.values_list("role", flat=True))
    if not held or Role.AUDITOR in held:
        raise Invalid.field("deputy", _("An auditor, or somebody without a role, acts for nobody."))
    if ends_at <= max(starts_at, clock.now()):
        raise Invalid.field("ends_at", _("The last day is over before the first, or has passed."))
    if ends_at - starts_at > LONGEST:
        raise Invalid.field("ends_at", _("A deputy is named for a year at most."))
    if Delegation.objects.filter(person=person, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        raise Invalid.field("starts_at", _("A deputy is named for part of this time already."))
    made = Delegation.objects.create(
        person=person, deputy=deputy, starts_at=starts_at, ends_at=ends_at, named_by=actor
    )
    _record("delegation.named", actor, made)
    return made


@transaction.atomic
def end_delegation(*, actor: User, delegation: Delegation) -> None:
    """End a delegation now; one that has not begun is struck out."""
    found = Delegation.objects.select_for_update(of=("self",)).select_related("person__authority", "deputy")
    delegation = found.get(pk=delegation.pk)
    require(policies.can_end_delegation, actor, delegation)
    now = clock.now()
    if delegation.ends_at <= now:
        raise Conflict(_("This delegation is over."))
    if delegation.starts_at >= now:
        _record("delegation.ended", actor, delegation)
        delegation.delete()
        return
    delegation.ends_at = now
    delegation.save(update_fields=["ends_at"])
    _record("delegation.ended", actor, delegation)


def _record(type: str, actor: User, delegation: Delegation) -> None:
    person = delegation.person
    lent = person.appointments.filter(role__in=DELEGABLE).order_by("role").values_list("role", flat=True)
    ledger.record(
        type,
        actor=actor,
        subject=delegation,
        aggregate=ref(person),
        audience=audience_of(person),
        facts={
            "person": str(person.uid),
            "deputy": str(delegation.deputy.uid),
            "roles": list(lent),
            "starts_at": delegation.starts_at.isoformat(),
            "ends_at": delegation.ends_at.isoformat(),
        },
    )
