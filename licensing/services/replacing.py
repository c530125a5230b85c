"""Replacing a licence: a new application filled in from it, and the instant in which one ends and the other
begins."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actors import Actor
from core.errors import Blocked, Conflict
from core.models import ref
from core.policies import require
from deadlines import services as deadlines
from ledger import services as ledger
from licensing import replaced
from licensing.models import Application, Case, Decision, Licence
from licensing.policies import changes as policies
from licensing.services import applications, changes, licences
from licensing.services.locks import due_first, lock
from licensing.services.superseding import end_changes, heard_of
from members.models import User

#: Given anew with each application.
ANEW = ("declaration", "documents", "emergency")


@due_first("licence")
@transaction.atomic
def start(*, actor: User, licence: Licence) -> Application:
    """Start a draft that is to replace a licence, filled in with what that was granted on.

    Its quantities are totals: what has left under the former is taken off when it is granted. Conflict: the licence
    is not one that is replaced, or another draft or application would replace it already.
    """
    licence = changes.locked_licence(licence)
    require(policies.can_ask, actor, licence)
    if refused := changes.why_not(licence, "replacement"):
        raise Conflict(refused)
    waiting = licence.replacements.filter(
        status__in=[Application.Status.DRAFT, Application.Status.REGISTERED]
    ).first()
    if waiting is not None:
        raise Conflict(
            _("%(reference)s is to replace it already: go on with that.") % {"reference": waiting.reference}
        )
    dossier = {
        key: copy.deepcopy(value) for key, value in licence.case.revision.dossier.items() if key not in ANEW
    }
    return applications.start(actor=actor, organisation=licence.holder, replaces=licence, dossier=dossier)


def lock_first(case_pk: int) -> None:
    """Lock the case of the licence that a case is to replace, before its own: in the order of their keys."""
    former = Case.objects.filter(pk=case_pk).values_list("application__replaces__case", flat=True).first()
    if former is not None:
        lock(former)


def begins_later(case: Case, valid_from: date) -> dict[str, list[str]]:
    """Say at its field where a licence that is to replace another would begin after the day of its grant."""
    if case.application.replaces is None or valid_from <= clock.today(case.lead.timezone):
        return {}
    told = _("It replaces %(number)s in the instant of its grant: let it begin today.")
    return {"valid_from": [told % {"number": case.application.replaces}]}


def too_late(case: Case, decision: Decision, *, together: bool) -> str:
    """Say why a grant would leave an instant in which neither licence covers, or both do; empty where it would
    not."""
    former = case.application.replaces
    if former is None or former.status != Licence.Status.ISSUED:
        return ""
    if together:
        return _(
            "It replaces %(number)s in the instant of its grant: take it out of what takes effect together."
        ) % {"number": former}
    assert decision.valid_from is not None
    return " ".join(begins_later(case, decision.valid_from).get("valid_from", []))


@transaction.atomic(savepoint=False)
def issue(*, actor: User, decision: Decision) -> Licence:
    """Issue the licence of a grant. One that replaces another covers what that has left, and the other ends in
    the same
    transaction: what is reserved of it stays with it until it is confirmed or ends. Both cases are locked."""
    application = decision.case.application
    if application.replaces_id is None:
        return licences.issue(actor=actor, decision=decision)
    former = changes.locked_licence(Licence.objects.get(pk=application.replaces_id))
    items: list[dict[str, Any]] = replaced.remaining(
        former, decision.items, decision.case.revision.items.all()
    )
    if not items:
        raise Blocked(
            _("Nothing is left to license."),
            blockers=[_("Of every line all has left under %(number)s.") % {"number": former}],
        )
    licence = licences.issue(actor=actor, decision=decision, items=items)
    if former.status == Licence.Status.ISSUED:
        _end(actor, former, licence)
    return licence


def _end(actor: Actor, former: Licence, licence: Licence) -> None:
    former.replace(licence)
    former.status_reason = _("Replaced by %(number)s.") % {"number": licence.number}
    former.save(update_fields=["status", "status_reason", "replaced_by"])
    deadlines.cancel(kind=licences.EXPIRY, subject=ref(former))
    end_changes(former, why=former.status_reason)
    ledger.record(
        "licence.replaced",
        actor=actor,
        subject=former,
        aggregate=ref(former.case),
        aggregate_label=former.case.reference,
        audience=heard_of(former),
        facts={"number": former.number, "by": licence.number, "status": str(former.status)},
    )
