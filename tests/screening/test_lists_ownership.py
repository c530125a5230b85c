"""The 50 % rule: through several hops, aggregated over listed owners, and only while it is in force."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.indexes import index_of
from screening.lists import keeping, store
from screening.lists.ownership import Rule, owned, rules_for
from screening.lists.rows import Link, Parsed
from screening.matching import screen
from screening.models import Snapshot
from tests.alliance.conftest import load, shipped
from tests.examples import examples
from tests.journeys import at
from tests.screening.test_lists_versions import ROW

DAY = date(2026, 11, 23)
RULE = Rule("half", "Half", 50, True, frozenset(), ((date(2026, 1, 1), None),))


def who(*links: Link, listed: set[str] | None = None, rule: Rule = RULE, on: date = DAY) -> dict[str, object]:
    return dict(owned(links, listed or {"L", "M"}, at=on, rule=rule))


def test_what_a_listed_party_owns_by_half_counts_and_by_less_does_not() -> None:
    assert who(Link("L", "a", 50), Link("L", "b", 49.99)) == {"a": [(("L", "a"), 50)]}


def test_the_rule_goes_through_several_hops_and_does_not_multiply_shares() -> None:
    found = who(Link("L", "a", 50), Link("a", "b", 50), Link("b", "c", 60), Link("c", "d", 49))
    assert found["c"] == [(("L", "a", "b", "c"), 60)]
    assert set(found) == {"a", "b", "c"}


def test_the_shares_of_several_owners_add_up_where_the_rule_says_so() -> None:
    links = (
        Link("L", "a", 25),
        Link("M", "a", 25),
        Link("L", "b", 60),
        Link("b", "c", 30),
        Link("M", "c", 20),
    )
    found = who(*links)
    assert found["a"] == [(("L", "a"), 25), (("M", "a"), 25)]
    assert found["c"] == [(("M", "c"), 20), (("L", "b", "c"), 30)]
    assert set(who(*links, rule=replace(RULE, aggregate=False))) == {"b"}
    shares = (9.05, 13.06, 1.7, 10.83, 5.97, 9.27, 0.12)
    assert sum(shares) < 50  # what binary fractions make of 50
    assert who(*(Link(str(number), "a", share) for number, share in enumerate(shares)), listed=set("0123456"))


def test_owners_that_are_not_listed_and_shares_that_are_not_known_add_nothing() -> None:
    assert not who(
        Link("x", "a", 100), Link("L", "b"), Link("L", "c", 0), Link("L", "c", 30), Link("L", "c", 30)
    )


def test_parties_that_own_each_other_do_not_make_themselves_listed() -> None:
    circle = (Link("a", "b", 100), Link("b", "a", 100), Link("a", "a", 100))
    assert not who(*circle)
    assert set(who(*circle, Link("L", "b", 50))) == {"a", "b"}


def test_a_listed_party_is_not_told_again_as_owned() -> None:
    assert not who(Link("L", "M", 100))


def test_the_rule_counts_on_the_first_and_the_last_day_of_each_period() -> None:
    (rule,) = (Rule.of(e) for e in shipped("ownership")["entries"] if e["key"] == "us-bis-affiliates")
    days = {
        date(2025, 9, 28): False, date(2025, 9, 29): True, date(2025, 11, 9): True, date(2025, 11, 10): False,
        date(2026, 11, 9): False, date(2026, 11, 10): True, date(2030, 1, 1): True,
    }  # fmt: skip
    for day, counts in days.items():
        assert bool(who(Link("L", "a", 50), rule=rule, on=day)) is counts, day


def test_a_rule_that_names_no_list_bears_on_those_that_no_other_names() -> None:
    named = replace(RULE, key="named", lists=frozenset({"x"}), periods=((date(2027, 1, 1), None),))
    assert rules_for([RULE, named], "x", DAY) == []
    assert rules_for([RULE, named], "x", date(2027, 1, 1)) == [named]
    assert rules_for([RULE, named], "y", DAY) == [RULE]


parties = st.sampled_from("LMabcdef")
shares = st.sampled_from([None, 10.0, 25.0, 49.0, 50.0, 75.0, 100.0])
webs = st.lists(st.builds(Link, parties, parties, shares), max_size=20)
listings = st.sets(st.sampled_from("LMa"))


@settings(max_examples=examples(200))
@given(webs, listings, st.booleans())
def test_exactly_those_count_whom_counting_owners_hold(
    web: list[Link], listed: set[str], aggregate: bool
) -> None:
    rule = replace(RULE, aggregate=aggregate)
    pairs: dict[tuple[str, str], float] = {}
    for link in web:
        if link.owner != link.owned:
            pairs[link.owner, link.owned] = max(link.share or 0.0, pairs.get((link.owner, link.owned), 0.0))
    counting = set(listed)
    for _round in "LMabcdef":
        for party in "LMabcdef":
            held = [share for (o, of), share in pairs.items() if of == party and o in counting]
            if (sum(held) if aggregate else max(held, default=0)) >= 50:
                counting.add(party)
    found = owned(web, listed, at=DAY, rule=rule)
    assert set(found) == counting - listed
    for party, owners in found.items():
        assert len({path[-2] for path, _share in owners}) == len(owners)
        total = [share for _path, share in owners]
        assert (sum(total) if aggregate else max(total)) >= 50
        for path, share in owners:
            assert path[0] in listed
            assert path[-1] == party
            assert not set(path[1:-1]) & listed
            assert set(path[1:-1]) <= set(found)
            assert pairs[path[-2], party] == share
            assert all(pairs[pair] > 0 for pair in itertools.pairwise(path))


@settings(max_examples=examples(100))
@given(webs, listings, st.randoms(use_true_random=False), st.builds(Link, parties, parties, shares))
def test_order_says_nothing_and_another_holding_frees_nobody(
    web: list[Link], listed: set[str], chance: object, more: Link
) -> None:
    found = owned(web, listed, at=DAY, rule=RULE)
    mixed = list(web)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert owned(mixed, listed, at=DAY, rule=RULE) == found
    assert set(owned([*web, more], listed, at=DAY, rule=RULE)) >= set(found)
    assert not owned(web, listed, at=date(2025, 12, 31), rule=RULE)


NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)


@pytest.fixture
def put(db: None) -> Callable[..., Snapshot]:
    """Put a list into force of which a listed party owns two others that are not listed."""
    load(shipped("ownership"))

    def make(version: str, *links: Link, key: str = "us-csl") -> Snapshot:
        rows = [
            ROW,
            replace(
                ROW, entry_id="2", name="KAVIR HOLDING", aliases=[], weak=[], identifiers=[], listed=False
            ),
            replace(
                ROW, entry_id="3", name="STEPPE OPTICS", aliases=[], weak=[], identifiers=[], listed=False
            ),
        ]
        snapshot, _new = keeping.put_into_force(
            Parsed(rows, list(links)), about=keeping.About(key, "T", "P"), sha256=version, version=version
        )
        return snapshot

    return make


def found(name: str) -> bool:
    return bool(screen(name, index=index_of(store.lists_in_force())))


def test_what_is_owned_is_screened_while_the_rule_is_in_force_and_the_state_says_so(
    put: Callable[..., Snapshot],
) -> None:
    with at(NOON):  # the last day of the suspension
        snapshot = put("v1", Link("1", "2", 60), Link("2", "3", 55))
        (suspended,) = before = store.lists_in_force()
        assert "owned" not in suspended
        assert (found("Alpha Works"), found("Kavir Holding"), found("Steppe Optics")) == (True, False, False)
        assert store.owners_of(snapshot, "3", NOON.date()) == []
    with at(NOON.replace(day=10)):
        (returned,) = store.lists_in_force()
        assert returned == suspended | {"owned": "us-bis-affiliates"}
        assert store.lists_hash() != store.hash_of(before)
        assert (found("Alpha Works"), found("Kavir Holding"), found("Steppe Optics")) == (True, True, True)
        assert store.owners_of(snapshot, "3", date(2026, 11, 10)) == [
            (["ALPHA WORKS", "KAVIR HOLDING", "STEPPE OPTICS"], 55.0)
        ]
        assert not screen(
            "Kavir Holding", index=index_of(before)
        )  # the state of the day before stays what it was
    with at(NOON):
        assert screen("Kavir Holding", index=index_of([returned]))


def test_a_link_that_makes_a_party_count_is_among_what_changed(put: Callable[..., Snapshot]) -> None:
    put("v1", Link("2", "3", 100), key="other")
    second = put("v2", Link("1", "2", 50), Link("2", "3", 100), key="other")
    assert second.changed_count == 0
    assert [entry.entry_id for entry in store.changed_entries(second)] == ["2", "3"]
    assert store.lists_in_force()[0]["owned"] == "alliance-50"
    assert not store.changed_entries(put("v3", Link("1", "2", 50), key="other"))
