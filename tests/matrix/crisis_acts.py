"""Acts of a crisis, its way out, its guidance and its exercises: none of them depends on a case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from alliance import appetite_policies as appetite
from alliance import crisis_policies as crises
from alliance import policies as charters
from alliance.models import (
    Adoption,
    AuthoredCharter,
    Declaration,
    Preparedness,
    PreparedSet,
    Relaxation,
    Renewal,
    ThresholdChange,
)
from core import clock
from escalation.models import Exercise, Guidance, Improvement, LiaisonPackage
from escalation.policies import exercises, guidance, liaison, situation
from members.models import User

#: What each policy is asked about is made by a French officer and waits for somebody, unless its name says more.
FIRST = "FR"


def in_status(thing: Any, status: str) -> Any:
    """A thing that is not stored, in a state that only its services could bring it to."""
    thing.__dict__["status"] = status
    return thing


def acts(authors: dict[str, User]) -> dict[str, Callable[[User], Any]]:
    first, now = authors[FIRST], clock.now()
    proposed = in_status(Declaration(declared_by=first, declared_at=now), "proposed")
    running = in_status(Declaration(declared_by=first, declared_at=now), "in_force")
    ending = in_status(Declaration(ending_by=first, ending_at=now), "in_force")
    renewal = Renewal(proposed_by=first, proposed_at=now)
    pending, adopted = in_status(Adoption(), "pending"), in_status(Adoption(), "adopted")
    opted_out = in_status(Adoption(), "opted_out")
    step = in_status(Relaxation(proposed_by=first, proposed_at=now), "proposed")
    draft = in_status(PreparedSet(author=first, changed_at=now), "draft")
    agreed = in_status(PreparedSet(author=first, changed_at=now), "agreed")
    word = Preparedness(jurisdiction_id=FIRST)
    voted = in_status(ThresholdChange(proposed_for_id=FIRST), "open")
    over = in_status(ThresholdChange(proposed_for_id=FIRST), "agreed")
    checked = in_status(AuthoredCharter(author=first), "checked")
    active = in_status(AuthoredCharter(author=first), "active")
    planned, ran = in_status(Exercise(), "planned"), in_status(Exercise(), "ran")
    evaluated = in_status(Exercise(), "evaluated")
    todo = in_status(Improvement(owner=first), "open")
    noted = in_status(Guidance(pk=0, effect="deny"), "in_force")
    package = in_status(LiaisonPackage(proposed_by=first, proposed_at=now), "proposed")
    released = in_status(LiaisonPackage(proposed_by=first, released_at=now - timedelta(hours=1)), "released")
    return {
        "declare a crisis": crises.can_declare,
        "confirm a crisis": lambda user: crises.can_confirm(user, proposed),
        "withdraw a declaration": lambda user: crises.can_withdraw(user, proposed),
        "renew a crisis": lambda user: crises.can_renew(user, running),
        "confirm a renewal": lambda user: crises.can_confirm_renewal(user, running, renewal),
        "propose to end a crisis": lambda user: crises.can_propose_end(user, running),
        "end a crisis": lambda user: crises.can_end(user, ending),
        "let a crisis go on": lambda user: crises.can_keep_on(user, ending),
        "adopt measures": lambda user: crises.can_adopt(user, running, pending),
        "adopt measures again": lambda user: crises.can_adopt(user, running, adopted),
        "opt out": lambda user: crises.can_opt_out(user, running, adopted),
        "opt out again": lambda user: crises.can_opt_out(user, running, opted_out),
        "read the library of measures": crises.can_read_library,
        "write measures": crises.can_author,
        "change measures": lambda user: crises.can_edit(user, draft),
        "agree on measures": lambda user: crises.can_agree(user, draft),
        "withdraw a draft of measures": lambda user: crises.can_retire(user, draft),
        "retire agreed measures": lambda user: crises.can_retire(user, agreed),
        "say that one is prepared": crises.can_state_preparedness,
        "take the word back": lambda user: crises.can_withdraw_preparedness(user, word),
        "propose to change a threshold": appetite.can_propose,
        "vote on a threshold": lambda user: appetite.can_vote(user, voted),
        "vote on a threshold when it is over": lambda user: appetite.can_vote(user, over),
        "withdraw a change of a threshold": lambda user: appetite.can_withdraw(user, voted),
        "propose, withdraw and reverse a step": crises.can_steer_exit,
        "apply a step": lambda user: crises.can_apply_step(user, step),
        "write a charter": charters.can_author,
        "check a charter": charters.can_check,
        "activate a charter": lambda user: charters.can_activate(user, checked),
        "retire a charter": lambda user: charters.can_retire(user, active),
        "take note of guidance": lambda user: guidance.can_take_note(user, noted),
        "watch the situation": situation.can_watch,
        "read situation reports": situation.can_read_reports,
        "read of exercises": exercises.can_read,
        "plan an exercise": exercises.can_plan,
        "start an exercise": lambda user: exercises.can_start(user, planned),
        "evaluate an exercise": lambda user: exercises.can_evaluate(user, ran),
        "enter an improvement": lambda user: exercises.can_improve(user, evaluated),
        "say that an improvement is made": lambda user: exercises.can_do(user, todo),
        "reject an improvement": lambda user: exercises.can_reject(user, todo),
        "close an exercise that has not been evaluated": lambda user: exercises.can_close(user, ran),
        "watch intermediaries": liaison.can_watch,
        "propose a liaison package": liaison.can_propose,
        "release a liaison package": lambda user: liaison.can_release(user, package),
        "withdraw a liaison package": lambda user: liaison.can_withdraw(user, package),
        "fetch a liaison package": lambda user: liaison.can_fetch(user, released),
        "record a receipt": lambda user: liaison.can_confirm(user, released),
    }
