"""Items and parties as CSV: what is read, what is refused and where, and that what goes out comes in again."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.examples import DOSSIER
from core.errors import Forbidden, Invalid, Stale
from licensing import dossier as dossiers
from licensing.dossier import tables
from licensing.dossier.identifiers import container_problem, is_hs, is_place, problem
from licensing.models import Application
from licensing.services import applications
from licensing.services import tables as services
from members.models import Organisation, User
from tests import factories
from tests.examples import examples

pytestmark = pytest.mark.usefixtures("in_force")
HEAD = "description,control_code,hs_code,quantity,unit,value,currency"
CAMERA = "High-speed camera,6A003,900710,4,NAR,96000.00,EUR"


def read(section: str, text: str, present: Any = (), **dossier: Any) -> tables.Table:
    return tables.read(section, text.encode(), present, dossier=dossier)


def said(table: tables.Table) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.cell) for fault in table.faults]


@pytest.mark.parametrize("section", ["items", "parties"])
def test_the_template_reads_without_a_fault(section: str) -> None:
    table = read(section, tables.template(section))
    assert said(table) == []
    (entry,) = table.entries
    paths = [item.path for item in dossiers.check_section(section, [entry], {})]
    assert not [path for path in paths if path.startswith(f"{section}[")]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_separators_and_line_ends_do_not_matter(mark: str, delimiter: str, end: str) -> None:
    text = mark + end.join([HEAD, "", CAMERA, ""]).replace(",", delimiter)
    table = read("items", text)
    assert said(table) == []
    assert table.rows[0].number == 3, "as a spreadsheet counts"
    assert table.entries[0]["line"] == 1
    assert table.entries[0]["hs_code"] == "900710"


def test_each_fault_is_told_by_row_column_and_cell() -> None:
    wrong = [
        "Camera,6A003,9007,4,NAR,96000.00,EUR",
        'High-speed camera,6A003,900710,"1,5",NAR,many,EUR',
        CAMERA,
        "High-speed camera,,900710,4,KGM,1.00,EUX",
    ]
    assert said(read("items", "\n".join([HEAD, *wrong]))) == [
        ("/rows/2/hs_code", "9007"),
        ("/rows/3/quantity", "1,5"),
        ("/rows/3/value", "many"),
        ("/rows/5/control_code", ""),
        ("/rows/5/currency", "EUX"),
        ("/rows/5/unit", "KGM"),
    ]
    party = "role,kind,name,address,country,lei,owns,share\n"
    rows = [
        "consignee,company,Straits Laboratory,8 Research Link,SG,529900T8BM49AURSDO56,,",
        "end user,company,Straits Laboratory,8 Research Link,SG,,Someone,5",
        "owner,company,Holding,8 Research Link,SG,,Nobody,50",
    ]
    assert [where for where, _cell in said(read("parties", party + "\n".join(rows)))] == [
        "/rows/2/lei", "/rows/3/owns", "/rows/3/share", "/rows/4/owns",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "The file is empty"),
        (b"\xff\xfed\x00e\x00", "in UTF-8"),
        ("Größe".encode("latin-1"), "in UTF-8"),
        (b"a\x00b", "in UTF-8"),
        (f'{HEAD}\n"open,6A003'.encode(), "quote that is not closed"),
        (b'description\n"' + b"x" * 200_000 + b'"', "no CSV"),
        (b"x" * (tables.LARGEST + 1), "larger than 300 kilobytes"),
        (HEAD.encode(), "no rows below"),
        ("\n".join([HEAD, *[CAMERA] * 101]).encode(), "101 rows"),
        (b"description,colour\nCamera,red", "no column colour"),
        (b"description,description\nCamera,Camera", "there twice"),
        (b"description,,unit\nCamera,,NAR", "has no name"),
        (f"{HEAD}\n{CAMERA},more".encode(), "more cells than the header"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(content: bytes, told: str) -> None:
    table = tables.read("items", content, dossier={})
    assert table.faults
    assert told in table.faults[0].message


def test_a_formula_goes_out_as_text_and_comes_back_as_it_was() -> None:
    entry = {**DOSSIER["items"][0], "description": "=HYPERLINK(0)", "serial_numbers": ["@x", "a|b\\"]}
    text = tables.write("items", [entry])
    (row,) = list(csv.DictReader(io.StringIO(text)))
    assert all(cell[:1] not in tables.FORMULA for cell in row.values() if cell)
    (back,) = read("items", text).entries
    assert back["description"] == "=HYPERLINK(0)"
    assert back["serial_numbers"] == ["@x", "a|b\\"]
    faults = tables.write_faults(read("items", "description\n=1+1"))
    assert "'=1+1" in faults
    assert ",=1+1" not in faults


PLAIN = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("=+-@'|\\\",;"), max_size=20
).map(str.strip)
ITEM = st.fixed_dictionaries(
    {
        "description": PLAIN,
        "control_code": PLAIN.map(str.upper).map(str.strip),
        "classification_requested": st.booleans(),
        "hs_code": st.from_regex(r"[0-9]{0,10}", fullmatch=True),
        "quantity": PLAIN,
        "unit": st.sampled_from(["", *dossiers.UNITS]),
        "value": PLAIN,
        "currency": st.sampled_from(["", "EUR", "USD"]),
        "serial_numbers": st.lists(PLAIN.filter(bool), max_size=3),
        "components_from": st.lists(st.sampled_from(["US", "JP"]), max_size=2),
    }
)
PARTY = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["consignee", "end_user", "carrier"]),
        "kind": st.sampled_from(["company", "person", "vessel"]),
        "name": PLAIN,
        "aliases": st.lists(PLAIN.filter(bool), max_size=3),
        "address": PLAIN,
        "country": st.sampled_from(["", "SG", "FR"]),
        "identifiers": st.lists(st.sampled_from(tables.IDENTIFIERS), unique=True, max_size=4).map(
            lambda found: [{"scheme": one, "value": f"={one}"} for one in tables.IDENTIFIERS if one in found]
        ),
        "website": PLAIN,
        "incorporated_on": PLAIN,
    }
)


@settings(max_examples=examples(12), deadline=None)
@given(st.sampled_from([("items", ITEM), ("parties", PARTY)]).flatmap(
    lambda kind: st.tuples(st.just(kind[0]), st.lists(kind[1], min_size=1, max_size=4))
))  # fmt: skip
def test_what_is_written_is_read_as_it_was(drawn: tuple[str, list[dict[str, Any]]]) -> None:
    section, entries = drawn
    text = tables.write(section, entries)
    table = read(section, text)
    kept = [dict(entry) for entry in table.entries]
    if section == "items":
        assert [entry.pop("line") for entry in kept] == list(range(1, len(entries) + 1))
    assert kept == entries
    assert tables.write(section, kept) == text


def draft(exporter: User, organisation: Organisation) -> Application:
    return applications.start(actor=exporter, organisation=organisation, dossier={"items": DOSSIER["items"]})


def test_all_rows_are_taken_over_or_none(exporter: User, organisation: Organisation) -> None:
    application = draft(exporter, organisation)
    first = len(DOSSIER["items"])
    good = "\n".join([HEAD, CAMERA, CAMERA]).encode()

    def load(content: bytes, *, append: bool, version: int | None = None) -> Application:
        return services.load(
            actor=exporter, application=application, section="items", content=content, append=append,
            version=version,
        )  # fmt: skip

    with pytest.raises(Invalid) as refused:
        load(good + b"\nCamera,6A003,1,4,NAR,1.00,EUR", append=False)
    assert set(refused.value.fields) == {"/rows/4/hs_code"}
    assert Application.objects.get().draft["items"] == DOSSIER["items"]
    added = load(good, append=True)
    assert [item["line"] for item in added.draft["items"]] == list(range(1, first + 3))
    with pytest.raises(Stale):
        load(good, append=False, version=added.draft_version - 1)
    assert len(load(good, append=False, version=added.draft_version).draft["items"]) == 2
    with pytest.raises(Forbidden):
        services.load(
            actor=factories.exporter_of(factories.OrganisationFactory()),
            application=application,
            section="items",
            content=good,
            append=False,
        )


@pytest.mark.parametrize(
    ("scheme", "good", "bad"),
    [
        ("lei", "5299 00T8BM49AURSDO55", "529900T8BM49AURSDO56"),
        ("lei", "213800D1EI4B9WTWWD28", "213800D1EI4B9WTWWD2"),
        ("imo", "IMO 9074729", "9074720"),
        ("vat", "DE136695976", "DE136695978"),
        ("eori", "XI123456789000", "US123456789"),
        ("eori", "DE1234567", "DE1234567890123456"),
        ("registration", "HRB 12", None),
    ],
)
def test_numbers_prove_themselves(scheme: str, good: str, bad: str | None) -> None:
    assert problem(scheme, good) is None
    assert bad is None or problem(scheme, bad) is not None


def test_containers_places_and_tariff_codes() -> None:
    assert container_problem("CSQU 305438-3") is None
    assert container_problem("CSQU3054384") == (
        "bad_check_digit", "The check digits of this number do not fit. Compare it with its source."
    )  # fmt: skip
    assert (container_problem("CSQX3054383") or ("",))[0] == "bad_identifier"
    hs = ("900710", "90071000", "9007100000", "007710", "770000", "9007", "９００７１０")
    assert [is_hs(code) for code in hs] == [True, True, True, False, False, False, False]
    assert [is_place(code) for code in ("DEHAM", "SGSIN", "XXHAM", "DEHA1", "dehAM", None)] == [
        True, True, False, False, False, False,
    ]  # fmt: skip
