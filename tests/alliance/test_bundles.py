"""Reference data come whole or not at all, and a version means one thing for ever."""

import csv
import json
import threading
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance import selectors, services
from alliance.contents import CHECKS
from alliance.management.commands.load_bundles import SHIPPED
from alliance.models import Bundle, ControlEntry
from core.errors import Conflict, EntenteError, Invalid, NotFound
from deadlines.models import CalendarVersion
from exemptions.grounds import Provider, Supply
from ledger.models import Event
from members.models import Authority, Jurisdiction
from tests.alliance.conftest import load, shipped
from tests.examples import examples
from tests.shared_data import shared


def test_every_kind_is_shipped_and_loading_again_changes_nothing(agreed):
    assert set(selectors.versions()) == set(CHECKS)
    before = selectors.bundle_hash(), Bundle.objects.count()
    call_command("load_bundles", verbosity=0)
    assert (selectors.bundle_hash(), Bundle.objects.count()) == before
    assert {"AU", "DE", "US"} < set(CalendarVersion.objects.values_list("key", flat=True))


def test_ten_members_have_a_zone_a_calendar_and_four_authorities_each(agreed):
    assert Jurisdiction.objects.count() == 10
    assert Counter(Authority.objects.values_list("ministry", flat=True)) == {
        "trade": 10, "defence": 10, "intelligence": 10, "customs": 10,
    }  # fmt: skip
    assert Jurisdiction.objects.get(code="JP").timezone == "Asia/Tokyo"


def test_every_heading_has_a_title_of_our_own(agreed):
    with shared("peers/lite/us_ccl_eccn_headings.csv").open(encoding="utf-8-sig") as file:
        theirs = {row["eccn"]: row["description"] for row in csv.DictReader(file)}
    ours = {entry.code: entry for entry in ControlEntry.objects.all()}
    assert set(ours) == set(theirs)
    for code, entry in ours.items():
        assert len(entry.title) <= 80
        assert entry.title.casefold() not in theirs[code].casefold() or len(entry.title.split()) <= 4, code
    assert max(Counter(entry.title for entry in ours.values()).values()) == 1


def test_a_reason_for_control_is_read_from_the_number_and_marked_so(agreed):
    assert {selectors.control_entry(code).reasons[0]["code"] for code in ("1A101", "9A115")} == {"MT"}
    for code, reason in (("3A001", "NS"), ("2B201", "NP"), ("1C350", "CB"), ("0A606", "ML"), ("9A515", "FP")):
        (found,) = selectors.control_entry(code).reasons
        assert (found["code"], found["derived"]) == (reason, True)


def test_paragraphs_are_found_by_their_heading_and_words_by_their_title(agreed):
    assert selectors.control_entry("3a001.b.2").code == "3A001"
    assert selectors.control_entry("3A0011") is None
    assert next(iter(selectors.search_control("6a00"))).code == "6A001"
    assert "6A008" in [entry.code for entry in selectors.search_control("radar systems")]
    assert selectors.search_control("  ") == []


@pytest.mark.parametrize(
    ("codes", "critical"),
    [
        (["1C350"], True),
        (["9A610"], True),
        (["3A001"], False),
        (["3A001", "2B201"], True),
        (["EAR99"], False),
        (["4A090.a"], True),
        (["5E002"], True),  # on no list we hold: not known is not safe
        ([], False),
    ],
)
def test_what_is_critical_is_data_and_the_unknown_is_critical(agreed, codes, critical):
    assert selectors.critical(codes) is critical


def test_a_commodity_code_has_a_tier_however_it_is_written(agreed):
    assert selectors.chpl_tier("8542.31") == selectors.chpl_tier("85423190") == "1"
    assert selectors.chpl_tier("8457 10") == "4.B"
    assert selectors.chpl_tier("0101") is selectors.chpl_tier("010121") is None
    assert Counter(
        entry["tier"] for entry in selectors.in_force("chpl").payload["entries"]
    ) == {"1": 4, "2": 5, "3.A": 16, "3.B": 9, "4.A": 11, "4.B": 5}  # fmt: skip


def test_a_country_is_known_with_the_source_of_each_fact(agreed):
    cuba = selectors.country_facts("cu")
    assert (cuba.name, cuba.embargo, cuba.of_concern) == ("Cuba", True, True)
    assert "746.1" in cuba.sources["embargo"]
    assert cuba.groups == {"E:1"}
    germany = selectors.country_facts("DE")
    assert {"A:1", "A:5"} <= germany.groups
    assert germany.regimes == {"WA", "MTCR", "AG", "NSG"}
    assert not germany.embargo
    assert not germany.of_concern
    assert selectors.country_facts("IQ").fatf == "increased_monitoring"
    assert selectors.country_facts("KZ").transshipment
    assert not selectors.country_facts("QQ").known
    assert len(selectors.countries()) == 250


def test_an_embargo_that_is_only_recalled_stops_nothing(db):
    document = shipped("countries")
    entry = next(entry for entry in document["entries"] if entry["code"] == "FR")
    entry["facts"] = {"embargo": {"source": "hearsay", "confidence": "recalled"}}
    load(document)
    assert selectors.country_facts("FR").embargo is False
    assert selectors.country_facts("FR").of_concern is True


def test_the_bands_the_axes_and_the_flags_are_there(agreed):
    card = selectors.scorecard()
    assert [band["band"] for band in card["bands"]] == ["green", "amber", "red", "black"]
    assert sum(card["axes"].values()) == 100
    assert len(selectors.red_flags()) == 25


def test_providers_and_supplies_of_the_grounds_are_those_of_the_bundle(agreed):
    table = selectors.humanitarian()
    assert {row["key"] for row in table["providers"]} == set(Provider.values)
    assert {row["key"] for row in table["supplies"]} == set(Supply.values)


def test_the_version_of_the_day_is_in_force(agreed):
    march = datetime(2026, 3, 1, tzinfo=UTC)
    assert selectors.in_force("fatf", march).version == "2026-02-13"
    assert selectors.in_force("fatf", datetime(2026, 7, 1, tzinfo=UTC)).version == "2026-06-19"
    with pytest.raises(NotFound):
        selectors.in_force("fatf", datetime(2025, 1, 1, tzinfo=UTC))


def test_a_load_is_seen_at_once_and_changes_the_hash(rules):
    before = selectors.bundle_hash()
    assert selectors.charter("lead-alone").decide_within.amount == 10
    document = shipped("charters")
    document["version"] = "2"
    document["entries"][0] |= {"version": "2", "decide_within": {"amount": 5, "unit": "working_days"}}
    load(document)
    assert selectors.charter("lead-alone").decide_within.amount == 5
    assert selectors.charter("lead-alone", "1").decide_within.amount == 10
    assert selectors.bundle_hash() != before


def test_who_holds_on_to_what_is_agreed_reads_one_state_of_it(rules):
    document = shipped("charters") | {"version": "2"}
    with selectors.pinned():
        before = selectors.bundle_hash()
        load(document)
        assert selectors.bundle_hash() == before
    assert selectors.bundle_hash() != before


def test_a_bundle_of_the_future_is_not_in_force_yet(rules):
    document = shipped("charters")
    document |= {"version": "later", "effective_from": "2999-01-01"}
    before = selectors.bundle_hash()
    load(document)
    assert selectors.bundle_hash() == before


def test_an_extension_stands_on_the_version_it_names(drill_rules):
    assert {charter.key for charter in selectors.all_charters()} == {
        "lead-alone", "consultation-10wd", "crisis-48-24-12", "crisis-unit-24-12", "humanitarian-16-8",
        "us-interagency", "eu-14-1-location", "eu-14-2-security", "eu-16-5-denial", "eu-21-customs", "drill",
        "drill-aid", "trusted-5wd",
    }  # fmt: skip
    document = shipped("demo/charters") | {"version": "x", "extends": "unheard-of"}
    with pytest.raises(Invalid) as error:
        load(document)
    assert "extends" in error.value.fields


def test_the_rule_of_the_vote_begins_with_a_version_that_has_one_and_is_not_taken_out_again(rules):
    without = shipped("scenarios") | {"version": "before"}
    del without["tables"]
    load(without)
    assert load(shipped("scenarios"))[1]
    with pytest.raises(Invalid, match=r"(Quorum|Majority) of a vote"):
        load(without | {"version": "after"})


def test_the_same_version_with_other_content_is_refused(rules):
    document = shipped("charters")
    document["source"] = "someone else"
    with pytest.raises(Conflict, match="version of its own"):
        load(document)


def test_a_charter_version_with_other_terms_is_refused(rules):
    document = shipped("charters") | {"version": "2"}
    document["entries"][0]["decide_within"]["amount"] = 9
    with pytest.raises(Conflict) as error:
        load(document)
    assert "entries.0.version" in error.value.fields
    assert not Bundle.objects.filter(version="2").exists()


def test_order_and_layout_of_the_file_are_no_difference(rules):
    document = shipped("charters")
    turned = dict(reversed(document.items()))
    _bundle, new = services.load(file=services.parse(json.dumps(turned, indent=7).encode()))
    assert not new


def test_what_was_agreed_cannot_be_changed(rules):
    with pytest.raises(DatabaseError), transaction.atomic():
        Bundle.objects.update(source="better")
    with pytest.raises(DatabaseError), transaction.atomic():
        Bundle.objects.all()._raw_delete("default")


def test_a_load_is_recorded_for_everyone(rules):
    event = Event.objects.filter(type="bundle.loaded").order_by("pk").last()
    assert event.facts["kind"] == "criteria"
    assert event.facts["version"] == "2026-11-27.2"


@pytest.mark.parametrize(
    ("name", "change", "path"),
    [
        ("chpl", lambda d: d["entries"][3].update(hs6="85"), "entries.3.hs6"),
        ("chpl", lambda d: d["entries"][3].update(hs6=d["entries"][2]["hs6"]), "entries.3.hs6"),
        ("chpl", lambda d: d["entries"][3].update(tier="9.Z"), "entries.3.tier"),
        ("countries", lambda d: d["entries"][0].update(code="Andorra"), "entries.0.code"),
        ("countries", lambda d: d["entries"][1]["facts"].update(rumour={}), "entries.1.facts.rumour"),
        ("jurisdictions", lambda d: d["entries"][2].update(timezone="Mars/Olympus"), "entries.2.timezone"),
        ("jurisdictions", lambda d: d["entries"][2]["authorities"].pop(), "entries.2.authorities"),
        ("control_list", lambda d: d["entries"][9].update(category="4"), "entries.9.category"),
        ("control_list", lambda d: d["entries"][9]["reasons"][0].pop("source"), "entries.9.reasons.0.source"),
        ("scorecard", lambda d: d["tables"]["bands"][1].update({"from": 27}), "tables.bands.1.from"),
        ("scorecard", lambda d: d["tables"]["axes"].update(item=21), "tables.axes"),
        ("fatf-2026-06-19", lambda d: d["entries"][0].update(list="grey"), "entries.0.list"),
        ("regimes", lambda d: d["entries"][0]["members"].append("AR"), "entries.0.members"),
        ("red_flags", lambda d: d["entries"][0].pop("confidence"), "entries.0.confidence"),
        ("humanitarian", lambda d: d["tables"].pop("supplies"), "tables.supplies"),
        ("country_groups", lambda d: d["tables"].update(of_concern=["D:9"]), "tables.of_concern.0"),
        (
            "charters",
            lambda d: d["entries"][1]["tiers"][0].update(silence="shrug"),
            "entries.1.tiers.0.silence",
        ),
        ("charters", lambda d: d.update(kind="wishes"), "kind"),
        ("charters", lambda d: d.update(effective_from="2026-02-30"), "effective_from"),
        ("charters", lambda d: d.pop("as_of"), "as_of"),
        ("charters", lambda d: d.update(surprise=1), "surprise"),
        ("charters", lambda d: d.update(source="a\0b"), "source"),
        ("charters", lambda d: d.update(source="\ud800"), "source"),
    ],
)
def test_an_error_names_the_place_in_the_file(db, name, change, path):
    document = shipped(name)
    change(document)
    with pytest.raises(EntenteError) as error:
        load(document)
    assert list(error.value.fields) == [path]
    assert not Bundle.objects.exists()
    assert not ControlEntry.objects.exists()


def test_the_example_of_the_guide_can_be_loaded(rules):
    guide = (SHIPPED.parents[1] / "docs" / "criteria.md").read_text()
    example = json.loads(guide.split("```json")[1].split("```")[0])
    bundle, new = load(example)
    assert new
    assert bundle.criteria.filter(key="machine-tools-detour").exists()
    assert bundle.criteria.filter(key="review").exists()


@pytest.mark.django_db(transaction=True)
def test_two_loaders_at_once_load_one_bundle():
    file = services.parse(json.dumps(shipped("regimes")).encode())
    news: list[bool] = []

    def run() -> None:
        try:
            news.append(services.load(file=file)[1])
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(news) == [False, False, True]
    assert selectors.in_force("regimes").version == "2026-11-27"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"kind": NaN}', b'{"a": 1, "a": 2}', b"[" * 100_000,
        b'{"a":' * 50_000, b"1" * 5_000, b'"text"', b'{"kind": "chpl"}',
    ],
)  # fmt: skip
def test_what_is_no_bundle_is_refused_in_words(content):
    with pytest.raises(Invalid):
        services.parse(content)


def test_a_folder_with_one_bad_file_loads_the_others_and_names_it(db, tmp_path):
    (tmp_path / "bad.json").write_text('{"kind": "chpl"}')
    (tmp_path / "worse.json").write_text("not json")
    (tmp_path / "good.json").write_text(json.dumps(shipped("regimes")))
    with pytest.raises(CommandError) as error:
        call_command("load_bundles", tmp_path, verbosity=0)
    assert "bad.json: version: Is missing." in str(error.value)
    assert "worse.json: $: Not JSON" in str(error.value)
    assert selectors.versions() == {"regimes": "2026-11-27"}


def test_an_empty_or_absent_folder_is_an_error(db, tmp_path):
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(CommandError):
            call_command("load_bundles", folder, verbosity=0)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates().map(str)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["kind", "entries", "tables", "code", "key", "tiers", "outcome", "hs6", "members"]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=examples(120))
@given(JSON)
def test_no_json_at_all_breaks_the_reader(value):
    with pytest.raises(Invalid) as error:
        services.parse(json.dumps(value).encode())
    assert error.value.fields


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, object]:
    """A shipped bundle in which one place holds anything else."""
    document = shipped(draw(st.sampled_from(sorted(path.stem for path in SHIPPED.glob("*.json")))))
    document["entries"] = document["entries"][:3]
    holder: object = document
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))  # type: ignore[arg-type]
        key = draw(st.sampled_from(keys))
        child = holder[key]  # type: ignore[index]
        if isinstance(child, dict | list) and child and draw(st.integers(0, 3)):
            holder = child
            continue
        holder[key] = draw(JSON)  # type: ignore[index]
        return document


@settings(max_examples=examples(150))
@given(document=damaged())
def test_no_damage_gets_past_the_checks_as_anything_but_a_refusal(document):
    with suppress(EntenteError):  # and nothing else
        file = services.parse(json.dumps(document).encode())
        if file.kind != "criteria":  # whose expressions run in a process of their own: tested apart
            CHECKS[file.kind](file.entries, file.tables)


def test_effective_dates_are_dates(agreed):
    assert all(isinstance(bundle.effective_from, date) for bundle in Bundle.objects.all())
