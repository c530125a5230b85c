"""What every act on an application asks and records where an agent does it for the exporter."""

from __future__ import annotations

from core.actors import Actor
from licensing.models import Application
from members import services as members
from members.models import Mandate, Mandated, User


def mandate_of(actor: Actor, application: Application) -> Mandate | None:
    """Return the mandate a person acts under, None where the exporter's own people, an officer or the clock act."""
    if application.mandate_id is None or not isinstance(actor, User):
        return None
    if application.organisation_id in actor.organisation_ids:
        return None
    mandate = application.mandate
    assert mandate is not None
    return mandate if mandate.agent_id in actor.organisation_ids else None


def hold(actor: Actor, application: Application, act: Mandated) -> None:
    """Keep the mandate an agent acts under until the transaction ends; Forbidden where it has ended by now."""
    mandate = mandate_of(actor, application)
    if mandate is not None:
        assert isinstance(actor, User)
        members.hold_mandate(actor=actor, mandate=mandate, act=act)


def under_mandate(actor: Actor, application: Application) -> dict[str, str]:
    """Return the facts of an act that an agent did: the mandate, and both organisations by name; {} for others."""
    mandate = mandate_of(actor, application)
    if mandate is None:
        return {}
    return {
        "mandate": mandate.reference,
        "agent": mandate.agent.name,
        "exporter": application.organisation.name,
    }
