"""Forking what is agreed: members, calendars, control list, criteria and charters go into the realm as they are."""

from __future__ import annotations

import io
from typing import Any

from django.db import connection, transaction

from alliance.models import AuthoredCharter, Bundle, Charter, ControlEntry, Criterion
from core import clock
from deadlines.models import CalendarVersion
from members.models import Authority, Jurisdiction, Ministry, User

#: In the order in which they refer to one another.
COPIED = (Jurisdiction, Authority, CalendarVersion, Bundle, ControlEntry, Charter, Criterion)
WRITTEN = ("key", "version", "title", "text", "payload")


@transaction.atomic
def take() -> dict[str, Any]:
    """Return what is agreed here, as text; nothing of people or cases is in it.

    What refers is read before what it refers to: whatever is loaded meanwhile, no row lacks the one it names.
    """
    with connection.cursor() as cursor:
        tables = {}
        for model in reversed(COPIED):
            out = io.StringIO()
            cursor.copy_expert(f"COPY (SELECT {_columns(model)} FROM {_table(model)}) TO STDOUT", out)  # noqa: S608
            tables[model._meta.label] = out.getvalue()
    active = AuthoredCharter.objects.filter(status=AuthoredCharter.Status.ACTIVE)
    authored = [
        {name: getattr(row, name) for name in WRITTEN} | {"effective_from": str(row.effective_from)}
        for row in active.order_by("effective_from", "activated_at", "pk")
    ]
    return {"tables": tables, "authored": authored}


@transaction.atomic
def put(agreed: dict[str, Any]) -> None:
    """Put what `take` returned into a realm that came with nothing agreed."""
    with connection.cursor() as cursor:
        for model in COPIED:
            text = agreed["tables"][model._meta.label]
            cursor.copy_expert(f"COPY {_table(model)} ({_columns(model)}) FROM STDIN", io.StringIO(text))
    _put_authored(agreed["authored"])


def _put_authored(authored: list[dict[str, Any]]) -> None:
    """Charters written in the workbench keep their terms; who wrote them stays where they were written."""
    if not authored:
        return
    authority = Authority.objects.filter(ministry=Ministry.TRADE).order_by("jurisdiction").first()
    author, second = (
        User.objects.create_user(f"{name}@charters.example", name=name.title(), authority=authority)
        for name in ("author", "second")
    )
    for row in authored:
        now = clock.now()
        made = AuthoredCharter(**row, author=author, written_at=now, changed_at=now)
        made.pass_check()
        made.activate(second)
        made.save()


def _table(model: Any) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _columns(model: Any) -> str:
    return ", ".join(connection.ops.quote_name(field.column) for field in model._meta.concrete_fields)
