"""Broken, cut and hostile files: refused with file and line, and nothing but `Invalid` ever comes out."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from screening.lists import generic, streams
from screening.lists.formats import FORMATS
from screening.lists.rows import Parsed, born, number_in
from screening.lists.un_xml import names
from tests.examples import examples
from tests.screening.formats.fixtures import FILES, altered, parsed

XML = [key for key in FORMATS if FILES[key][0].suffix == ".xml"]
CSV = [key for key in FORMATS if FILES[key][0].suffix == ".csv" and not key.startswith("ofac")]
JSON_LINES = ["ftm", "list-open"]


@pytest.mark.parametrize("key", XML)
def test_xml_cut_anywhere_is_refused_with_its_line(key: str, tmp_path: Path) -> None:
    whole = FILES[key][0].read_bytes().rstrip()
    for cut in range(1, len(whole), max(1, len(whole) // 40)):
        path = tmp_path / "cut.xml"
        path.write_bytes(whole[:cut])
        with pytest.raises(Invalid, match=r"cut\.xml, line \d+"):
            parsed(key, path)


@pytest.mark.parametrize("key", [*CSV, "ftm", "list-open"])
def test_a_file_cut_in_the_middle_of_a_line_is_refused(key: str, tmp_path: Path) -> None:
    whole = FILES[key][0].read_bytes().rstrip()
    last = whole.rindex(b"\n") + 1
    path = tmp_path / "cut"
    path.write_bytes(whole[: last + 3])
    with pytest.raises(Invalid, match=rf"cut, line {whole.count(10) + 1}"):
        parsed(key, path)


@pytest.mark.parametrize("key", XML)
@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE x SYSTEM "https://elsewhere.example/x.dtd">',
    ],
)
def test_xml_that_declares_entities_is_refused_before_they_are_read(
    key: str, doctype: str, tmp_path: Path
) -> None:
    head, _end, body = FILES[key][0].read_text().partition("?>")
    path = tmp_path / "hostile.xml"
    path.write_text(f"{head}?>{doctype}{body}")
    with pytest.raises(Invalid, match=r"hostile\.xml, line \d+: a document type declaration"):
        parsed(key, path)


@pytest.mark.parametrize("key", XML)
def test_xml_with_another_root_is_refused(key: str, tmp_path: Path) -> None:
    path = tmp_path / "page.xml"
    path.write_text("<html><body>Not available</body></html>")
    with pytest.raises(Invalid, match="line 1: the root element is not"):
        parsed(key, path)


@pytest.mark.parametrize("key", XML)
def test_xml_nested_too_deeply_is_refused(key: str, tmp_path: Path) -> None:
    root = {"ofac-advanced": "Sanctions", "un": "CONSOLIDATED_LIST", "eu-fsf": "export"}[key]
    path = tmp_path / "deep.xml"
    path.write_text(f"<{root}>" + "<a>" * 100_000)
    with pytest.raises(Invalid, match="nested too deeply"):
        parsed(key, path)


@pytest.mark.parametrize("key", XML)
def test_xml_in_an_unknown_encoding_is_refused(key: str, tmp_path: Path) -> None:
    path = tmp_path / "coded.xml"
    path.write_text('<?xml version="1.0" encoding="no-such-code"?><export/>')
    with pytest.raises(Invalid, match=r"coded\.xml, line 1"):
        parsed(key, path)


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("ofac-advanced", 'Profile ID="90002"', 'Profile ID="90001"'),
        ("un", "NVe.001", "NVi.001"),
        (
            "eu-fsf",
            'euReferenceNumber="" logicalId="9002"',
            'euReferenceNumber="EU.9001.11" logicalId="9002"',
        ),
        ("opensanctions", "NK-norvik", "NK-orloque"),
        ("ftm", '"id": "NK-stranger"', '"id": "NK-orloque"'),
        ("list-open", "nv:2", "nv:1"),
        ("generic", "O-2", "O-1"),
    ],
)
def test_an_entry_that_is_there_twice_is_refused(key: str, one: str, other: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"line \d+: entry \S+ is there twice"):
        parsed(key, altered(key, tmp_path, one, other))


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("ofac-advanced", 'PartyTypeID="2"', 'PartyTypeID="77"'),
        ("us-csl", '"Individual"', '"Ghost"'),
        ("eu-fsf", 'code="person"', 'code="ghost"'),
        ("uk", "Ship,", "Ghost,"),
        ("opensanctions", '"Vessel"', '"Ghost"'),
        ("list-open", '"vessel"', '"ghost"'),
        ("generic", ";P;", ";Ghost;"),
    ],
)
def test_an_unknown_kind_is_refused_and_not_guessed(key: str, one: str, other: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"line \d+: unknown type"):
        parsed(key, altered(key, tmp_path, one, other))


@pytest.mark.parametrize(
    ("key", "column"),
    [("us-csl", "alt_names"), ("uk", "Name 6"), ("opensanctions", "birth_date"), ("generic", "Full name")],
)
def test_a_missing_column_is_named(key: str, column: str, tmp_path: Path) -> None:
    plain = "".join(letter for letter in column.casefold() if letter.isalnum()) if key == "uk" else column
    with pytest.raises(Invalid, match=rf"line \d: there is no column {plain}"):
        parsed(key, altered(key, tmp_path, column, "Another"))


@pytest.mark.parametrize("key", CSV)
def test_a_column_more_is_no_harm(key: str, tmp_path: Path) -> None:
    mark, skip = (";", 0) if key == "generic" else (",", 1 if key == "uk" else 0)
    lines = FILES[key][0].read_text().splitlines()
    path = tmp_path / "wider.csv"
    path.write_text("\n".join([*lines[:skip], *(f"{line}{mark}more" for line in lines[skip:])]) + "\n")
    assert parsed(key, path) == parsed(key)


@pytest.mark.parametrize("key", JSON_LINES)
def test_a_line_that_is_no_object_is_refused(key: str, tmp_path: Path) -> None:
    whole = FILES[key][0].read_text()
    for strange in ("[]", "7", '{"id": ', '{"id": ["x", 1]}', '"text"'):
        path = tmp_path / "strange"
        path.write_text(f"{whole}{strange}\n")
        with pytest.raises(Invalid, match=rf"strange, line {whole.count(chr(10)) + 1}"):
            parsed(key, path)


@pytest.mark.parametrize("key", JSON_LINES)
def test_compressed_lines_are_read_and_a_cut_one_is_refused(key: str, tmp_path: Path) -> None:
    packed = gzip.compress(FILES[key][0].read_bytes())
    path = tmp_path / "list.gz"
    path.write_bytes(packed)
    assert parsed(key, path) == parsed(key)
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(Invalid, match=r"list\.gz, line \d+: it cannot be unpacked"):
        parsed(key, path)


def test_lines_that_unpack_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LONGEST_LINE", 1000)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b" " * 100_000))
    with pytest.raises(Invalid, match=r"bomb\.gz, line 1: it is longer than any list"):
        parsed("list-open", path)


@pytest.mark.parametrize(
    "text", ["(" * 200_000, "a (я " * 50_000 + ")" * 50_000, "1962 to " * 50_000, "no. " * 50_000]
)
def test_hostile_text_of_any_length_is_read(text: str) -> None:
    names(text)
    number_in(text)
    born(text)


def test_a_long_name_is_cut(tmp_path: Path) -> None:
    found = parsed("list-open", altered("list-open", tmp_path, "GREY HERON", "GREY" * 200))
    assert len(found.rows[1].name) == 400


def test_a_number_too_long_for_an_entry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="more than 100 characters"):
        parsed("list-open", altered("list-open", tmp_path, "nv:2", "nv" * 60))


def test_what_a_database_cannot_hold_is_left_out(tmp_path: Path) -> None:
    found = parsed("list-open", altered("list-open", tmp_path, "GREY HERON", "GREY\\u0000 \\ud800HERON"))
    assert found.rows[1].name == "GREY HERON"


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        (None, "which column is what"),
        ({"entry_id": "Ref", "kinds": {"": "company"}}, "which column is name"),
        ({"entry_id": "Ref", "name": "Full name"}, "which column is the kind"),
        ({"entry_id": "Ref", "name": "Full name", "birthday": "Born"}, "a field birthday"),
        (
            {"entry_id": "Ref", "name": ["Full name", "AKA"], "kinds": {"": "company"}},
            "mapping of name is one",
        ),
        (
            {"entry_id": "Ref", "name": {"col": "Full name"}, "kinds": {"": "company"}},
            "mapping of name is neither",
        ),
        ({"entry_id": "Ref", "name": "Full name", "kinds": {"": "firm"}}, "kinds are company, person"),
        ({"entry_id": "Ref", "name": "Full name", "kinds": {"": 7}}, "kinds are company, person"),
        ({"entry_id": "Ref", "name": "Full name", "kinds": []}, "kinds are company, person"),
        (
            {"entry_id": "Ref", "name": "Full name", "kinds": {"": "company"}, "delimiter": ""},
            "one character",
        ),
        (
            {"entry_id": "Ref", "name": "Name", "kinds": {"": "company"}, "delimiter": ";"},
            "line 1: there is no column Name",
        ),
        (
            {"entry_id": "Ref", "name": "AKA", "kinds": {"": "company"}, "delimiter": ";", "born": "Note"},
            "line 2: seen in 2025 is no date of birth",
        ),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_by_name(mapping: dict[str, object] | None, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        generic.parse(FILES["generic"][0], mapping)


@pytest.mark.parametrize(
    ("text", "births"),
    [
        ("1962", ["1962"]),
        ("circa 1962", ["1962"]),
        ("1962-03-17", ["1962-03-17"]),
        ("1962-3", ["1962-03"]),
        ("17 Mar 1962", ["1962-03-17"]),
        ("March 1962", ["1962-03"]),
        ("17/03/1962", ["1962-03-17"]),
        ("00/00/1962", ["1962"]),
        ("dd/mm/1962", ["1962"]),
        ("dd/03/1962", ["1962-03"]),
        ("1962 to 1964", ["1962", "1963", "1964"]),
        ("17 Mar 1962 to 20 Apr 1963", ["1962", "1963"]),
        ("1900 to 1962", ["1900", "1962"]),
        ("1962-03-17T00:00:00", ["1962-03-17"]),
        ("0062", []),
        ("unknown", []),
        ("1962-13-40", ["1962"]),
    ],
)
def test_births_are_read_as_exactly_as_they_are_told(text: str, births: list[str]) -> None:
    assert born(text) == births


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("A1234567", "A1234567"),
        ("Libyan passport No. 513519", "513519"),
        ("381110042 (Expired 25 Jan. 2016)", "381110042"),
        ("Diplomatic Passport: Z30321794", "Z30321794"),
        ("Libya B014995", "B014995"),
        ("R00012098, South Sudan", "R00012098"),
        ("B/011641", "B/011641"),
    ],
)
def test_a_number_is_found_among_the_words_around_it(text: str, number: str) -> None:
    assert number_in(text) == number


@given(text=st.text(max_size=40))
@settings(max_examples=examples(200))
def test_any_text_is_a_birth_or_none(text: str) -> None:
    assert all(len(day) in (4, 7, 10) for day in born(text))
    number_in(text)


def _only_refused(key: str, raw: bytes) -> Parsed | None:
    """Read bytes; whatever but a list or a refusal comes out fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        path.write_bytes(raw)
        try:
            return parsed(key, path)
        except Invalid:
            return None


@pytest.mark.parametrize("key", FORMATS)
@given(raw=st.binary(max_size=400))
@settings(max_examples=examples(60))
def test_any_bytes_are_read_or_refused(key: str, raw: bytes) -> None:
    _only_refused(key, raw)


@pytest.mark.parametrize("key", FORMATS)
@given(data=st.data())
@settings(max_examples=examples(60))
def test_a_file_damaged_anywhere_is_read_or_refused(key: str, data: st.DataObject) -> None:
    whole = FILES[key][0].read_bytes()
    places = st.integers(0, len(whole))
    raw = whole
    for _time in range(data.draw(st.integers(1, 3))):
        first, last = sorted((data.draw(places), data.draw(places)))
        last = min(last, first + data.draw(st.integers(0, 30)))
        middle = data.draw(
            st.one_of(
                st.binary(max_size=12),
                st.sampled_from(
                    [b'"', b",", b";", b"\n", b"<", b"&", b"\x00", b"\xff", b"9" * 5000, b"null", b"{}"]
                ),
            )
        )
        raw = raw[:first] + middle + raw[last:]
    found = _only_refused(key, raw)
    for row in found.rows if found else ():
        assert row.entry_id
        assert row.name
        assert len(row.name) <= 400
        assert "\x00" not in repr(row)
