"""Files of UK customs: what is written reads as it was written, and each fault names its line and field."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from enforcement.adapters import payloads, records
from enforcement.adapters.payloads import Address, Good, Party, Payload
from enforcement.adapters.records import KINDS, SHAPES, File, Record
from tests.examples import examples

SAMPLES = Path(__file__).parent / "samples"
TEXTS = st.text(
    st.characters(blacklist_characters="\\", blacklist_categories=["C", "Z"]), min_size=1, max_size=12
)


def sample(name: str) -> str:
    return (SAMPLES / name).read_text(encoding="utf-8")


def value(name: str) -> st.SearchStrategy[str]:
    """A field by its name: as it has to read, or any text where no shape is asked."""
    return (
        st.from_regex(f"^(?:{SHAPES[name][0]})\\Z", alphabet=st.characters(codec="ascii"))
        if name in SHAPES
        else TEXTS
    )


def fields(names: tuple[str, ...], needed: frozenset[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.tuples(*(value(name) if name in needed else value(name) | st.just("") for name in names))


@st.composite
def files(draw: st.DrawFn) -> File:
    data_id = draw(st.sampled_from(sorted(KINDS)))
    kind = KINDS[data_id]

    def record(name: str) -> Record:
        layout = kind.layouts[name]
        inside = kind.inside.get(name, ())
        within = (
            [record(draw(st.sampled_from(inside))) for _number in range(draw(st.integers(0, 2)))]
            if inside
            else []
        )
        return Record(name, draw(fields(layout.names, layout.needed)), tuple(within))

    tops = [record(draw(st.sampled_from(kind.inside[""]))) for _number in range(draw(st.integers(0, 3)))]
    header = (
        "CHIEF",
        "SPIRE",
        data_id,
        "202611271430",
        str(draw(st.integers(0, 99999))),
        draw(st.sampled_from("YN")),
    )
    return File(data_id, header, tuple(tops))


@settings(max_examples=examples(12))
@given(files())
def test_what_is_written_reads_as_it_was_written(file: File) -> None:
    found = records.read(records.write(file), file.data_id)
    assert (found.faults, found.field_faults) == ((), ())
    assert found == file


@pytest.mark.parametrize(
    ("name", "data_id", "transactions"),
    [
        ("license_usage_file", "usageData", 7),
        ("license_update_reply_file", "licenceReply", 5),
        ("usage_data_reply_file", "usageReply", 5),
    ],
)
def test_the_published_samples_read_without_a_fault_and_are_written_as_they_are(
    name: str, data_id: str, transactions: int
) -> None:
    text = sample(name)
    found = records.read(text, data_id)
    assert ([*found.faults, *found.field_faults], len(found.records)) == ([], transactions)
    assert records.write(found).strip() == text.strip()


def test_the_damaged_lines_of_the_sample_of_licences_are_named_with_their_fields() -> None:
    """The published sample has a line that is cut in the middle and goes on in the next."""
    found = records.read(sample("license_update_file"), "licenceData")
    assert found.faults == ()
    assert {(7, "controlledBy"), (8, "lineNum")} <= {(one.line, one.field) for one in found.field_faults}
    assert {one.line for one in found.field_faults} == {7, 8}
    (licence,) = found.records
    assert found.get(licence, "licenceRef") == "GBSIE2018/00001"
    assert len(licence.inside) == 11


def test_every_fault_of_a_file_names_its_line_and_field() -> None:
    good = sample("license_usage_file").splitlines()

    def faults(line: int, text: str) -> list[tuple[int, str]]:
        rows = [*good]
        rows[line - 1] = text
        found = records.read("\n".join(rows), "usageData")
        return [(one.line, one.field) for one in (*found.faults, *found.field_faults)]

    for line, text, place in (
        (1, r"1\fileHeader\CHIEF\SPIRE\licenceData\201901130300\49543" + "\\", (1, "dataId")),
        (1, r"1\fileHeader\CHIEF\SPIRE\usageData\20190113\49543" + "\\", (1, "creationDateTime")),
        (3, r"4\line\1\0\0" + "\\", (3, "lineNumber")),
        (3, r"3\lines\1\0\0" + "\\", (3, "recordType")),
        (4, r"4\usage\X\9GB1\R\20190112\0\0\\000262\\\\", (4, "usageType")),
        (4, r"4\usage\O\9GB1\R\20191312\0\0\\000262\\\\", (4, "controlDate")),
        (4, r"4\usage\O\9GB1\R\20190112\1.2345\0\\000262\\\\", (4, "quantityUsed")),
        (4, r"4\usage\O\\R\20190112\0\0\\000262\\\\", (4, "declarationUCR")),
        (7, r"7\end\line\4", (7, "recordCount")),
        (7, r"7\end\licenceUsage\5", (7, "startRecordType")),
        (41, r"41\fileTrailer\8", (41, "transactionCount")),
        (41, r"41\fileTrailer\x", (41, "transactionCount")),
        (41, r"41\end\line\1", (41, "recordType")),
    ):
        assert place in faults(line, text), (line, text, faults(line, text))
    assert (
        records.read("\n".join(good[:20]), "usageData").faults[-1].text.startswith("the file has no trailer")
    )
    assert records.read("", "usageData").faults


@settings(max_examples=examples(60))
@given(st.text(st.sampled_from("1234\\\nfileHeaderusagendTraiOL "), max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    for data_id in KINDS:
        records.read(text, data_id)
    with pytest.raises(Invalid) as wrong:
        payloads.read(text)
    assert wrong.value.fields


def test_a_field_holds_no_separator_and_no_line_break() -> None:
    for text in ("a\\b", "a\nb", "a\u2028b"):
        with pytest.raises(ValueError, match="No field"):
            records.write(
                File(
                    "licenceReply",
                    ("A", "B", "licenceReply", "202611271430", "1", ""),
                    (Record("accepted", (text,)),),
                )
            )
        assert records.plain(text) in ("a/b", "a b")


@pytest.mark.parametrize("name", ["licence_payload_file", "open_licence_payload_file"])
def test_the_published_payloads_read_and_are_written_as_they_are(name: str) -> None:
    text = sample(name)
    found = payloads.read(text)
    assert payloads.read(payloads.write(found)) == found
    assert json.loads(payloads.write(found)) == json.loads(text)


@settings(max_examples=examples(20))
@given(TEXTS, st.sampled_from(payloads.ACTIONS), st.decimals("0.001", "999999", places=3))
def test_a_payload_reads_as_it_was_written(text: str, action: str, quantity: Decimal) -> None:
    who = Party(text, Address((text, text), "GU40 2LX", ("GB", "United Kingdom")), "id", "GB123456789000")
    good = Good("1", text, "", "NAR", quantity)
    made = Payload(
        "1", "EL-1", "siel", action, date(2026, 1, 1), date(2027, 1, 1), who, who, (), (good,), "0"
    )
    assert payloads.read(payloads.write(made)) == made


def test_each_fault_of_a_payload_names_its_path() -> None:
    told = json.loads(sample("licence_payload_file"))
    told["licence"] |= {"type": "x", "start_date": "soon", "goods": [{"quantity": -1}], "organisation": {}}
    with pytest.raises(Invalid) as wrong:
        payloads.read(json.dumps(told))
    assert {
        "licence.type",
        "licence.start_date",
        "licence.goods[0].quantity",
        "licence.organisation.name",
    } <= set(wrong.value.fields)
    for text in ("", "[]", "{}", '{"licence": 1}'):
        with pytest.raises(Invalid):
            payloads.read(text)
