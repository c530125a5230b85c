"""What a person must not read: names of everything that `visible_to` keeps from it, to be looked for in answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import models

from members.models import User

FLOORS = ("licensing", "enforcement", "intelligence", "escalation", "exemptions")
NAMES = ("reference", "number", "uid")
SHORTEST = 10  # characters of a name that stands for nothing else


def tenants() -> list[type[models.Model]]:
    """Return the models whose rows are kept from some people."""
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in FLOORS and hasattr(model._default_manager, "visible_to")
    ]


def names_of(rows: Iterable[models.Model]) -> set[str]:
    """Return every name by which rows are told to the outside."""
    found = set()
    for row in rows:
        for name in NAMES:
            value = getattr(row, name, None)
            if value is not None and len(str(value)) >= SHORTEST:
                found.add(str(value))
    return found


def hidden_from(user: User | None) -> dict[str, str]:
    """Return names of what a person may not see, each with the kind of thing; of everything for nobody."""
    found: dict[str, str] = {}
    for model in tenants():
        manager: Any = model._default_manager
        seen = set() if user is None else set(manager.visible_to(user).values_list("pk", flat=True))
        hidden = model._default_manager.exclude(pk__in=seen)
        found |= dict.fromkeys(names_of(hidden), str(model._meta.verbose_name))
    return found


def markers_hidden_from(user: User | None) -> dict[str, str]:
    """Return the end-users of applications that a person may not see: names that stand in one dossier only."""
    from licensing.models import Application

    rows: Any = Application.objects
    seen = [] if user is None else list(rows.visible_to(user).values_list("pk", flat=True))
    kept = {_buyer(one) for one in rows.filter(pk__in=seen)}
    return {_buyer(one): "end-user" for one in rows.exclude(pk__in=seen) if _buyer(one) not in kept | {""}}


def _buyer(application: Any) -> str:
    parties = application.draft.get("parties") or []
    named = [party.get("name", "") for party in parties if isinstance(party, dict)]
    return str(named[0]) if named else ""


def leaked(hidden: dict[str, str], asked: str, answered: str) -> list[str]:
    """Return what an answer tells of what is hidden; a name that was asked with may come back."""
    return [f"{kind} {name}" for name, kind in hidden.items() if name in answered and name not in asked]
