"""A charter that could let silence approve a critical item, or never end, is not accepted."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance import charter_check, selectors
from alliance.charters import Silence
from core.errors import Invalid
from tests.alliance.conftest import CRISIS
from tests.examples import examples

ONE_DAY = {"amount": 1, "unit": "calendar_days"}


def changed(change) -> dict:
    payload = copy.deepcopy(CRISIS)
    change(payload)
    return payload


def test_the_crisis_ladder_has_windows_of_48_24_and_12_hours(rules):
    charter = selectors.charter("crisis-48-24-12")
    assert [(tier.window.amount, tier.window.unit) for tier in charter.tiers] == [
        (48, "hours"), (24, "hours"), (12, "hours"),
    ]  # fmt: skip
    assert [tier.silence for tier in charter.tiers] == ["escalate", "escalate", "lapse_to_hold"]
    assert charter.critical
    assert not charter.silence_may_approve


def test_the_humanitarian_ladder_is_over_within_a_day(rules):
    charter = selectors.charter("humanitarian-16-8")
    assert charter.longest_seconds() == 24 * 3600


def test_the_ordinary_consultation_is_not_for_critical_items(rules):
    charter = selectors.charter("consultation-10wd")
    assert charter.silence_may_approve
    assert not charter.critical


def test_the_drill_has_windows_of_seconds(drill_rules):
    assert [tier.window.amount for tier in selectors.charter("drill").tiers] == [8, 5, 4]
    assert {tier.window.unit for tier in selectors.charter("drill").tiers} == {"seconds"}


def test_there_are_ten_meanings_of_silence():
    assert len(Silence) == 10


PROVISIONAL = {"share": 25, "confirm_within": {"amount": 72, "unit": "hours"}}


def provisional(**block: object):
    """Let the last tier's silence grant provisionally, on some terms."""

    def change(charter: dict) -> None:
        charter["tiers"][-1]["silence"] = "provisional_grant"
        charter["provisional"] = {**PROVISIONAL, **block}

    return change


def test_a_charter_for_critical_items_may_grant_anything_else_provisionally():
    charter = charter_check.accept(changed(provisional()))
    assert charter.critical
    report = charter_check.check(charter)
    assert any("no critical item even provisionally" in proof for proof in report.proofs)


@pytest.mark.parametrize(
    ("block", "path"),
    [
        ({"share": 51}, "provisional.share"),
        ({"share": 100}, "provisional.share"),
        ({"share": 0}, "provisional.share"),
        ({"confirm_within": {"amount": 15, "unit": "calendar_days"}}, "provisional.confirm_within"),
        ({"confirm_within": {"amount": 337, "unit": "hours"}}, "provisional.confirm_within"),
        ({"confirm_within": {"amount": 1, "unit": "months"}}, "provisional.confirm_within"),
    ],
)
def test_a_provisional_grant_that_is_uncapped_or_too_long_is_refused(block, path):
    with pytest.raises(Invalid) as error:
        charter_check.accept(changed(provisional(**block)))
    assert list(error.value.fields) == [path]


def test_only_the_last_tier_grants_provisionally():
    def early(charter: dict) -> None:
        provisional()(charter)
        charter["tiers"][0]["silence"] = "provisional_grant"

    with pytest.raises(Invalid) as error:
        charter_check.accept(changed(early))
    assert "tiers.0.silence" in error.value.fields


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda c: c["tiers"][0].update(silence="no_objection"), "tiers.0.silence"),
        (lambda c: (c["tiers"][1].pop("quorum"), c["tiers"][1].update(silence="release")), "tiers.1.silence"),
        (lambda c: c["tiers"][1].update(silence="provisional_grant"), "provisional"),
        (lambda c: c["tiers"][2].update(silence="escalate"), "tiers.2.silence"),
        (lambda c: c["tiers"][2].update(silence="deemed_refusal"), "tiers.2.silence"),
        (lambda c: c["tiers"][0].update(silence="silence"), "tiers.0.silence"),
        (lambda c: c["tiers"][0]["window"].update(amount=0), "tiers.0.window.amount"),
        (lambda c: c["tiers"][0]["window"].update(amount=-48), "tiers.0.window.amount"),
        (lambda c: c["tiers"][0]["window"].update(amount=True), "tiers.0.window.amount"),
        (lambda c: c["tiers"][0]["window"].update(amount=4.5), "tiers.0.window.amount"),
        (lambda c: c["tiers"][0]["window"].update(unit="fortnights"), "tiers.0.window.unit"),
        (lambda c: c["tiers"][1].update(number=2), "tiers.1.number"),
        (lambda c: c["tiers"].reverse(), "tiers.0.number"),
        (lambda c: c["tiers"][0]["seats"].update(kind="anyone"), "tiers.0.seats.kind"),
        (lambda c: c["tiers"][0]["seats"].update(ministries=[]), "tiers.0.seats.ministries"),
        (lambda c: c["tiers"][0]["seats"].update(ministries=["magic"]), "tiers.0.seats.ministries.0"),
        (lambda c: c["tiers"][0]["seats"].update(ministries=["trade", "trade"]), "tiers.0.seats.ministries"),
        (lambda c: c["tiers"][0].update(rule="dice"), "tiers.0.rule"),
        (lambda c: c["tiers"][0].update(countersign="yes"), "tiers.0.countersign"),
        (lambda c: c["tiers"][0].pop("objection"), "tiers.0.objection"),
        (lambda c: c.update(tiers={}), "tiers"),
        (lambda c: c.update(reminders=[90, 50]), "reminders"),
        (lambda c: c.update(reminders=[0, 100]), "reminders"),
        (lambda c: c.update(outer_limit={"amount": 6, "unit": "calendar_days"}, hold=ONE_DAY), "outer_limit"),
        (lambda c: c.update(hold={"amount": 100, "unit": "calendar_days"}), "hold"),
        (lambda c: c.update(key="Crisis!"), "key"),
        (lambda c: c.update(title="  "), "title"),
        (lambda c: c.update(critical=None), "critical"),
        (lambda c: c.update(extra=1), "extra"),
        (lambda c: c.pop("hold"), "hold"),
    ],
)
def test_an_error_names_the_place_in_the_charter(change, path):
    with pytest.raises(Invalid) as error:
        charter_check.accept(changed(change))
    assert list(error.value.fields) == [path]


@settings(max_examples=examples(150))
@given(
    critical=st.booleans(),
    silences=st.lists(st.sampled_from(list(Silence)), max_size=4),
    hours=st.lists(st.integers(-2, 900), min_size=4, max_size=4),
)
def test_whatever_is_accepted_ends_and_keeps_silence_from_approving_critical_items(critical, silences, hours):
    payload = changed(lambda c: c.update(critical=critical))
    payload["tiers"] = [
        CRISIS["tiers"][0]
        | {"number": number, "silence": silence.value, "window": {"amount": hours[number], "unit": "hours"}}
        for number, silence in enumerate(silences)
    ]
    try:
        charter = charter_check.accept(payload)
    except Invalid:
        return
    assert not (charter.critical and charter.silence_may_approve)
    assert not charter.tiers or charter.tiers[-1].silence != Silence.ESCALATE
    assert all(tier.window.amount > 0 for tier in charter.tiers)
    spent = charter.longest_seconds()
    assert spent < charter.outer_limit.longest_seconds()
