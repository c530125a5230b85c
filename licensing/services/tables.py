"""Filling in the items or parties of a draft from a file: all of its rows, or none."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.policies import require
from licensing.dossier import tables
from licensing.dossier.tables import Table
from licensing.models import Application
from licensing.policies import applications as policies
from licensing.services.applications import replace_draft
from members.models import User


def preview(*, actor: User, application: Application, section: str, content: bytes, append: bool) -> Table:
    """Return what a file would make of a section, and what is wrong with it; nothing is kept."""
    require(policies.can_edit, actor, application)
    held = application.draft.get(section)
    present = (
        [entry for entry in held if isinstance(entry, dict)] if append and isinstance(held, list) else []
    )
    return tables.read(section, content, present, dossier=application.draft)


def judged(*, actor: User, application: Application, section: str, content: bytes, append: bool) -> Table:
    """The same of a file without faults; Invalid with a pointer for each fault, such as /rows/3/quantity."""
    table = preview(actor=actor, application=application, section=section, content=content, append=append)
    if table.faults:
        fields: dict[str, list[str]] = {}
        for fault in table.faults:
            fields.setdefault(fault.pointer, []).append(fault.message)
        raise Invalid(_("Nothing was taken over: mend these rows and send the file again."), fields=fields)
    return table


@transaction.atomic
def load(
    *,
    actor: User,
    application: Application,
    section: str,
    content: bytes,
    append: bool,
    version: int | None = None,
) -> Application:
    """Replace the items or parties of a draft by those of a file, or add them behind those that are there.

    Invalid with a pointer for each fault, such as /rows/3/quantity; then nothing is kept. Stale as for any other
    save where the draft is not at `version` any more.
    """
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    table = judged(actor=actor, application=application, section=section, content=content, append=append)
    held = application.draft.get(section) if append else []
    entries = [*(held if isinstance(held, list) else []), *table.entries]
    return replace_draft(actor=actor, application=application, dossier={section: entries}, version=version)
