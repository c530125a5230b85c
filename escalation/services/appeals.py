"""Appeals: while their window runs, whoever said otherwise than a tier decided can take the case one tier up."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.charters import CharterData, Tier
from alliance.settling import Outcome
from core.actors import PROCESS
from core.errors import Conflict, Invalid
from core.models import ref
from core.policies import require
from deadlines import services as deadlines
from deadlines.models import DueInstant
from escalation import policies
from escalation.judging import dissenting
from escalation.models import Step
from escalation.services import windows
from ledger import services as ledger
from licensing.models import Case
from licensing.services import cases
from members.models import User


def awaited(case: Case, charter: CharterData, tier: Tier, outcome: Outcome) -> bool:
    """Return whether the decision of a tier waits for an appeal; begin its window when the tier has just decided.

    There is one window for each arrival at a tier, and none where nobody said otherwise or no tier is above.
    """
    if tier.appeal is None or tier.number + 1 >= len(charter.tiers):
        return False
    if is_open(case):
        return True
    arrived = Step.objects.get(case=case, round=case.round, tier=tier.number).taken_at
    ran = DueInstant.objects.filter(
        kind=windows.APPEAL, subject=ref(case), state=DueInstant.State.DONE, start_at__gte=arrived
    )
    if ran.exists() or not dissenting(case, charter, outcome):
        return False
    due = windows.set_case_due(case, windows.APPEAL, tier.appeal, owner=tier.name)
    cases.require_for_decision(
        case=case,
        kind=windows.TIER_REQUIREMENT,
        source_ref=f"{ref(case)}:{case.round}",
        sentence=_("%(tier)s has decided; whoever said otherwise may appeal until %(due)s.")
        % {"tier": tier.name, "due": f"{due.due_at:%Y-%m-%d %H:%M UTC}"},
    )
    ledger.record(
        "tier.decided",
        actor=PROCESS,
        subject=case,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={
            "tier": tier.number,
            "round": case.round,
            "name": tier.name,
            "outcome": outcome.value,
            "appeal_by": due.due_at.isoformat(),
            "derivation": due.explanation,
        },
    )
    return True


def is_open(case: Case) -> bool:
    """Whether the window for an appeal runs."""
    return any(row.kind == windows.APPEAL for row in deadlines.open_of(ref(case)))


@transaction.atomic
def appeal(*, actor: User, case: Case, reason: str) -> Case:
    """Take a case one tier up, because the tier decided otherwise than the actor's authority said."""
    from escalation.services import ladder_steps

    if not reason.strip():
        raise Invalid.field("reason", _("Say why you appeal."))
    case = Case.objects.select_for_update(of=("self",)).select_related("lead").get(pk=case.pk)
    deadlines.lapse_due(ref(case))
    case = Case.objects.select_related("lead").get(pk=case.pk)
    charter = windows.charter_of(case)
    require(policies.can_appeal, actor, case, charter)
    if not is_open(case):
        raise Conflict(_("No appeal is open on this case now."))
    ladder_steps.climb(case, charter, actor=actor, reason=reason.strip())
    return case
