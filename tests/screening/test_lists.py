"""Loading OFAC's files: whole or not at all, and honest about what does not fit."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from screening.lists import ofac
from screening.lists.loading import load_ofac
from screening.matching import screen
from screening.models import Entry, Snapshot
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
    after = load_ofac(**write(tmp_path, sdn=SDN.splitlines()[0] + "\n")).snapshot
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


def test_the_files_of_one_day_fit_exactly() -> None:
    folder = shared("lists/ofac")
    parsed = ofac.parse(*(folder / f"{name}_2021-07-07.csv" for name in ("sdn", "alt", "add")))
    assert not parsed.orphaned_aliases
    assert not parsed.orphaned_addresses


def test_files_of_different_days_are_told_apart() -> None:
    folder = shared("lists/ofac")
    parsed = ofac.parse(folder / "sdn_2024-05-03.csv", folder / "alt_2024-01-08.csv")
    assert (len(parsed.orphaned_aliases), parsed.aliases) == (44, 17_091)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.binary(max_size=400))
def test_no_file_makes_the_importer_fail_otherwise_than_by_saying_so(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sdn.csv"
        path.write_bytes(content)
        with contextlib.suppress(Invalid):
            ofac.parse(path, path, path)
