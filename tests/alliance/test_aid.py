"""The table of grounds is unambiguous when it is loaded: of the rows that fit, one is the most specific."""

import copy
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance import aid_reading, selectors
from alliance.aid import Place, Row, Table, conflict
from alliance.aid_judging import Question, judge
from core.errors import Invalid
from tests.aid import shipped_table
from tests.alliance.conftest import load, shipped

GROUNDS = shipped("grounds")
PLACES = [
    Place("DE"),
    Place("IR", embargoed=True),
    Place("SY", "SY-ID", True, frozenset({"E:1"})),
    Place("SY", "", False, frozenset({"E:1"})),
    Place("UA", "UA-43"),
    Place("NI", "", True, frozenset({"D:5", "E:1"})),
]


def entry(**changed):
    """A row of the regime `un`, about food by a UN agency, anywhere."""
    row = copy.deepcopy(GROUNDS["entries"][0])
    return {**row, "key": "row", "providers": ["un_agency"], "supplies": ["food"], "where": {}, **changed}


def parse(*entries) -> Table:
    return aid_reading.parse(list(entries), GROUNDS["tables"])


def test_the_shipped_rows_have_no_conflict_and_each_a_basis_a_source_an_owner_and_a_review_date():
    table = shipped_table()
    assert conflict(table.rows) is None
    assert len(table.rows) > 15
    for row in table.rows:
        assert row.owner
        assert row.review_date.year >= 2027
        for answer in (row.carve_out, row.licence):
            assert answer.legal_basis
            assert answer.source


def test_no_row_of_the_united_nations_says_that_no_licence_is_needed():
    assert {row.licence.outcome for row in shipped_table().rows if row.regime == "un"} == {"stays"}


@pytest.mark.parametrize(
    ("other", "fits"),
    [
        ({"where": {"embargoed": True}}, True),
        ({"where": {"countries": ["SY"]}}, True),
        ({"providers": [], "where": {}}, True),  # any provider: the broader one
        ({"providers": ["ngo"], "supplies": []}, True),  # they never meet
        ({}, False),  # the same
        ({"providers": [], "where": {"countries": ["SY"]}}, False),  # broader here, narrower there
        (
            {"providers": ["un_agency", "ngo"], "supplies": ["food", "water"], "where": {"areas": ["UA-43"]}},
            False,
        ),
        ({"supplies": ["food", "water"]}, True),
        ({"providers": ["un_agency", "ngo"], "supplies": []}, True),
    ],
)
def test_two_rows_that_meet_need_one_that_is_more_specific(other, fits):
    rows = [entry(key="one"), entry(key="other", **other)]
    if fits:
        parse(*rows)
        return
    with pytest.raises(Invalid) as refused:
        parse(*rows)
    ((path, (message,)),) = refused.value.fields.items()
    assert path == "entries.1.where"
    assert "one" in message
    assert "other" in message


def test_two_groups_are_never_taken_to_be_apart_as_members_may_join_both():
    with pytest.raises(Invalid, match="neither is more specific"):
        parse(entry(key="a", where={"groups": ["E:1"]}), entry(key="b", where={"groups": ["D:5"]}))
    parse(entry(key="a", where={"groups": ["E:1"]}), entry(key="b", where={"groups": ["E:1", "D:5"]}))


def test_rows_of_two_regimes_never_conflict():
    parse(entry(key="a"), entry(key="b", regime="us"))


def test_an_area_goes_before_its_country_a_country_before_its_group_and_that_before_an_embargo():
    table = parse(
        entry(key="anywhere"),
        entry(key="embargo", where={"embargoed": True}),
        entry(key="group", where={"groups": ["E:1"]}),
        entry(key="country", where={"countries": ["SY"]}),
        entry(key="area", where={"areas": ["SY-ID"]}),
    )
    found = [table.row("un", "un_agency", "food", place) for place in PLACES]
    assert [row and row.key for row in found] == [
        "anywhere",
        "embargo",
        "area",
        "country",
        "anywhere",
        "group",
    ]
    assert table.row("un", "ngo", "food", PLACES[0]) is None


subsets = st.lists(st.sampled_from(["un_agency", "ngo", "state"]), unique=True)
wheres = st.one_of(
    st.just({}),
    st.booleans().map(lambda said: {"embargoed": said}),
    *[
        st.lists(st.sampled_from(codes), min_size=1, unique=True).map(lambda found, tier=tier: {tier: found})
        for tier, codes in [
            ("groups", ["E:1", "D:5"]),
            ("countries", ["DE", "IR", "SY", "UA", "NI"]),
            ("areas", ["SY-ID", "UA-43"]),
        ]
    ],
)
drawn = st.lists(st.tuples(subsets, subsets, wheres), max_size=6)


@given(drawn)
def test_whatever_table_is_taken_answers_every_question_by_one_row(rows):
    """Any table is refused, or has for each question at most one row that is within all others that fit."""
    kinds = {"un_agency": "food", "ngo": "water", "state": "medical"}
    entries = [
        entry(key=f"row-{n}", providers=providers, supplies=[kinds[s] for s in supplies], where=where)
        for n, (providers, supplies, where) in enumerate(rows)
    ]
    try:
        table = parse(*entries)
    except Invalid:
        return
    for provider, supply, place in product(kinds, kinds.values(), PLACES):
        fitting = [row for row in table.rows if row.holds(provider, supply, place)]
        best = [row for row in fitting if all(row.within(other) for other in fitting)]
        assert len(best) == bool(fitting)
        assert table.row("un", provider, supply, place) == (best[0] if best else None)


@given(drawn, st.randoms())
def test_the_order_of_rows_means_nothing(rows, random):
    made = [
        entry(key=f"row-{n}", providers=providers, supplies=[], where=where)
        for n, (providers, _supplies, where) in enumerate(rows)
    ]
    shuffled = random.sample(made, len(made))

    def answers(entries) -> list[Row | None] | None:
        try:
            table = parse(*entries)
        except Invalid:
            return None
        return [table.row("un", "un_agency", "food", place) for place in PLACES]

    assert answers(made) == answers(shuffled)


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"regime": "mars"}, "entries.0.regime"),
        ({"providers": "un_agency"}, "entries.0.providers"),
        ({"where": {"countries": []}}, "entries.0.where.countries"),
        ({"where": {"countries": ["SY"], "embargoed": True}}, "entries.0.where"),
        ({"where": {"areas": ["Crimea"]}}, "entries.0.where.areas.0"),
        ({"documents": ["a-cake"]}, "entries.0.documents.0"),
        ({"carve_out": {"outcome": "maybe"}}, "entries.0.carve_out.legal_basis"),
        ({"review_date": "soon"}, "entries.0.review_date"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_path(changed, path):
    with pytest.raises(Invalid) as refused:
        parse(entry(**changed))
    assert path in refused.value.fields


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"code": "Ukraine"}, "entries.0.code"),
        ({"acceptability": "perhaps"}, "entries.0.acceptability"),
        ({"acceptability": "accepted_with_conditions"}, "entries.0.conditions"),
        ({"conditions": ["Be careful."]}, "entries.0.conditions"),
        ({"code": "SD-DN"}, "entries.0.code"),
        ({"code": "UA-43"}, "entries.3.code"),
    ],
)
def test_destinations_are_checked_too(changed, path):
    document = shipped("areas")
    document["entries"][0] |= changed
    with pytest.raises(Invalid) as refused:
        aid_reading.parse_destinations(document["entries"])
    assert path in refused.value.fields


@pytest.mark.parametrize(
    ("where", "changed", "path"),
    [
        (0, {"providers": ["pirates"]}, "entries.0.providers"),
        (0, {"supplies": ["gold"]}, "entries.0.supplies"),
        (7, {"where": {"countries": ["QQ"]}}, "entries.7.where.countries"),
        (7, {"where": {"groups": ["A:9"]}}, "entries.7.where.groups"),
    ],
)
def test_a_table_that_names_what_is_not_agreed_is_not_loaded(agreed, where, changed, path):
    document = shipped("grounds") | {"version": "2"}
    document["entries"][where] |= changed
    with pytest.raises(Invalid) as refused:
        load(document)
    assert path in refused.value.fields
    assert selectors.aid_table().version == shipped("grounds")["version"]


def test_a_later_version_is_in_force_at_once_and_makes_assessments_out_of_date(agreed):
    before = selectors.bundle_hash()
    document = shipped("grounds") | {"version": "2"}
    document["entries"] = document["entries"][1:]
    load(document)
    assert selectors.aid_table().version == "2"
    assert selectors.bundle_hash() != before
    assert selectors.aid_table().row("un", "un_agency", "food", Place("SD")) is None


def test_what_is_recalled_of_a_destination_never_stops_anything():
    document = shipped("areas")
    document["entries"][3] |= {"acceptability": "not_accepted", "confidence": "recalled"}
    table = replace(shipped_table(), destinations=aid_reading.parse_destinations(document["entries"]))
    asked = Question("un_agency", "medical", ("DE",), (Place("UA", "UA-43"),))
    assert judge(table, asked).acceptability == "review"
    document["entries"][3]["confidence"] = "proposed"
    table = replace(table, destinations=aid_reading.parse_destinations(document["entries"]))
    assert judge(table, asked).acceptability == "not_accepted"
