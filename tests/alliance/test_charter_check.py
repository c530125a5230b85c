"""The model checker: it agrees with every answer written out, and finds each kind of hole."""

import copy
import itertools
import json
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance import charter_check, charter_text, charters
from alliance.charters import (
    Deadlock,
    DecisionRule,
    Objection,
    Qualified,
    Quorum,
    SeatKind,
    Seats,
    Silence,
    Tier,
    Window,
)
from alliance.duty import first_gap
from alliance.exploring import Way, explore, seats_of
from alliance.settling import FAVOURING, LAPSING, Answer, Outcome, settle
from core.errors import Invalid
from tests.alliance.conftest import CRISIS, changed, shipped
from tests.examples import examples

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SOUND_FILES = ["charters", "demo/charters"]

#: Whatever a seat can have said once its window is over, in the words of the ladder.
RAW: tuple[tuple[str, str | None], ...] = (
    ("answered", "no_objection"),
    ("answered", "approve_with_conditions"),
    ("answered", "object"),
    ("answered", "abstain"),
    ("answered", "recuse"),
    ("lapsed", None),
)

members = st.lists(st.sampled_from(["BE", "DE", "FR", "NO"]), min_size=1, max_size=3, unique=True)


@st.composite
def tiers(draw: st.DrawFn) -> Tier:
    """A tier of up to four seats with any rule, silence and deadlock rule, of equal or different weight."""
    named = tuple(draw(members))
    ministries = ("trade",) if len(named) > 2 else draw(st.sampled_from([("trade",), ("trade", "defence")]))
    rule = draw(st.sampled_from(DecisionRule))
    weighed = rule is DecisionRule.QUALIFIED_MAJORITY and draw(st.booleans())
    return Tier(
        number=0,
        name="A tier",
        seats=Seats(SeatKind.MEMBERS, ministries, named),
        rule=rule,
        window=Window(1, "hours"),
        silence=draw(st.sampled_from(Silence)),
        countersign=False,
        objection=Objection.BINDING,
        on_deadlock=draw(st.sampled_from(Deadlock)),
        qualified=Qualified(*draw(st.tuples(*[st.integers(51, 90)] * 2, st.integers(1, 4)))),
        weights=tuple(sorted((name, draw(st.integers(1, 9))) for name in named)) if weighed else (),
        quorum=None if weighed else draw(quorums(ministries, len(named))),
    )


def quorums(ministries: tuple[str, ...], members: int) -> st.SearchStrategy[Quorum | None]:
    """A quorum that so many members can reach, or none."""
    asked = st.builds(
        Quorum,
        st.lists(st.sampled_from(ministries), unique=True).map(tuple),
        st.integers(0, members),
    )
    return st.none() | asked.filter(lambda quorum: quorum != Quorum())


def written_out(tier: Tier, below: Outcome | None) -> set[Way]:
    """Every way of a tier by trying each answer of each seat, as the ladder would settle it."""
    seats = seats_of(tier, tier.seats.count or 0)
    found = set()
    for said in itertools.product(RAW, repeat=len(seats)):
        outcomes = []
        for silence in (tier.silence, Silence.ESCALATE):
            answers = [
                Answer(
                    f"{member}, {ministry}",
                    ministry,
                    status,
                    str(silence),
                    position or FAVOURING.get(silence),
                    tier.weight_of(member),
                    member,
                )
                for (member, ministry), (status, position) in zip(seats, said, strict=True)
            ]
            as_if = replace(tier, silence=silence) if silence is not tier.silence else tier
            outcomes.append(settle(as_if, answers, below))
        silent = any(status == "lapsed" for status, _position in said)
        owed = (
            outcomes[0] is Outcome.SETTLED
            and silent
            and tier.silence is not Silence.CHAIR_DECIDES
            and outcomes[1] is not Outcome.SETTLED
        )
        found.add(Way(outcomes[0], owed))
    return found


@settings(max_examples=examples(60), deadline=None)
@given(tiers(), st.sampled_from([None, Outcome.SETTLED, Outcome.OBJECTED]))
def test_counting_finds_what_writing_out_every_answer_finds(tier: Tier, below: Outcome | None) -> None:
    assert set(explore(tier, below).ways) == written_out(tier, below)


@settings(max_examples=examples(60), deadline=None)
@given(tiers(), st.sampled_from([None, Outcome.SETTLED, Outcome.OBJECTED]))
def test_the_answers_shown_for_a_way_lead_there(tier: Tier, below: Outcome | None) -> None:
    for way, witness in explore(tier, below).ways.items():
        seats = seats_of(tier, len(witness.said))
        position = {"favour": "no_objection", "against": "object", "abstain": "abstain", "recuse": "recuse"}
        answers = [
            Answer(
                member, ministry, "lapsed" if say == "silent" else "answered", str(tier.silence),
                FAVOURING.get(tier.silence) if say == "silent" else position[say], tier.weight_of(member),
                member,
            )
            for (member, ministry), say in zip(seats, witness.said, strict=True)
        ]  # fmt: skip
        assert settle(tier, answers, below) is way.outcome


def naive_is_sound(charter: charters.CharterData) -> bool:
    """Walk every path of a small ladder, all answers written out, without the checker's search."""

    def walk(number: int, below: Outcome | None) -> bool:
        tier = charter.tiers[number]
        last = number + 1 == len(charter.tiers)
        for way in written_out(tier, below):
            if way.outcome is Outcome.STUCK or (way.outcome is Outcome.CLIMB and last):
                return False
            if charter.critical and way.by_silence:
                return False
            if way.outcome in (Outcome.SETTLED, Outcome.OBJECTED) and not last:
                if not walk(number + 1, way.outcome):
                    return False
            elif (way.outcome is Outcome.CLIMB and not walk(number + 1, None)) or (
                way.outcome is Outcome.PROVISIONAL and not last
            ):
                return False
        return not (charter.critical and last and tier.silence not in LAPSING)

    return walk(0, None)


@settings(max_examples=examples(40), deadline=None)
@given(
    st.booleans(),
    st.lists(tiers().filter(lambda tier: (tier.seats.count or 0) <= 3), min_size=1, max_size=3),
)
def test_the_checker_agrees_with_walking_every_path(critical: bool, ladder: list[Tier]) -> None:
    charter = replace(
        charters.parse(CRISIS),
        critical=critical,
        tiers=tuple(
            replace(tier, number=number, window=Window(1, "calendar_days"))
            for number, tier in enumerate(ladder)
        ),
    )
    holes = [hole for hole in charter_check.check(charter).holes if hole.kind != "seat"]
    assert (not holes) == naive_is_sound(charter)


def cover(payload: dict[str, Any], tier: int, *hours: dict[str, Any]) -> None:
    payload["tiers"][tier]["seats"]["cover"] = [{"ministry": "trade", **entry} for entry in hours]


NIGHT = {"days": DAYS, "from": "18:00", "to": "08:00", "zone": "Asia/Tokyo"}
DAY = {"days": DAYS, "from": "08:00", "to": "18:00", "zone": "Asia/Tokyo"}
BERLIN_NIGHT = {**NIGHT, "zone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("change", "kind", "path", "said"),
    [
        (
            lambda c: c["tiers"][0].update(silence="no_objection"), "silence", "tiers.0.silence",
            "Silence counts as no objection. The case can be granted although nobody approved it.",
        ),
        (
            lambda c: (c["tiers"][1].pop("quorum"), c["tiers"][1].update(silence="release")),
            "silence", "tiers.1.silence", "say nothing for 24 hours",
        ),
        (
            lambda c: c["tiers"][2].update(silence="escalate"), "deadlock", "tiers.2.silence",
            "there is no tier above",
        ),
        (
            lambda c: c["tiers"][2].update(on_deadlock="climb"), "deadlock", "tiers.2.on_deadlock",
            "abstains",
        ),
        (
            lambda c: c["tiers"][2].update(on_deadlock="chair_decides"), "deadlock", "tiers.2.on_deadlock",
            "abstains. The charter lets the case climb, and there is no tier above",
        ),
        (
            lambda c: c["tiers"][0].update(silence="decision_stands"), "limbo", "tiers.0.silence",
            "What was decided before is to stand, and nothing was",
        ),
        (
            lambda c: c.update(hold={"amount": 4, "unit": "months"}), "limbo", "hold", "has long passed",
        ),
        (
            lambda c: c["tiers"][2].update(silence="deemed_refusal"), "silence", "tiers.2.silence",
            "Silence alone would then end a critical case.",
        ),
        (
            lambda c: c.update(outer_limit={"amount": 6, "unit": "calendar_days"},
                               hold={"amount": 1, "unit": "hours"}),
            "outer_limit", "outer_limit", "That is 156 hours; everything should end within 6 days.",
        ),
        (
            lambda c: c["tiers"][1].update(appeal={"amount": 85, "unit": "calendar_days"}),
            "outer_limit", "outer_limit", "Nobody appeals within 85 days.",
        ),
        (
            lambda c: c["tiers"][2]["seats"].update(cover=[]), "cover", "tiers.2.seats.cover",
            "The charter names nobody who is on duty for it.",
        ),
        (
            lambda c: cover(c, 2, DAY), "cover", "tiers.2.seats.cover", "09:00 UTC to ",
        ),
        (
            lambda c: cover(c, 2, DAY, BERLIN_NIGHT), "cover", "tiers.2.seats.cover", "nobody is on duty",
        ),
        (
            lambda c: c["tiers"][2]["seats"].pop("minimum_grade"), "seat", "tiers.2.seats",
            "the same seat decides again",
        ),
    ],
)  # fmt: skip
def test_each_kind_of_hole_is_found_with_the_path_that_leads_there(change, kind, path, said) -> None:
    report = charter_check.check(changed(change), 2026)
    found = {(hole.kind, hole.path): hole for hole in report.holes}
    assert (kind, path) in found
    assert said in " ".join(found[kind, path].trace)
    assert not report.proofs


def test_the_trace_is_the_shortest_and_in_sentences() -> None:
    report = charter_check.check(
        changed(lambda c: (c["tiers"][1].pop("quorum"), c["tiers"][1].update(silence="no_objection")))
    )
    assert report.holes[0].trace == (
        "Tier 0, Members with a stake: the trade ministry of member 1 with a stake and the defence ministry "
        "of member 1 with a stake say nothing for 48 hours.",
        "The case climbs to “Crisis unit”.",
        "Tier 1, Crisis unit: the trade seat of the crisis unit and the defence seat of the crisis unit and "
        "the intelligence seat of the crisis unit say nothing for 24 hours.",
        "Silence counts as no objection.",
        "The case can be granted although nobody approved it.",
    )


@pytest.mark.parametrize(
    "hours",
    [
        [{"days": DAYS, "from": "00:00", "to": "24:00"}],
        [DAY, NIGHT],
        [{**DAY, "to": "19:00"}, BERLIN_NIGHT | {"from": "10:00", "to": "02:00"}],
        [{"days": DAYS, "from": "00:00", "to": "12:00", "zone": "America/New_York"},
         {"days": DAYS, "from": "12:00", "to": "00:00", "zone": "America/New_York"}],
        [{"days": DAYS[:5], "from": "00:00", "to": "24:00"},
         {"days": DAYS[5:], "from": "00:00", "to": "24:00"}],
    ],
)  # fmt: skip
def test_duty_hours_that_meet_leave_no_gap_in_any_night_of_the_year(hours) -> None:
    charter = changed(lambda c: cover(c, 2, *hours))
    assert first_gap(charter.tiers[2].seats, 2026) is None


def test_the_hour_that_a_change_of_clocks_leaves_uncovered_is_found() -> None:
    """New York and Berlin meet all year but in the weeks when only one of them has changed its clocks."""
    charter = changed(
        lambda c: cover(
            c, 2,
            {"days": DAYS, "from": "08:00", "to": "20:00", "zone": "Europe/Berlin"},
            {"days": DAYS, "from": "14:00", "to": "02:00", "zone": "America/New_York"},
        )
    )  # fmt: skip
    gap = first_gap(charter.tiers[2].seats, 2026)
    assert gap is not None
    assert gap.start is not None
    assert (gap.start.isoformat(), gap.end.isoformat() if gap.end else "") == (
        "2026-03-09T06:00:00+00:00",
        "2026-03-09T07:00:00+00:00",
    )


def test_substitutes_cover_the_hours_of_the_seat() -> None:
    def with_customs(payload: dict[str, Any]) -> None:
        payload["tiers"][2]["seats"].update(substitutes=["customs"], substitute_after=25)
        cover(payload, 2, DAY)
        payload["tiers"][2]["seats"]["cover"].append({"ministry": "customs", **NIGHT})

    assert charter_check.check(changed(with_customs)).sound


def test_five_tiers_of_thirty_seats_are_explored_whole() -> None:
    named = [f"{first}{second}" for first in "AB" for second in "ABCDEFGHIJKLMNO"]

    def widen(payload: dict[str, Any]) -> None:
        payload["tiers"] = [
            copy.deepcopy(payload["tiers"][0])
            | {
                "number": number,
                "rule": rule,
                "seats": {
                    "kind": "members", "ministries": ["trade"], "members": named,
                    "minimum_grade": ("officer", "officer", "officer", "senior", "government")[number],
                    "cover": [{"ministry": "trade", "days": DAYS, "from": "00:00", "to": "24:00"}],
                },
                "silence": "lapse_to_hold" if number == 4 else "escalate",
            }
            for number, rule in enumerate(
                ["all_answer", "all_answer", "unanimity", "all_answer", "qualified_majority"]
            )
        ]  # fmt: skip
        payload["tiers"][4]["weights"] = {name: index**2 + 1 for index, name in enumerate(named)}

    report = charter_check.check(changed(widen))
    assert [hole.kind for hole in report.holes] == []
    assert report.states > 80_000


@pytest.mark.parametrize("name", SOUND_FILES)
def test_every_shipped_charter_is_sound_and_survives_yaml(name: str) -> None:
    for entry in shipped(name)["entries"]:
        assert charter_text.read(charter_text.write(entry)) == entry
        assert charter_check.check(charters.parse(entry)).holes == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("members: [NO, SE]", {"members": ["NO", "SE"]}),
        ("to: 18:00", {"to": "18:00"}),
        ("as_of: 2026-11-23", {"as_of": "2026-11-23"}),
        ("on: yes", {"on": "yes"}),
        ('{"critical": true, "n": 3, "x": null}', {"critical": True, "n": 3, "x": None}),
    ],
)
def test_what_is_written_is_read_as_it_stands(text: str, value: object) -> None:
    assert charter_text.read(text) == value


@pytest.mark.parametrize(
    "text",
    ["a: &x [1]\nb: *x", "a: 1\na: 2", "{", "1: a", "!!python/object:os.system {}", "a: \x00",
     "- \t- x\n:", "[" * 3000, "a" * 200_000, '"\\ud800"'],
)  # fmt: skip
def test_rubbish_is_refused_in_words(text: str) -> None:
    with pytest.raises(Invalid) as error:
        charter_text.read(text)
    assert list(error.value.fields) == ["$"]


def test_the_command_says_what_was_proved_or_shows_the_trace(tmp_path, capsys) -> None:
    good, bad, none = tmp_path / "good.json", tmp_path / "bad.yaml", tmp_path / "none.yaml"
    good.write_text(json.dumps(CRISIS))
    bad.write_text(charter_text.write(CRISIS).replace("silence: escalate", "silence: no_objection", 1))
    none.write_text("title: Nothing")
    call_command("charter", "check", str(good))
    assert "states explored" in capsys.readouterr().out
    for path, code, said in ((bad, 1, "1. Tier 0"), (none, 2, "Is missing"), (tmp_path, 2, "cannot be read")):
        with pytest.raises(CommandError) as error:
            call_command("charter", "check", str(path))
        assert error.value.returncode == code
        assert said in capsys.readouterr().err
