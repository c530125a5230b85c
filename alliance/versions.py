"""What keeping a version that is written here and recording what became of it have in common."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from alliance.models.written import WrittenHere
from core import audience, clock
from core.audience import PUBLIC, Audience
from core.errors import Conflict
from core.models import ref
from ledger import services as ledger
from members.models import User


def note(row: WrittenHere, *, said: Any, text: str, payload: object, shipped: bool) -> None:
    """Let a version, new or its author's own, say what its text says; it is not saved yet.

    `said` has its key, version and title. Conflict when there is such a version already, written here or `shipped`.
    """
    same = type(row)._default_manager.filter(key=said.key, version=said.version).exclude(pk=row.pk)
    if shipped or same.exists():
        raise Conflict(
            _("There is a version %(version)s of %(key)s already. Give this one a number of its own.")
            % {"version": said.version, "key": said.key},
            fields={"version": [_("There is such a version already.")]},
        )
    row.key, row.version, row.title = said.key, said.version, said.title
    row.text, row.payload, row.changed_at = text, payload, clock.now()


def record(type: str, actor: User, row: WrittenHere, *, public: bool = False, **facts: object) -> None:
    """Record what became of a version: for officers of all members, or for everyone."""
    ledger.record(
        type,
        actor=actor,
        subject=row,
        aggregate=ref(row),
        audience=Audience.of(PUBLIC) if public else Audience.of(audience.ALLIANCE),
        facts={"key": row.key, "version": row.version, "title": row.title, **facts},
    )
