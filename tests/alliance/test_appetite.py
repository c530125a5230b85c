"""The register of risk appetite: votes, what they change, and what is refused without them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from alliance import crises as crises_in_force
from alliance import deliberating, register, selectors, steering, thresholds
from alliance.models import Bundle, ThresholdChange
from core import clock
from core.errors import Conflict, Forbidden, Invalid
from deadlines import services as deadlines
from deadlines.models import DueInstant
from ledger.models import Event
from ledger.testing import run_deliveries
from members.models import Jurisdiction, Role
from tests import factories, journeys
from tests.alliance.conftest import load, shipped
from tests.appetite import MEMBERS, REASON, agreed, closed, given, proposed, voted
from tests.crises import seat
from tests.examples import examples

pytestmark = pytest.mark.usefixtures("in_force")


def lane() -> int | None:
    return selectors.scenario("wartime").lane_from_score


# The vote ------------------------------------------------------------------------------------------------


def test_what_was_agreed_is_in_force_from_its_day_and_names_its_minute() -> None:
    assert sorted(Jurisdiction.objects.values_list("code", flat=True)) == list(MEMBERS)
    change = agreed(document_sha256=hashlib.sha256(b"minutes").hexdigest())
    assert (change.status, change.closed_at, change.members) == ("agreed", change.closes_at, 10)
    assert lane() == 40
    start = datetime.combine(change.effective_from, time(), tzinfo=UTC)
    with journeys.at(start - timedelta(seconds=1)):
        assert lane() == 40
    with journeys.at(start):
        profile = selectors.scenario("wartime")
        assert profile.lane_from_score == 30
        assert profile.agreed == change.agreement
        bundle = selectors.in_force("scenarios")
        assert change.minute in bundle.source
        entry = register.entry(seat("FR"), ("wartime", "lane_from_score"))
        assert (entry.value, entry.agreed) == (30, change.agreement)
    steps = register.history(("wartime", "lane_from_score"))
    assert [(step.value, step.agreed) for step in steps] == [(40, None), (30, change.agreement)]
    assert steps[1].since == change.effective_from
    # and nothing else changed
    before = Bundle.objects.filter(kind="scenarios").order_by("pk")[0].payload
    after = Bundle.objects.get(version=change.reference).payload
    after["entries"][3]["parameters"]["lane_from_score"] = 40
    del after["entries"][3]["agreed"]
    assert after == before


def test_the_case_cites_the_minute_where_the_threshold_chose_its_lane(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change = agreed()
    with journeys.at(change.closes_at + timedelta(days=30)):
        profile = selectors.scenario("wartime")
        monkeypatch.setattr(crises_in_force, "scenario", lambda lead: profile)
        facts = {"score": 35, "hard_stops": [], "critical_item": False}
        choice = steering.steered(standard(), [], "DE", facts)
        assert (choice.lane, choice.rule_key) == ("crisis", "scenario:wartime")
        assert change.minute in choice.legal_basis
        assert change.reference in choice.legal_basis
        assert steering.steered(standard(), [], "DE", facts | {"score": 29}).lane == "standard"


def standard() -> Any:
    from alliance.criteria import Choice

    charter = selectors.charter("lead-alone")
    return Choice(
        "standard", charter.key, charter.version, "green", "Green.", "A rule.", False, False, (), ()
    )


@pytest.mark.parametrize(
    ("votes", "status"),
    [
        ({}, "lapsed"),
        ({"yes": MEMBERS[:6]}, "lapsed"),
        ({"yes": MEMBERS[:4], "no": MEMBERS[4:7]}, "rejected"),
        ({"yes": MEMBERS[:2], "no": MEMBERS[2:3], "abstain": MEMBERS[3:7]}, "agreed"),
    ],
)
def test_a_vote_closes_at_its_instant_however_late_the_clock(votes: dict[str, Any], status: str) -> None:
    change = voted(proposed(), **votes)
    due = DueInstant.objects.get(kind=deliberating.CLOSES)
    assert due.due_at == change.closes_at == change.proposed_at + timedelta(hours=168)
    with journeys.at(change.closes_at - timedelta(seconds=1)):
        deadlines.tick()
        assert ThresholdChange.objects.get().status == "open"
    with journeys.at(change.closes_at + timedelta(hours=9)):
        deadlines.tick()
    change = ThresholdChange.objects.get()
    assert (change.status, change.closed_at) == (status, change.closes_at)
    told = Event.objects.get(type=f"threshold.{status}")
    assert told.facts["by_member"].keys() == {code for codes in votes.values() for code in codes}
    assert Bundle.objects.filter(kind="scenarios").count() == (2 if status == "agreed" else 1)
    if status != "agreed":
        proposed()  # nothing stands in the way of another


def test_a_vote_is_changed_until_the_close_and_not_after() -> None:
    change = voted(proposed(), yes=MEMBERS[:7])
    voted(change, no=MEMBERS[3:7])
    assert change.votes.count() == 7
    assert Event.objects.filter(type="threshold.voted").last().facts["before"] == "for"
    with journeys.at(change.closes_at), pytest.raises(Conflict, match="This vote is over: rejected"):
        deliberating.vote(actor=seat("FR"), change=change, choice="for", reason=REASON)
    assert ThresholdChange.objects.get().status == "rejected"  # by the act that came too late


def test_a_late_clock_puts_nothing_into_force_backwards() -> None:
    change = voted(proposed(effective_from=clock.today() + timedelta(days=8)), yes=MEMBERS)
    change = closed(change, days=20)
    assert change.effective_from == change.closed_at.date() + timedelta(days=21)


def test_seats_are_asked_and_told() -> None:
    asked = seat("FR")
    change = voted(proposed(), yes=MEMBERS[:7])
    run_deliveries()
    closed(change)
    run_deliveries()
    subjects = list(asked.notices.order_by("pk").values_list("subject", flat=True))
    assert [subject.partition(": ")[2] for subject in subjects] == [
        "your member is asked for its vote",
        "agreed",
    ]


@for_all(
    st.lists(st.sampled_from(["for", "against", "abstain"]), max_size=10),
    st.integers(50, 100),
    st.integers(51, 100),
)
@settings(max_examples=examples(50))
def test_nothing_is_agreed_by_a_minority_or_by_few(votes: list[str], quorum: int, majority: int) -> None:
    counts = {choice: votes.count(choice) for choice in set(votes)}
    yes, no = counts.get("for", 0), counts.get("against", 0)
    result = thresholds.carried(counts, 10, quorum, majority)
    if result == "agreed":
        assert yes >= max(2, no + 1)
        assert len(votes) >= 5
    more = thresholds.carried({**counts, "for": yes + 1}, 11, quorum, majority)
    assert (result, more) not in {("agreed", "rejected")}


# Who and what --------------------------------------------------------------------------------------------


def test_only_seats_speak_for_their_member() -> None:
    change = proposed()
    for person, match in (
        (factories.officer_of("FR", Role.DECIDER), "seat of the crisis unit"),
        (factories.UserFactory(), "Only officers"),
    ):
        with pytest.raises(Forbidden, match=match):
            deliberating.propose(actor=person, **given())
        with pytest.raises(Forbidden, match=match):
            deliberating.vote(actor=person, change=change, choice="for", reason=REASON)
    with pytest.raises(Forbidden, match="member that proposed"):
        deliberating.withdraw(actor=seat("FR"), change=change, reason=REASON)
    deliberating.withdraw(actor=seat("DE"), change=change, reason=REASON)
    with pytest.raises(Conflict, match="over: withdrawn"):
        deliberating.vote(actor=seat("FR"), change=change, choice="for", reason=REASON)
    assert not DueInstant.objects.filter(kind=deliberating.CLOSES, state="open").exists()
    assert not ThresholdChange.objects.visible_to(factories.UserFactory()).exists()


@pytest.mark.parametrize(
    ("changes", "path", "match"),
    [
        ({"threshold": "appetite"}, "threshold", "one of lane_from_score"),
        ({"scenario": "every"}, "scenario", "one of pandemic, peacetime"),
        ({"scenario": "every", "threshold": "red_from", "new_value": None}, "new_value", "cannot be none"),
        ({"new_value": 101}, "new_value", "1 to 100"),
        ({"new_value": 40}, "new_value", "so already"),
        ({"scenario": "every", "threshold": "amber_from", "new_value": 60}, "new_value", "Ends before"),
        ({"reason": "Short"}, "reason", "10 to 4000"),
        ({"minute_body": " "}, "minute_body", "1 to 200"),
        ({"minute_date": "tomorrow"}, "minute_date", "has not been"),
        ({"document_sha256": "abc"}, "document_sha256", "64 digits"),
        ({"effective_from": "closes"}, "effective_from", "first after the vote"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], path: str, match: str) -> None:
    days = {"tomorrow": clock.today() + timedelta(days=1), "closes": clock.today() + timedelta(days=7)}
    told = {
        name: days.get(value, value) if isinstance(value, str) else value for name, value in changes.items()
    }
    with pytest.raises(Invalid, match=match) as error:
        proposed(**told)
    assert list(error.value.fields) == [path]


def test_one_vote_at_a_time_of_a_scenario() -> None:
    proposed()
    with pytest.raises(Conflict, match="open already for this scenario"):
        proposed(new_value=20)
    proposed(scenario="sanctions", new_value=None)
    proposed(scenario="every", threshold="red_from", new_value=45)


# What a version has to hold ------------------------------------------------------------------------------


def version(kind: str, change: Any, **more: Any) -> Any:
    document = shipped(kind) | {"version": "next", **more}
    change(document)
    return document


def red_from_60(document: Any) -> None:
    bands = document["tables"]["bands"]
    bands[1]["to"], bands[2]["from"] = 59, 60


def test_a_version_that_changes_a_threshold_without_an_entry_is_refused_and_names_it() -> None:
    for kind, change, path in (
        ("scenarios", lambda d: d["entries"][3]["parameters"].update(lane_from_score=20), "entries.3.parameters."),
        ("scenarios", lambda d: d["entries"].pop(3), "entries.wartime"),
        ("scenarios", lambda d: d["tables"]["appetite"].update(majority=51), "tables.appetite.majority"),
        ("scenarios", lambda d: d["tables"].pop("appetite"), "entries.every"),
        ("scenarios", lambda d: d["entries"].append(d["entries"][3] | {"key": "new"}), "entries.4.parameters."),
        ("scorecard", red_from_60, "tables.bands.2.from"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match="propose it at /workbench/appetite/") as error:
            load(version(kind, change))
        assert next(iter(error.value.fields)).startswith(path)
    assert not Bundle.objects.filter(version="next").exists()
    new = {"key": "new", "title": "New", "sentence": "New."}
    parameters = shipped("scenarios")["entries"][0]["parameters"]
    load(version("scenarios", lambda d: d["entries"].append(new | {"parameters": parameters})))


def test_the_versions_after_a_change_hold_it_and_say_by_what() -> None:
    change = agreed(scenario="every", threshold="red_from", new_value=45)
    assert change.not_applied_because == ""
    later = {"effective_from": (change.effective_from + timedelta(days=9)).isoformat()}
    with pytest.raises(Invalid, match="the members agreed on 45"):
        load(version("scorecard", lambda d: None, **later))
    held = Bundle.objects.get(version=change.reference).payload["tables"]
    with pytest.raises(Invalid, match=f"{change.reference} and the minute"):
        load(version("scorecard", lambda d: d["tables"].update(bands=held["bands"]), **later))
    with pytest.raises(Invalid, match="the register does not have"):
        load(version("scorecard", lambda d: d["tables"].update(agreed=held["agreed"])))
    load(
        version(
            "scorecard", lambda d: d["tables"].update(bands=held["bands"], agreed=held["agreed"]), **later
        )
    )
    load(version("scorecard", lambda d: None, version="before"))  # in force before: as it was
    steps = register.history(("every", "red_from"))
    assert [step.value for step in steps] == [50, 45]
    day = change.effective_from + timedelta(days=20)
    agreed(scenario="every", threshold="red_from", new_value=50, effective_from=day)
    assert [step.value for step in register.history(("every", "red_from"))] == [50, 45, 50]


def test_what_cannot_be_put_into_force_is_kept_with_the_reason() -> None:
    change = voted(proposed(scenario="pandemic", new_value=70), yes=MEMBERS)
    load(version("scenarios", lambda d: d["entries"].pop(2)))
    change = closed(change)
    assert change.status == "agreed"
    assert "“pandemic” is missing" in change.not_applied_because
    back = version(
        "scenarios", lambda d: None, version="back", effective_from=change.effective_from.isoformat()
    )
    with pytest.raises(Invalid, match="the members agreed on 70"):
        load(back)


# The database --------------------------------------------------------------------------------------------


def test_the_database_refuses_what_the_votes_do_not_carry_and_any_change_after() -> None:
    change = voted(proposed(), yes=MEMBERS[:6])
    statements = [
        (
            "UPDATE alliance_thresholdchange SET status = 'agreed', closed_at = now(), members = 10",
            "do not carry",
        ),
        (
            "UPDATE alliance_thresholdchange SET status = 'agreed', closed_at = now(), members = 6",
            "do not carry",
        ),
        ("UPDATE alliance_thresholdchange SET new_value = 1", "is kept"),
        ("DELETE FROM alliance_thresholdchange", "permission denied"),
        ("DELETE FROM alliance_thresholdvote", "permission denied"),
        ("UPDATE alliance_thresholdvote SET jurisdiction_id = 'US' WHERE jurisdiction_id = 'FR'", "is kept"),
    ]
    for statement, match in statements:
        refused(statement, match)
    closed(change)
    refused("UPDATE alliance_thresholdvote SET choice = 'against'", "is kept")
    refused("UPDATE alliance_thresholdchange SET closed_at = now()", "is kept")


def refused(statement: str, match: str) -> None:
    with (
        pytest.raises((IntegrityError, ProgrammingError), match=match),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
