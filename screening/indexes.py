"""The indexes on this machine: one folder for each state of the lists, built once, then shared by every process."""

from __future__ import annotations

import fcntl
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from core import clock
from screening.engine.addresses import Addresses
from screening.engine.addresses import build as build_addresses
from screening.engine.index import FORMAT, Index, build, change
from screening.lists.store import PARTS, between, hash_of, is_kept, listed, lists_in_force, lived

KEPT = 24 * 3600  # seconds an index that is no longer in force is kept
STATE = "lists.json"  # which state of the lists a folder is the index of

State = tuple[tuple[str, ...], ...]  # store.PARTS of each list


def root() -> Path:
    return Path(settings.DATA_DIR) / "index"


def state_of(lists: Iterable[Mapping[str, str]]) -> State:
    return tuple(tuple(entry.get(part, "") for part in PARTS) for entry in lists)


def index_of(lists: Iterable[Mapping[str, str]]) -> Index:
    """Return the opened index of a set of snapshots, building it on a machine that lacks it."""
    wanted = list(lists)
    return _open(str(root()), hash_of(wanted), state_of(wanted))


def index_in_force() -> Index:
    """Return the opened index of the lists in force."""
    return index_of(lists_in_force())


def addresses_of(lists: Iterable[Mapping[str, str]]) -> Addresses:
    """Return the opened index of the addresses in a set of snapshots; it lies beside that of the names."""
    wanted = list(lists)
    return _open_addresses(str(root()), hash_of(wanted), state_of(wanted))


def addresses_in_force() -> Addresses:
    """Return the opened index of the addresses of the lists in force."""
    return addresses_of(lists_in_force())


@lru_cache(maxsize=2)
def _open_addresses(root: str, key: str, state: State) -> Addresses:
    return Addresses(ensure(Path(root), key, lambda scratch: write(Path(root), scratch, state)))


@lru_cache(maxsize=2)
def _open(root: str, key: str, state: State) -> Index:
    index = Index(ensure(Path(root), key, lambda scratch: write(Path(root), scratch, state)))
    index.versions = {one[0]: one[1] for one in state}
    return index


def ensure(root: Path, key: str, write: Callable[[Path], None]) -> Path:
    """Return the folder of an index; where it is not there, let one process write it, and put it there whole."""
    folder = root / f"{FORMAT}-{key}"
    if folder.exists():
        return folder
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root / "building.lock"):
        if not folder.exists():
            scratch = Path(tempfile.mkdtemp(prefix="part-", dir=root))
            try:
                write(scratch)
                scratch.rename(folder)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
            _clean(root, folder)
    return folder


def write(root: Path, scratch: Path, state: State) -> None:
    """Write the index of a state of the lists: where that of an earlier one is there, only what differs."""
    near = _nearest(root, state)
    if near is None:
        build(scratch, listed(state))
    else:
        before, old = near
        added, removed = between(old, state)
        change(before, scratch, added=added, removed=removed, everything=lambda: listed(state))
    build_addresses(scratch, lived(state))
    (scratch / STATE).write_text(json.dumps(state))


def _nearest(root: Path, state: State) -> tuple[Path, State] | None:
    """Return the newest index whose lists are among those wanted, and its state."""
    keys = {one[0] for one in state}
    folders = [folder for folder in root.glob(f"{FORMAT}-*") if (folder / STATE).exists()]
    for folder in sorted(folders, key=lambda each: each.stat().st_mtime, reverse=True):
        old: State = tuple(map(tuple, json.loads((folder / STATE).read_text())))
        if old and {one[0] for one in old} <= keys and all(map(is_kept, old)):
            return folder, old
    return None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _clean(root: Path, keep: Path) -> None:
    for folder in root.iterdir():
        if folder.is_dir() and folder != keep and clock.now().timestamp() - folder.stat().st_mtime > KEPT:
            shutil.rmtree(folder, ignore_errors=True)
