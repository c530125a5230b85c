"""What a person must not read: names of everything that `visible_to` keeps from it, to be looked for in answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from enforcement.models import Shipment
from intelligence.models import Denial
from licensing.models import Application, Case, Licence
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
    """Return names of what a person may not see, each with the kind of thing; of everything for nobody.

    Whoever sees a case is told the reference of its application, which only its own people open.
    """
    found: dict[str, str] = {}
    for model in tenants():
        hidden = model._default_manager.exclude(pk__in=_seen(model, user))
        if model is Application:
            hidden = hidden.exclude(case__in=_seen(Case, user))
        found |= dict.fromkeys(names_of(hidden), str(model._meta.verbose_name))
    return found


def markers_hidden_from(user: User | None) -> dict[str, str]:
    """Return the end-users of applications that a person may not see: names that stand in one dossier only.

    They stand in what came of it, too: its case, its licence, its shipments, and the denial of a refusal.
    """
    of_cases = Q(pk__in=_seen(Case, user)) | Q(licence__in=_seen(Licence, user))
    of_cases |= Q(licence__shipments__in=_seen(Shipment, user))
    seen = Q(pk__in=_seen(Application, user)) | Q(case__in=Case.objects.filter(of_cases))
    denied = Denial.objects.filter(pk__in=_seen(Denial, user)).values_list("parties__name", flat=True)
    told = {*map(_buyer, Application.objects.filter(seen)), *map(str, denied), ""}
    return dict.fromkeys({*map(_buyer, Application.objects.all())} - told, "end-user")


def _seen(model: type[models.Model], user: User | None) -> set[int]:
    manager: Any = model._default_manager
    return set() if user is None else set(manager.visible_to(user).values_list("pk", flat=True))


def _buyer(application: Any) -> str:
    parties = application.draft.get("parties") or []
    named = [party.get("name", "") for party in parties if isinstance(party, dict)]
    return str(named[0]) if named else ""


def leaked(hidden: dict[str, str], asked: str, answered: str) -> list[str]:
    """Return what an answer tells of what is hidden; a name that was asked with may come back."""
    return [f"{kind} {name}" for name, kind in hidden.items() if name in answered and name not in asked]
