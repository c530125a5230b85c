"""Index folders: built once, never written again, each for exactly its own state of the lists."""

import os
import tempfile
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from screening.engine.index import Index, Listed, build, change
from screening.indexes import KEPT, ensure, index_in_force, index_of
from screening.lists.loading import load_ofac
from screening.lists.store import lists_hash, lists_in_force
from screening.matching import screen
from tests.examples import examples

ALPHA = Listed("test", "1", "1", "company", "ALPHA WORKS", (("ALPHA WORKS", "primary"),), (), ())
EMPTY = ",".join(["-0- "] * 8)


def sdn(folder: Path, name: str) -> Path:
    path = folder / "sdn.csv"
    path.write_text(f'1,"{name}",-0- ,"TEST",{EMPTY}\n')
    return path


def alpha(folder: Path) -> None:
    build(folder, [ALPHA])


def test_two_who_need_it_at_once_build_it_once(tmp_path: Path) -> None:
    built: list[float] = []

    def write(folder: Path) -> None:
        built.append(time.monotonic())
        time.sleep(0.1)
        alpha(folder)

    threads = [threading.Thread(target=ensure, args=(tmp_path, "k", write)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert screen("Alpha Works", index=Index(ensure(tmp_path, "k", write)))


def test_a_build_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken(folder: Path) -> None:
        alpha(folder)
        raise RuntimeError("the machine went away")

    with pytest.raises(RuntimeError):
        ensure(tmp_path, "k", broken)
    assert [path.name for path in tmp_path.iterdir()] == ["building.lock"]


def test_a_folder_is_removed_a_day_after_it_was_last_opened(tmp_path: Path) -> None:
    old, young = (ensure(tmp_path, key, alpha) for key in ("old", "young"))
    os.utime(old, times=(clock.now().timestamp() - KEPT - 60,) * 2)
    ensure(tmp_path, "new", alpha)
    assert not old.exists()
    assert young.exists()


def test_an_opened_index_survives_the_removal_of_its_folder(tmp_path: Path) -> None:
    index = Index(ensure(tmp_path, "k", alpha))
    for path in index.folder.iterdir():
        path.unlink()
    assert screen("Alpha Works", index=index)


def party(number: int, name: str) -> Listed:
    return Listed("test", "1", str(number), "company", name, ((name, "primary"),))


WORDS = ["ALPHA", "BRAVO", "CEDAR", "DELTA", "EMBER", "FJORD", "GAMMA", "HAVEN", "IVORY", "KILN"]


@settings(max_examples=examples(40), deadline=None)
@given(st.data())
def test_an_index_that_was_changed_finds_what_one_built_anew_finds(data: st.DataObject) -> None:
    """Any sequence of changes: added, changed and removed entries, in the base and in earlier changes."""
    names = st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS), st.sampled_from(WORDS)).map(" ".join)
    now = {number: party(number, data.draw(names)) for number in range(40)}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "0")
        build(place, now.values())
        for step in range(1, 4):
            touched = data.draw(st.dictionaries(st.integers(0, 60), st.none() | names, max_size=3))
            removed = {("test", str(number)) for number in touched if number in now}
            added = [party(number, name) for number, name in touched.items() if name]
            now = {n: p for n, p in now.items() if n not in touched} | {int(p.entry_id): p for p in added}
            after = Path(folder, str(step))
            change(place, after, added=added, removed=removed, everything=now.values)
            place = after
        build(Path(folder, "anew"), now.values())
        changed, anew = Index(place), Index(Path(folder, "anew"))
        for name in {p.name for p in now.values()} | set(WORDS):
            assert {m.entry_id: m.score for m in screen(name, index=changed)} == {
                m.entry_id: m.score for m in screen(name, index=anew)
            }


def test_a_small_change_links_the_arrays_and_writes_only_what_differs(tmp_path: Path) -> None:
    everything = [party(n, f"{WORDS[n % 10]} {WORDS[n // 10 % 10]} {n:03}") for n in range(100)]
    build(tmp_path / "before", everything)
    new = [party(100, "ZEPHYR YARD")]
    anew = change(
        tmp_path / "before", tmp_path / "after", added=new, removed=[("test", "7")], everything=list
    )
    assert not anew
    shared = tmp_path / "after" / "postings.npy"
    assert shared.samefile(tmp_path / "before" / "postings.npy")
    index = Index(tmp_path / "after")
    assert [m.entry_id for m in screen("Zephyr Yard", index=index)] == ["100"]
    assert not [m for m in screen(everything[7].name, index=index) if m.entry_id == "7"]


@pytest.mark.django_db
def test_a_new_version_is_written_as_a_change_and_tells_its_own_version(
    tmp_path: Path, settings: pytest.FixtureRequest
) -> None:
    settings.DATA_DIR = tmp_path / "data"  # type: ignore[attr-defined]
    rows = [f'{n},"{WORDS[n % 10]} {WORDS[n // 10 % 10]} YARD",-0- ,"TEST",{EMPTY}' for n in range(60)]
    (tmp_path / "sdn.csv").write_text("\n".join(rows) + "\n")
    load_ofac(sdn=tmp_path / "sdn.csv", version="1")
    rows[5] = f'5,"ZEPHYR QUAY",-0- ,"TEST",{EMPTY}'
    (tmp_path / "sdn.csv").write_text("\n".join(rows[:-1]) + "\n")
    load_ofac(sdn=tmp_path / "sdn.csv", version="2")
    index = index_in_force()
    assert (index.folder / "changes").exists()
    assert [(m.entry_id, m.version) for m in screen("Zephyr Quay")] == [("5", "2")]
    assert {m.version for m in screen("Alpha Bravo Yard")} == {"2"}
    assert "59" not in {m.entry_id for m in screen("KILN FJORD YARD")}


@pytest.mark.django_db
def test_whoever_began_under_one_state_of_the_lists_ends_under_it(tmp_path: Path) -> None:
    load_ofac(sdn=sdn(tmp_path, "ALPHA WORKS"), version="1")
    began, opened = lists_in_force(), index_in_force()
    load_ofac(sdn=sdn(tmp_path, "OMEGA WORKS"), version="2")
    for index in (opened, index_of(began)):
        assert [match.version for match in screen("Alpha Works", index=index)] == ["1"]
    assert screen("Alpha Works") == []


@pytest.mark.django_db
def test_an_index_built_late_holds_the_lists_it_is_named_after(
    tmp_path: Path, settings: pytest.FixtureRequest
) -> None:
    load_ofac(sdn=sdn(tmp_path, "ALPHA WORKS"), version="1")
    began = lists_in_force()
    load_ofac(sdn=sdn(tmp_path, "OMEGA WORKS"), version="2")
    settings.DATA_DIR = tmp_path / "another machine"  # type: ignore[attr-defined]
    assert screen("Alpha Works", index=index_of(began))
    assert not screen("Omega Works", index=index_of(began))


@pytest.mark.django_db
def test_the_name_of_the_set_changes_with_the_files_and_the_version(tmp_path: Path) -> None:
    names = {lists_hash()}
    for name, version in (("ALPHA", "1"), ("OMEGA", "1"), ("ALPHA", "3")):
        load_ofac(sdn=sdn(tmp_path, name), version=version)
        names.add(lists_hash())
    assert len(names) == 4
