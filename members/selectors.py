"""What pages show of places and people."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.errors import Forbidden
from core.references import normalise_reference
from members.models import (
    Absence,
    ApiClient,
    Authority,
    Delegation,
    Invitation,
    Jurisdiction,
    Mandate,
    Mandated,
    Membership,
    User,
)


def jurisdictions() -> QuerySet[Jurisdiction]:
    """The members of the alliance, which everyone may know."""
    return Jurisdiction.objects.order_by("name")


def authorities_of(user: User) -> QuerySet[Authority]:
    """Authorities whose rota an officer reads: those of the jurisdiction, for who only adjudicates its own."""
    return Authority.objects.filter(user.within()).select_related("jurisdiction")


def memberships_of(user: User) -> QuerySet[Membership]:
    """The person's own places in organisations."""
    return user.memberships.select_related("organisation__jurisdiction").order_by("organisation__name")


def mandate_from(user: User, exporter: UUID, reference: str = "") -> Mandate:
    """Return the mandate under which the person writes drafts for an exporter: one in force, of several the one
    that lasts longest, else the last of those that are not, so that the refusal can name it.

    Forbidden alike where the exporter gave none and where there is no such exporter.
    """
    rows = Mandate.objects.visible_to(user).filter(principal__uid=exporter, agent__in=user.organisation_ids)
    rows = rows.select_related("principal__jurisdiction", "agent").order_by("-ends_at", "-pk")
    found = list(rows.filter(reference=normalise_reference(reference)) if reference else rows)
    usable = [one for one in found if one.pk in user.mandated(Mandated.DRAFT)]
    if not found:
        raise Forbidden(_("No mandate of this exporter names your organisation as its agent."))
    return (usable or found)[0]


def clients_of(user: User) -> QuerySet[ApiClient]:
    """Systems in force that act for the person."""
    return ApiClient.objects.filter(user=user, revoked_at__isnull=True).order_by("name")


def has_account(invitation: Invitation) -> bool:
    """Whether the invited address already has an account in use."""
    return bool(User.objects.filter(email=invitation.email, is_active=True).exists())


def delegations_of(user: User) -> QuerySet[Delegation]:
    """Delegations of the officer's jurisdiction that are not over, the soonest first."""
    found = Delegation.objects.visible_to(user).filter(ends_at__gt=clock.now())
    return found.select_related("person__authority", "deputy")


def people_of(authority: Authority) -> QuerySet[User]:
    """Those in office at an authority."""
    return User.objects.filter(authority=authority, is_active=True, appointments__isnull=False).distinct()


def absences() -> QuerySet[Absence]:
    """Members that are offline now."""
    return Absence.objects.running().select_related("jurisdiction", "declared_by").order_by("jurisdiction")
