"""Quorums in the check of charters: every count of answers is tried with one and without, as far as it can be."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from alliance import charter_check, charters
from alliance.charters import (
    DecisionRule,
    Objection,
    Quorum,
    SeatKind,
    Seats,
    Silence,
    Tier,
    Window,
)
from alliance.exploring import SAYS, explore, seats_of
from alliance.quorums import SPOKEN, arranged, possible
from alliance.settling import Answer, Outcome, Say, quorate
from core.errors import Invalid
from tests.alliance.conftest import changed

WORDS: dict[Say, tuple[str, str | None]] = {
    Say.FAVOUR: ("answered", "no_objection"),
    Say.AGAINST: ("answered", "object"),
    Say.ABSTAIN: ("answered", "abstain"),
    Say.RECUSE: ("answered", "recuse"),
    Say.SILENT: ("lapsed", None),
}


def asking(ministries: tuple[str, ...], members: tuple[str, ...], quorum: Quorum) -> Tier:
    return Tier(
        number=0,
        name="A tier",
        seats=Seats(SeatKind.MEMBERS, ministries, members),
        rule=DecisionRule.MAJORITY,
        window=Window(1, "hours"),
        silence=Silence.ESCALATE,
        countersign=False,
        objection=Objection.BINDING,
        quorum=quorum,
    )


def in_words(seats: list[tuple[str, str]], said: tuple[Say, ...]) -> list[Answer]:
    return [
        Answer(member, ministry, *WORDS[say][:1], "escalate", WORDS[say][1], 1, member)
        for (member, ministry), say in zip(seats, said, strict=True)
    ]


@pytest.mark.parametrize(
    ("ministries", "members"),
    [
        (("trade",), ("DE",)),
        (("trade",), ("DE", "FR", "NO")),
        (("trade", "defence"), ("DE",)),
        (("trade", "defence"), ("DE", "FR")),
        (("trade", "defence", "customs"), ("DE",)),
    ],
)
def test_for_every_count_the_quorum_can_be_there_or_missing_as_writing_out_finds(
    ministries: tuple[str, ...], members: tuple[str, ...]
) -> None:
    """Every quorum of a few seats, every count of answers, with and without a chair whose answer matters."""
    asked = [
        Quorum(names, most)
        for size in range(len(ministries) + 1)
        for names in itertools.combinations(ministries, size)
        for most in range(len(members) + 1)
    ]
    for quorum in asked:
        tier = asking(ministries, members, quorum)
        seats = seats_of(tier, len(ministries) * len(members))
        found: dict[tuple[tuple[int, ...], Say | None], set[bool]] = {}
        for said in itertools.product(SAYS, repeat=len(seats)):
            counts = tuple(said.count(say) for say in SAYS)
            there = quorate(quorum, in_words(seats, said))
            for chair in (None, said[0]):
                found.setdefault((counts, chair), set()).add(there)
        for (counts, chair), known in found.items():
            assert possible(tier, counts, SAYS, chair) == (True in known, False in known), (
                quorum,
                counts,
                chair,
            )
            for there in known:
                shown = arranged(tier, counts, SAYS, chair, there=there)
                assert quorate(quorum, in_words(seats, shown)) is there, (quorum, counts, chair, shown)
                assert tuple(shown.count(say) for say in SAYS) == counts


def test_a_seat_of_the_crisis_unit_may_be_spoken_for_by_any_member() -> None:
    tier = replace(
        asking((), (), Quorum((), 2)), seats=Seats(SeatKind.CRISIS_UNIT, ("trade", "defence", "intelligence"))
    )
    ways = explore(tier).ways
    assert {way.outcome for way in ways} == {Outcome.SETTLED, Outcome.OBJECTED, Outcome.CLIMB}
    assert possible(tier, (3, 0, 0, 0, 0), SAYS, None) == (True, True)
    assert possible(tier, (1, 0, 0, 2, 0), SAYS, None) == (False, True)
    assert SPOKEN == (Say.FAVOUR, Say.AGAINST, Say.ABSTAIN)


def with_quorum(tier: int, **quorum: Any) -> charters.CharterData:
    return changed(lambda c: c["tiers"][tier].update(quorum=quorum))


def test_a_ladder_with_a_quorum_is_sound_and_tells_where_it_is_missing() -> None:
    assert charter_check.check(
        with_quorum(1, ministries=["trade", "defence", "intelligence"], members=2)
    ).sound

    def never_held(payload: dict[str, Any]) -> None:
        payload["tiers"][2].update(quorum={"ministries": ["trade"], "members": 1}, on_deadlock="objection")

    report = charter_check.check(changed(never_held))
    assert [(hole.kind, hole.path) for hole in report.holes] == [("deadlock", "tiers.2.on_deadlock")]
    assert "The quorum is missing (trade, 1 member): nothing is decided." in " ".join(report.holes[0].trace)


@pytest.mark.parametrize(
    ("quorum", "path"),
    [
        ({}, "tiers.1.quorum"),
        ({"ministries": ["customs"]}, "tiers.1.quorum.ministries.0"),
        ({"members": 4}, "tiers.1.quorum.members"),
        ({"members": 0}, "tiers.1.quorum.members"),
        ({"people": 3}, "tiers.1.quorum.people"),
    ],
)
def test_a_quorum_that_its_seats_cannot_reach_is_refused_at_its_place(quorum: Any, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        changed(lambda c: c["tiers"][1].update(quorum=quorum))
    assert list(refused.value.fields) == [path]


def test_a_quorum_does_not_go_with_weights() -> None:
    def weighed(payload: dict[str, Any]) -> None:
        payload["tiers"][1].update(
            rule="qualified_majority",
            seats={"kind": "members", "ministries": ["trade"], "members": ["DE", "FR"]},
            weights={"DE": 2, "FR": 1},
            quorum={"members": 2},
        )

    with pytest.raises(Invalid) as refused:
        changed(weighed)
    assert list(refused.value.fields) == ["tiers.1.quorum"]


def test_where_all_are_asked_for_silence_settles_nothing_whatever_it_stands_for() -> None:
    report = charter_check.check(changed(lambda c: c["tiers"][1].update(silence="no_objection")))
    assert report.sound
