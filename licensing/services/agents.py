"""What every act on an application asks and records where an agent does it for the exporter."""

from __future__ import annotations

from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import Invalid
from core.models import ref
from core.policies import require
from correspondence import services as correspondence
from correspondence.models import Document
from licensing.models import Application
from members import mandate_policies
from members import services as members
from members.models import Mandate, Mandated, Organisation, User

MOST_PAPERS = 10


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


@transaction.atomic
def attach_paper(*, actor: User, mandate: Mandate, upload: IO[bytes], filename: str) -> Document:
    """Put the signed document of a mandate beside it, for both sides to read."""
    mandate = (
        Mandate.objects.select_for_update(of=("self",))
        .select_related("principal", "agent")
        .get(pk=mandate.pk)
    )
    require(mandate_policies.can_attach, actor, mandate)
    if Document.objects.filter(aggregate=ref(mandate)).count() >= MOST_PAPERS:
        raise Invalid.field("file", _("Attach at most 10 documents to a mandate."))
    return correspondence.store_document(
        actor=actor,
        upload=upload,
        filename=filename,
        aggregate=ref(mandate),
        audience=mandate.audience,
        kind="mandate",
    )


@transaction.atomic
def give_with_paper(
    *,
    actor: User,
    principal: Organisation,
    agent: Organisation,
    upload: IO[bytes] | None,
    filename: str,
    **terms: Any,
) -> Mandate:
    """Offer a mandate together with its signed document, if there is one: both, or neither where a file is refused.

    `terms` are those of `members.services.give_mandate`.
    """
    mandate = members.give_mandate(actor=actor, principal=principal, agent=agent, **terms)
    if upload is not None:
        attach_paper(actor=actor, mandate=mandate, upload=upload, filename=filename)
    return mandate
