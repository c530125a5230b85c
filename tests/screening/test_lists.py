"""Loading OFAC's files: whole or not at all, and honest about what does not fit."""

import contextlib
import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audience import ALLIANCE
from core.errors import Invalid
from ledger.models import Event
from screening.lists import ofac
from screening.lists.loading import load_ofac
from screening.matching import screen
from screening.models import Entry, Snapshot
from tests.examples import examples
from tests.shared_data import shared

FICTIONAL = Path(__file__).resolve().parents[2] / "screening" / "fixtures" / "demo"
EMPTY = "-0- ," * 8
SDN = f'1,"ALPHA WORKS",-0- ,"TEST",{EMPTY[:-1]}\n2,"BETA, Carlo","individual","TEST",{EMPTY[:-1]}\n'


def write(folder: Path, **files: str) -> dict[str, Path]:
    paths = {}
    for name, text in files.items():
        paths[name] = folder / f"{name}.csv"
        paths[name].write_text(text)
    return paths


@pytest.mark.django_db
def test_the_fictional_list_is_loaded_and_found(tmp_path: Path) -> None:
    loaded = load_ofac(**{name: FICTIONAL / f"{name}.csv" for name in ("sdn", "alt", "add")})
    assert loaded.new
    assert loaded.snapshot.entries_count == 40
    (match,) = screen("Kavir Mavad Pishrafteh")
    assert (match.entry_name, match.rule, match.strong) == ("KAVIR ADVANCED MATERIALS", "alias", True)


@pytest.mark.django_db
def test_loading_the_same_files_again_changes_nothing(tmp_path: Path) -> None:
    files = write(tmp_path, sdn=SDN)
    first = load_ofac(**files)
    again = load_ofac(**files)
    assert not again.new
    assert again.snapshot == first.snapshot


@pytest.mark.django_db
def test_a_new_version_takes_over_at_one_instant(tmp_path: Path) -> None:
    before = load_ofac(**write(tmp_path, sdn=SDN)).snapshot
    after = load_ofac(**write(tmp_path, sdn=SDN.splitlines()[0] + "\n"), accept_shrink=True).snapshot
    before.refresh_from_db()
    assert before.in_force_until == after.in_force_from
    assert not screen("Carlo Beta")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SDN + '3,"GAMMA', "sdn.csv, line 3"),
        (SDN + '3,"GAMMA",-0- \n', "line 3: 3 fields"),
        (SDN + SDN, "line 3: entry 1 is there twice"),
        (SDN.rstrip("\n")[:-3], "line 2: the file breaks off"),
        (SDN + f'3,"GAMMA","submarine","TEST",{EMPTY[:-1]}\n', "line 3: unknown type submarine"),
        ("", "empty"),
    ],
)
def test_a_broken_file_changes_nothing_and_says_which_line(tmp_path: Path, text: str, told: str) -> None:
    load_ofac(**write(tmp_path, sdn=SDN))
    with pytest.raises(Invalid, match=told):
        load_ofac(**write(tmp_path, sdn=text))
    assert Snapshot.objects.count() == 1
    assert Entry.objects.count() == 2


@pytest.mark.django_db
def test_more_than_one_per_cent_of_orphans_has_to_be_accepted(tmp_path: Path) -> None:
    files = write(tmp_path, sdn=SDN, alt='1,1,"aka","ALFA",-0- \n9,2,"aka","LOST",-0- \n')
    with pytest.raises(Invalid, match="1 of 2 aliases"):
        load_ofac(**files)
    loaded = load_ofac(**files, accept_orphans=True)
    assert loaded.orphaned_aliases == ["9 LOST"]


def test_the_official_encoding_ending_and_empty_marks_are_understood(tmp_path: Path) -> None:
    remarks = """"DOB 1 Jan 1960; Passport AB 12345 (Peru); a.k.a. 'ABU-'UMAR'; a.k.a. 'EL RÍO'.\""""
    row = f'7,"PEÑA, José","individual","TEST",{",".join(["-0- "] * 7)},{remarks}\r\n'
    for encoding in ("cp1252", "utf-8", "utf-8-sig"):
        path = tmp_path / "sdn.csv"
        path.write_bytes(row.encode(encoding) + b"\x1a")
        (entry,) = ofac.parse(path).rows
        assert (entry.name, entry.kind, entry.weak) == ("PEÑA, José", "person", ["ABU-'UMAR", "EL RÍO"])
        assert entry.identifiers == ["AB12345"]


@pytest.mark.django_db
def test_a_load_is_an_event_that_the_alliance_reads(tmp_path: Path) -> None:
    snapshot = load_ofac(**write(tmp_path, sdn=SDN), version="v1").snapshot
    event = Event.objects.get(type="list.loaded")
    assert event.facts == {
        "list": "us-ofac-sdn", "version": "v1", "sha256": snapshot.sha256, "entries": 2, "names": 2, "orphans": 0,
        "added": 2, "changed": 0, "removed": 0,
    }  # fmt: skip
    assert set(event.feed_entries.values_list("audience", flat=True)) == {ALLIANCE}


def lists(*words: str | Path) -> str:
    out = io.StringIO()
    call_command("lists", *map(str, words), stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_loads_once_and_tells_what_is_in_force(tmp_path: Path) -> None:
    path = write(tmp_path, sdn=SDN)["sdn"]
    assert "No list is loaded" in lists("status")
    assert "2 entries" in lists("load", "ofac", "--sdn", path, "--version", "v7")
    assert "in force already" in lists("load", "ofac", "--sdn", path, "--version", "v7")
    assert "v7" in lists("status")


@pytest.mark.django_db
def test_the_command_refuses_files_of_different_dates_and_missing_ones(tmp_path: Path) -> None:
    files = write(tmp_path, sdn=SDN, alt='9,2,"aka","LOST",-0- \n')
    with pytest.raises(CommandError, match="--accept-orphans"):
        lists("load", "ofac", "--sdn", files["sdn"], "--alt", files["alt"])
    with pytest.raises(CommandError, match="cannot be read"):
        lists("load", "ofac", "--sdn", tmp_path / "nowhere.csv")
    assert "9 LOST" in lists("load", "ofac", "--sdn", files["sdn"], "--alt", files["alt"], "--accept-orphans")


@pytest.mark.django_db
def test_the_real_list_is_loaded_and_an_official_alias_is_found() -> None:
    folder = shared("lists/ofac")
    files = ("--sdn", folder / "sdn_2024-05-03.csv", "--alt", folder / "alt_2024-01-08.csv")
    told = lists("load", "ofac", *files)
    assert "14965 entries" in told
    assert "44 orphaned alias rows of 17,091" in told
    (match,) = screen("Aero Caribbean")
    assert (match.entry_id, match.version, match.matched_name, match.rule) == (
        "36", "sdn_2024-05-03", "AERO-CARIBBEAN", "alias",
    )  # fmt: skip


@pytest.mark.django_db
def test_recall_and_false_alarms_are_printed_with_what_they_are_of(tmp_path: Path) -> None:
    lists("load", "ofac", *(w for name in ("sdn", "alt") for w in (f"--{name}", FICTIONAL / f"{name}.csv")))
    columns = "query_name,target_name,label,source,target_id,variation_class\n"
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(
        columns
        + "Kavir Mavad Pishrafteh,KAVIR ADVANCED MATERIALS,match,ofac-alias,ofac:90008,official_aka\n"
        + "Nobody At All,VOLKHOV INSTRUMENT PLANT,match,ofac-alias,ofac:90001,official_aka\n"
        + "Plain Biscuit Bakery,*,no_match,SYNTHETIC:x,,negative/cross_pair\n"
    )
    told = lists("recall", "--pairs", pairs)
    assert "recall on official aliases: 1 of 2 (0.500)" in told
    assert "negative/cross_pair: 0 of 1 (0.000)" in told


def test_the_files_of_one_day_fit_exactly() -> None:
    folder = shared("lists/ofac")
    parsed = ofac.parse(*(folder / f"{name}_2021-07-07.csv" for name in ("sdn", "alt", "add")))
    assert not parsed.orphaned_aliases
    assert not parsed.orphaned_addresses


def test_files_of_different_days_are_told_apart() -> None:
    folder = shared("lists/ofac")
    parsed = ofac.parse(folder / "sdn_2024-05-03.csv", folder / "alt_2024-01-08.csv")
    assert (len(parsed.orphaned_aliases), parsed.aliases) == (44, 17_091)


@settings(max_examples=examples(60))
@given(st.binary(max_size=400))
def test_no_file_makes_the_importer_fail_otherwise_than_by_saying_so(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sdn.csv"
        path.write_bytes(content)
        with contextlib.suppress(Invalid):
            ofac.parse(path, path, path)
