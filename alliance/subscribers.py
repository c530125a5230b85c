"""What the alliance does when a rota changes or has a gap, and when measures come to their sunset."""

from alliance import (  # noqa: F401
    appetite_notices,
    crisis_notices,
    declaring,
    deliberating,
    lane_rota,
    reviewing,
    rota,
)
from deadlines.models import DueInstant
from deadlines.registry import on_due
from ledger.models import Event
from ledger.subscriptions import subscribe


@subscribe("rota.gap")
def tell_of_gap(event: Event) -> None:
    rota.tell_of_gap(event)


@subscribe("rota.emptied")
def look_when_emptied(event: Event) -> None:
    rota.look(authority_id=int(event.subject_id))
    lane_rota.look(authority_id=int(event.subject_id))


@subscribe("lane.gap")
def tell_of_gap_in_the_lane(event: Event) -> None:
    lane_rota.tell_of_gap(event)


@on_due(declaring.EFFECT)
def take_effect_in_all_members(due: DueInstant) -> None:
    declaring.take_effect(due)


@on_due(declaring.SUNSET)
def end_at_sunset(due: DueInstant) -> None:
    declaring.sunset(due)


@on_due(declaring.REVIEW)
def ask_for_the_last_review(due: DueInstant) -> None:
    reviewing.overdue(due)


@on_due(deliberating.CLOSES)
def close_the_vote(due: DueInstant) -> None:
    deliberating.close(due)
