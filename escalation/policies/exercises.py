"""Who plans and evaluates exercises, and who settles what is to be done."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from escalation.models import Exercise, Improvement
from licensing.policies.positions import VOICES
from members.models import Role, User
from members.policies import in_office, in_role

LEADS = frozenset({Role.CRISIS_SEAT, Role.DECIDER})


def can_read(user: User) -> Verdict:
    """An officer in office: all members learn from an exercise."""
    return in_office(user, _("Only officers of an authority read of exercises."))


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


def can_answer(user: User, exercise: Exercise, question: str) -> Verdict:
    """Whoever has a voice, decides or sits in the crisis unit, for a member whose people the exercise waits for.

    A question of a functional exercise is answered by the ministry asked, as on a case.
    """
    if not user.serves or not (VOICES | LEADS) & user.roles:
        return deny(_("Your role does not answer in exercises."))
    if exercise.status != Exercise.Status.WAITING:
        return deny(_("The exercise waits for nothing."))
    halted = exercise.halted or {}
    if exercise.kind == Exercise.Kind.TABLE_TOP:
        if user.jurisdiction_code not in exercise.plan["members"]:
            return deny(_("Your member takes no part."))
        if question != f"T{halted['situation']:02d}":
            return deny(_("This situation is closed, or not open yet."))
        return _once(user, exercise, question)
    asked = next((one for one in halted["questions"] if one["question"] == question), None)
    if asked is None:
        return deny(_("This question waits for nobody."))
    ministry = user.authority.ministry if user.authority else ""
    if (user.jurisdiction_code, ministry) != (asked["member"], asked["ministry"]):
        return deny(_("Another authority is asked."))
    return _once(user, exercise, question)


def _once(user: User, exercise: Exercise, question: str) -> Verdict:
    if exercise.answers.filter(question=question, authority=user.authority_id).exists():
        return deny(_("Your authority has answered this already."))
    return ALLOW


def can_record(user: User, exercise: Exercise) -> Verdict:
    """Whoever may plan exercises closes situations and moves the clock, but nobody who has answered in it."""
    if not can_plan(user):
        return deny(_("Deciders and the crisis unit lead an exercise on."))
    if exercise.status != Exercise.Status.WAITING:
        return deny(_("The exercise waits for nothing."))
    if exercise.answers.filter(given_by__in=user.hands).exists():
        return deny(_("You have answered in this exercise: another person leads it on."))
    return ALLOW


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
    """Whoever may plan exercises, but never the owner, nor who acts for the owner: nobody lets oneself off."""
    verdict = can_plan(user)
    if not verdict:
        return verdict
    if improvement.owner_id in user.hands:
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
        return deny(_("Something is still to do: its owner says that it is done, or somebody else why not."))
    return ALLOW
