"""What is read of each official format, on fictional lists in the published shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import Invalid
from screening.lists.formats import FORMATS
from screening.lists.rows import KINDS, Link, Row
from tests.screening.formats.fixtures import FILES, altered, by_number, parsed


def test_there_is_a_fictional_list_in_every_format() -> None:
    assert FILES.keys() == FORMATS.keys()


@pytest.mark.parametrize("key", FORMATS)
def test_a_format_names_its_files_and_addresses(key: str) -> None:
    known = FORMATS[key]
    assert known.key == key
    assert known.title
    assert known.list_key
    assert known.files
    assert len(known.urls) in (0, len(known.files))
    assert all(url.startswith("https://") for url in known.urls)


@pytest.mark.parametrize("key", FORMATS)
def test_no_two_formats_are_loaded_as_one_list(key: str) -> None:
    assert [known.key for known in FORMATS.values() if known.list_key == FORMATS[key].list_key] == [key]


@pytest.mark.parametrize("key", FORMATS)
def test_rows_are_whole_and_say_nothing_twice(key: str) -> None:
    for row in parsed(key).rows:
        assert row.entry_id
        assert row.name
        assert row.kind in KINDS
        for said in (row.aliases, row.weak, row.countries, row.identifiers, row.born, row.addresses):
            assert len(said) == len(set(said))
            assert all(said)
        assert row.name not in row.aliases
        assert not {row.name, *row.aliases} & set(row.weak)


@pytest.mark.parametrize("key", FORMATS)
def test_too_many_files_are_refused(key: str) -> None:
    with pytest.raises(Invalid, match="files where there should be"):
        parsed(key, *FILES[key], *FILES[key])


@pytest.mark.parametrize("key", FORMATS)
def test_a_file_that_is_not_there_is_refused(key: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        parsed(key, tmp_path / "nowhere.csv")


@pytest.mark.parametrize("key", FORMATS)
def test_an_empty_file_is_refused(key: str, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(Invalid, match="empty"):
        parsed(key, tmp_path / "empty")


def test_ofac_advanced_says_names_births_places_documents_and_owners() -> None:
    found = parsed("ofac-advanced")
    person, company, vessel = found.rows
    assert person == Row(
        "90001",
        "person",
        "ORLOQUE, Tamsin",
        "NORVIA-EO1",
        aliases=["ОРЛОК Тамсин"],
        weak=["Gull"],
        countries=["Quezal"],
        identifiers=["NV0934417"],
        born=["1962-11-23", "1963"],
        part="SDN List",
    )
    assert company.addresses == ["7 Quay & Dock Road, Norvik, 4530, Norvia"]
    assert (company.countries, company.identifiers) == (["Norvia"], ["NORVNVKX"])
    assert company.programmes == "NORVIA-EO1; SHIPS"
    assert (vessel.kind, vessel.identifiers) == ("vessel", ["9990001"])
    assert found.links == [Link("90001", "90002")]  # neither the former owner nor who acts for another
    assert found.published == "2026-09-23"


def test_ofac_advanced_is_read_in_its_older_namespace_too(tmp_path: Path) -> None:
    namespace = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML"
    older = altered("ofac-advanced", tmp_path, namespace, "http://www.un.org/sanctions/1.0")
    assert parsed("ofac-advanced", older) == parsed("ofac-advanced")


def test_the_screening_list_says_which_list_a_party_is_on() -> None:
    rows = by_number(parsed("us-csl").rows)
    assert rows["80001"].born == ["1962-11-23", "1963"]
    assert rows["80001"].aliases == ["ORLOK, Tamsin", "O. TAMSIN"]
    assert rows["80001"].countries == ["NV", "QZ"]
    assert rows["80001"].identifiers == ["NV0934417"]
    assert (
        rows["a1b2c3d4e5f60718293a4b5c6d7e8f90"].part == "Entity List (EL) - Bureau of Industry and Security"
    )
    assert (rows["80003"].kind, rows["80003"].identifiers) == ("vessel", ["9990001"])


def test_a_party_on_two_lists_of_the_compilation_is_one_entry_with_all_that_both_say() -> None:
    bank = by_number(parsed("us-csl").rows)["80002"]
    assert bank.part.count("Treasury Department") == 2
    assert bank.programmes == "NORVIA-EO2; NORVIA-EO1"
    assert bank.aliases == ["Norvik Bank", "BANK OF NORVIK", "NORVIK BANK JSC"]
    assert bank.identifiers == ["NORVNVKX", "1099900342"]


def test_the_same_party_twice_on_one_list_of_the_compilation_is_refused(tmp_path: Path) -> None:
    one = "Sectoral Sanctions Identifications List (SSI)"
    twice = altered("us-csl", tmp_path, one, "Non-SDN Menu-Based Sanctions List (NS-MBS List)")
    with pytest.raises(Invalid, match="line 4: entry 80002 is there twice"):
        parsed("us-csl", twice)


def test_the_un_list_says_weak_names_scripts_spans_and_numbers() -> None:
    person, company = parsed("un").rows
    assert person == Row(
        "NVi.001",
        "person",
        "TAMSIN ORLOQUE",
        "Norvia",
        "Runs a harbour.",
        aliases=["Тамсин Орлок", "Tamsin Orlok", "Tamzin Orloque"],
        weak=["Чайка", "Chaika", "The Gull"],
        countries=["Norvia", "Quezal"],
        identifiers=["NV0934417"],
        born=["1962-11-23", "1964", "1965", "1966"],
        addresses=["7 Quay Road, Norvik, Quezal"],
    )
    assert (company.kind, company.identifiers, company.countries) == ("company", ["9990002"], [])
    assert parsed("un").published == "2026-02-27"


def test_the_eu_list_goes_by_the_strong_english_name() -> None:
    person, company = parsed("eu-fsf").rows
    assert (person.entry_id, company.entry_id) == ("EU.9001.11", "9002")
    assert (person.name, person.aliases, person.weak) == ("Tamsin Orloque", ["Тамсин Орлок"], ["The Gull"])
    assert person.born == ["1962-11-23", "1965-03", "1970", "1971"]
    assert (person.countries, person.identifiers) == (["NORVIA", "QUEZAL"], ["NV0934417"])
    assert person.addresses == ["7 Quay & Dock Road, 4530, Norvik, QUEZAL"]
    assert (company.kind, company.programmes) == ("company", "NVI")
    assert parsed("eu-fsf").published == "2026-08-05"


def test_the_lines_of_a_uk_entry_are_one_entry_by_its_primary_name() -> None:
    person, company, ship = parsed("uk").rows
    assert person == Row(
        "NVI0001",
        "person",
        "Tamsin ORLOQUE",
        "The Norvia (Sanctions) Regulations 2025",
        "Runs a harbour.",
        aliases=["Tamsin ORLOK", "Тамсин Орлок", "Tamzin ORLOQUE"],
        weak=["The Gull"],
        countries=["Norvia", "Quezal"],
        identifiers=["NV0934417"],
        born=["1962-11-23", "1963"],
        addresses=["7 Quay Road, Norvik, 4530, Quezal"],
    )
    assert company.identifiers == ["1099900342", "88123456"]
    assert (ship.kind, ship.identifiers, ship.countries) == ("vessel", ["9990001"], ["Quezal"])
    assert parsed("uk").published == "2026-10-01"


def test_the_uk_list_is_read_with_the_column_as_it_was_called_before(tmp_path: Path) -> None:
    before = altered("uk", tmp_path, "Designation Type", '"Individual, Entity, Ship"')
    assert parsed("uk", before) == parsed("uk")


def test_a_weak_uk_name_that_comes_first_stays_weak(tmp_path: Path) -> None:
    lines = FILES["uk"][0].read_text().splitlines()
    turned = tmp_path / "uk.csv"
    turned.write_text("\n".join([*lines[:2], lines[4], lines[2], lines[3], *lines[5:]]) + "\n")
    person = parsed("uk", turned).rows[0]
    assert (person.name, person.weak) == ("Tamsin ORLOQUE", ["The Gull"])


def test_a_uk_entry_of_two_types_is_refused(tmp_path: Path) -> None:
    text = FILES["uk"][0].read_text()
    path = tmp_path / "uk.csv"
    path.write_text(text.replace("NVI0003", "NVI0002"))
    with pytest.raises(Invalid, match="line 8: entry NVI0002 is of two types"):
        parsed("uk", path)


def test_opensanctions_targets_split_quoted_values_and_leave_out_purses() -> None:
    rows = by_number(parsed("opensanctions").rows)
    assert rows.keys() == {"NK-orloque", "NK-norvik", "NK-heron"}
    assert rows["NK-orloque"].aliases == ["Tamsin Orlok", "The Gull; of Norvik"]
    assert rows["NK-orloque"].born == ["1962-11-23", "1963"]
    assert rows["NK-orloque"].programmes == "NV-REG"
    assert rows["NK-heron"].identifiers == ["9990001"]


def test_entities_bring_what_listed_parties_own_and_no_one_else() -> None:
    found = parsed("ftm")
    rows = by_number(found.rows)
    assert {number: row.listed for number, row in rows.items()} == {
        "NK-orloque": True,
        "NK-norvik": False,
        "NK-heron": False,
    }
    assert found.links == [Link("NK-orloque", "NK-norvik", 60.0), Link("NK-norvik", "NK-heron", 50.0)]
    person = rows["NK-orloque"]
    assert (person.name, person.weak) == ("Tamsin Orloque", ["The Gull"])
    assert person.aliases == ["Tamsin Orlok", "Тамсин Орлок"]
    assert person.identifiers == ["NV0934417", "QZ55123"]
    assert (person.addresses, person.countries) == (["7 Quay Road, Norvik"], ["nv", "qz"])
    assert (person.programmes, person.part) == ("NV-REG; sanction", "nv_list, qz_list")


def test_entities_without_the_mark_are_listed_by_their_topics(tmp_path: Path) -> None:
    marked = altered("ftm", tmp_path, '"schema": "Person", "target": true', '"schema": "Person"')
    assert parsed("ftm", marked) == parsed("ftm")


def test_a_listed_entity_of_an_unknown_schema_is_refused(tmp_path: Path) -> None:
    strange = altered(
        "ftm", tmp_path, '"schema": "Person", "target": true', '"schema": "Ghost", "target": true'
    )
    with pytest.raises(Invalid, match="line 2: unknown type Ghost"):
        parsed("ftm", strange)


def test_ofac_says_births_nationalities_flags_and_addresses(tmp_path: Path) -> None:
    empty = "-0- ,"
    sdn, alt, add = (tmp_path / name for name in ("sdn.csv", "alt.csv", "add.csv"))
    sdn.write_text(
        f'1,"ORLOQUE, Tamsin","individual","NORVIA",{empty * 7}'
        '"DOB 23 Nov 1962; alt. DOB circa 1963; alt. DOB 1970 to 1972; POB Norvik; nationality Norvia; '
        "alt. nationality Quezal; Passport NV0934417 (Norvia); a.k.a. 'GULL'.\"\n"
        f'2,"GREY HERON","vessel","NORVIA",-0- ,-0- ,"Tug",-0- ,-0- ,"Quezal",-0- ,"IMO 9990001."\n'
    )
    alt.write_text('1,11,"aka","ORLOK, Tamsin",-0- \n')
    add.write_text('1,21,"7 Quay Road","Norvik 4530","Norvia",-0- \n1,22,-0- ,-0- ,"Quezal",-0- \n')
    person, ship = parsed("ofac", sdn, alt, add).rows
    assert person.born == ["1962-11-23", "1963", "1970", "1971", "1972"]
    assert person.countries == ["Norvia", "Quezal"]
    assert person.addresses == ["7 Quay Road, Norvik 4530, Norvia"]
    assert (person.aliases, person.weak) == (["ORLOK, Tamsin"], ["GULL"])
    assert person.identifiers == ["NV0934417"]
    assert (ship.kind, ship.countries, ship.identifiers) == ("vessel", ["Quezal"], ["9990001"])
