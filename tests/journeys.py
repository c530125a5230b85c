"""The main job in one process, for tests that need a case at some point of it."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any

import time_machine

from api.examples import DOSSIER
from core import clock
from deadlines import services as deadlines
from ledger.testing import run_deliveries
from licensing.models import Application, Case, Consultation
from licensing.services import applications
from members.models import Mandate, Organisation, User

__all__ = ["at", "dossier", "file", "lapse_all", "later"]


def dossier(**sections: Any) -> dict[str, Any]:
    """Return a complete dossier; sections given replace those of the example."""
    return {**copy.deepcopy(DOSSIER), **sections}


def file(
    actor: User,
    organisation: Organisation,
    content: dict[str, Any] | None = None,
    *,
    run: bool = True,
    mandate: Mandate | None = None,
) -> Case:
    """File a dossier and, unless told not to, let it be assessed and routed."""
    application: Application = applications.start(actor=actor, organisation=organisation, mandate=mandate)
    applications.replace_draft(actor=actor, application=application, dossier=content or dossier())
    applications.submit(actor=actor, application=application)
    if run:
        run_deliveries()
    return Case.objects.get(application=application)


def at(instant: datetime) -> time_machine.travel:
    """Be at an instant, with the clock standing."""
    return time_machine.travel(instant, tick=False)


def later(**amount: float) -> time_machine.travel:
    """Be some time from now."""
    return at(clock.now() + timedelta(**amount))


def lapse_all(case: Case) -> None:
    """Let every open window of a case lapse at its own instant, and what follows happen."""
    last = max(c.due_at for c in Consultation.objects.filter(case=case, status="open"))
    with at(last):
        deadlines.tick()
        run_deliveries()
