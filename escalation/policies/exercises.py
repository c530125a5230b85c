"""Who plans and evaluates exercises, and who settles what is to be done."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from escalation.models import Exercise, Improvement
from members.models import Role, User
from members.policies import in_role

LEADS = frozenset({Role.CRISIS_SEAT, Role.DECIDER})


def can_plan(user: User) -> Verdict:
    """A decider, or a seat of the crisis unit."""
    return in_role(
        user,
        LEADS,
        outsider=_("Only officers of an authority plan exercises."),
        otherwise=_("Exercises are planned by deciders and the crisis unit."),
    )


def can_start(user: User, exercise: Exercise) -> Verdict:
    verdict = can_plan(user)
    if verdict and exercise.status != Exercise.Status.PLANNED:
        return deny(_("Only a planned exercise is started."))
    return verdict


def can_evaluate(user: User, exercise: Exercise) -> Verdict:
    """Whoever may plan one, or an auditor."""
    if Role.AUDITOR not in user.roles or not user.serves:
        verdict = can_plan(user)
        if not verdict:
            return verdict
    if exercise.status != Exercise.Status.RAN:
        return deny(_("An exercise is evaluated once it has run."))
    return ALLOW


def can_improve(user: User, exercise: Exercise) -> Verdict:
    """Whoever may plan exercises enters what is to be done, until the exercise is closed."""
    verdict = can_plan(user)
    if verdict and exercise.status != Exercise.Status.EVALUATED:
        return deny(_("What is to be done is entered once the exercise is evaluated, until it is closed."))
    return verdict


def can_do(user: User, improvement: Improvement) -> Verdict:
    """Its owner."""
    if not user.serves or user.pk != improvement.owner_id:
        return deny(_("Only its owner says that it is done."))
    return _open(improvement)


def can_reject(user: User, improvement: Improvement) -> Verdict:
    """Whoever may plan exercises, but never the owner: nobody lets oneself off."""
    verdict = can_plan(user)
    if not verdict:
        return verdict
    if user.pk == improvement.owner_id:
        return deny(_("Another person than its owner rejects it."))
    return _open(improvement)


def _open(improvement: Improvement) -> Verdict:
    if improvement.status != Improvement.Status.OPEN:
        return deny(_("It is settled already."))
    return ALLOW


def can_close(user: User, exercise: Exercise) -> Verdict:
    """Whoever may plan exercises, once nothing is left to do."""
    verdict = can_plan(user)
    if not verdict:
        return verdict
    if exercise.status != Exercise.Status.EVALUATED:
        return deny(_("An exercise is closed once it is evaluated."))
    if exercise.improvements.filter(status=Improvement.Status.OPEN).exists():
        return deny(_("Something is still to do."))
    return ALLOW
