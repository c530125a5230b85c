"""Index folders: built once, never written again, each for exactly its own state of the lists."""

import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from core import clock
from screening.index import KEPT, Index, Listed, ensure
from screening.lists.loading import load_ofac
from screening.lists.store import lists_hash, lists_in_force
from screening.matching import index_in_force, index_of, screen

ALPHA = Listed("test", "1", "1", "company", "ALPHA WORKS", (("ALPHA WORKS", "primary"),), (), ())
EMPTY = ",".join(["-0- "] * 8)


def sdn(folder: Path, name: str) -> Path:
    path = folder / "sdn.csv"
    path.write_text(f'1,"{name}",-0- ,"TEST",{EMPTY}\n')
    return path


def test_two_who_need_it_at_once_build_it_once(tmp_path: Path) -> None:
    built: list[float] = []

    def listed() -> Iterable[Listed]:
        built.append(time.monotonic())
        time.sleep(0.1)
        return [ALPHA]

    threads = [threading.Thread(target=ensure, args=(tmp_path, "k", listed)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert screen("Alpha Works", index=Index(ensure(tmp_path, "k", listed)))


def test_a_build_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken() -> Iterable[Listed]:
        yield ALPHA
        raise RuntimeError("the machine went away")

    with pytest.raises(RuntimeError):
        ensure(tmp_path, "k", broken)
    assert [path.name for path in tmp_path.iterdir()] == ["building.lock"]


def test_a_folder_is_removed_a_day_after_it_was_last_opened(tmp_path: Path) -> None:
    old, young = (ensure(tmp_path, key, lambda: [ALPHA]) for key in ("old", "young"))
    os.utime(old, times=(clock.now().timestamp() - KEPT - 60,) * 2)
    ensure(tmp_path, "new", lambda: [ALPHA])
    assert not old.exists()
    assert young.exists()


def test_an_opened_index_survives_the_removal_of_its_folder(tmp_path: Path) -> None:
    index = Index(ensure(tmp_path, "k", lambda: [ALPHA]))
    for path in index.folder.iterdir():
        path.unlink()
    assert screen("Alpha Works", index=index)


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
