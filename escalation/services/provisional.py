"""What the ladder does around a provisional grant: makes it on silence, and takes the case on when it ended."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.charters import CharterData
from core.actors import CLOCK, Actor
from core.errors import Blocked, Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from deadlines import services as deadlines
from deadlines.models import DueInstant
from escalation.services import ladder_steps, windows
from licensing.models import Case, ProvisionalGrant
from licensing.policies import provisional as policies
from licensing.services import provisional, rescreening
from licensing.services.locks import due_first, locked
from members.models import User

SHORTEST_REASON = 20


def grant_or_hold(case: Case, charter: CharterData, *, why: str) -> None:
    """Grant what the charter lets silence grant; where anything bars that, the case goes on the dated hold.

    The parties are screened first, in the same transaction: a hit that a list has brought since bars the grant, and
    stays with the case on hold. The case row is locked by the caller.
    """
    assert charter.provisional is not None
    rescreening.rescreen(case=case, why="issue")
    case = _again(case)
    if case.status != Case.Status.IN_REVIEW:
        return  # something of it fell due meanwhile
    try:
        provisional.grant(
            case=case,
            charter_key=charter.key,
            charter_version=charter.version,
            tier=case.tier,
            share=charter.provisional.share,
            confirm_within=replace(
                windows.rule_of(charter.provisional.confirm_within), rollover=False, two_working_days="never"
            ),
        )
    except (Blocked, Conflict) as refused:
        barred = refused.blockers if isinstance(refused, Blocked) else [refused.detail]
        ladder_steps.hold(_again(case), charter, reason=" ".join([why, *barred]))
        return
    for kind in (windows.DECISION, windows.APPEAL):
        deadlines.cancel(kind=kind, subject=ref(case))
    ladder_steps.tell_exporter(case, charter)


def not_confirmed(due: DueInstant) -> None:
    """The time to confirm a provisional grant is over: it is repealed from that instant on."""
    case = _again(Case(pk=ref_id(due.aggregate, "case")))
    if case.status == Case.Status.PROVISIONAL:
        _repeal(CLOCK, case, _("Nobody confirmed it in time."), due)


@due_first("grant")
@transaction.atomic
def refuse(*, actor: User, grant: ProvisionalGrant, reason: str) -> ProvisionalGrant:
    """Refuse to confirm a provisional grant: one of those who could confirm it is enough, and it ends at once.

    The case goes on its hold, where the lead may refuse it; after that the ordinary procedure begins anew.
    """
    case = locked(grant.case_id)
    granted = ProvisionalGrant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    granted.case = case
    if not granted.is_standing:
        raise Conflict(_("The provisional grant has ended already."))
    require(policies.can_refuse, actor, granted)
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= 2000:
        raise Invalid.field("reason", _("Say why in 20 to 2,000 characters; the exporter reads it."))
    return _repeal(actor, case, reason)


def _repeal(actor: Actor, case: Case, reason: str, due: DueInstant | None = None) -> ProvisionalGrant:
    granted = provisional.repeal(actor=actor, case=case, reason=reason, at=due.due_at if due else None)
    ladder_steps.hold(_again(case), windows.charter_of(case), reason=_("The provisional grant was repealed."))
    return granted


def _again(case: Case) -> Case:
    found = Case.objects.select_related("lead", "revision", "application__organisation")
    return found.prefetch_related("stakes").get(pk=case.pk)
