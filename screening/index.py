"""The index: flat arrays on disk, built once for each set of snapshots, opened read-only by every process."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import clock
from screening.normal import core, forms, identifier

FORMAT = 2
PARTS = 3  # a form is cut into three parts: with two errors one of them is still whole
SHORTEST_EDIT_1, SHORTEST_EDIT_2 = 6, 12  # letters a form needs before one or two errors are looked for
KEPT = 24 * 3600  # seconds an index that is no longer in force is kept


@dataclass(frozen=True)
class Listed:
    """A listed party as the index takes it."""

    list_key: str
    version: str
    entry_id: str
    kind: str
    name: str
    names: tuple[tuple[str, str], ...]  # (name, kind of name)
    countries: tuple[str, ...]
    identifiers: tuple[str, ...]


def allowed_errors(length: int) -> int:
    """Return how many letters of a form may differ: short names would match everything."""
    return 2 if length >= SHORTEST_EDIT_2 else 1 if length >= SHORTEST_EDIT_1 else 0


def _hash(text: str, salt: str = "") -> int:
    return int.from_bytes(hashlib.blake2b(f"{salt}\x00{text}".encode(), digest_size=8).digest(), "little")


def cuts(length: int) -> list[tuple[int, int]]:
    """Return (start, length) of the parts of a form: as equal as can be, the longer ones last."""
    base, longer = divmod(length, PARTS)
    sizes = [base + (number >= PARTS - longer) for number in range(PARTS)]
    starts = [sum(sizes[:number]) for number in range(PARTS)]
    return list(zip(starts, sizes, strict=True))


def rests(words: list[str]) -> list[tuple[int, str]]:
    """Return (hash of the other words, word left out) for each word of a sorted list of two or more."""
    return [
        (_hash(" ".join(words[:at] + words[at + 1 :]), "rest"), words[at])
        for at in range(len(words) if len(words) > 1 else 0)
    ]


class _Texts:
    """Strings as one run of bytes and offsets."""

    def __init__(self) -> None:
        self.bytes = bytearray()
        self.offsets = [0]

    def add(self, text: str) -> int:
        self.bytes += text.encode()
        self.offsets.append(len(self.bytes))
        return len(self.offsets) - 2

    def save(self, folder: Path, name: str) -> None:
        np.save(folder / f"{name}.bytes.npy", np.frombuffer(bytes(self.bytes), dtype=np.uint8))
        np.save(folder / f"{name}.offsets.npy", np.array(self.offsets, dtype=np.int64))


def _save_lookup(folder: Path, name: str, pairs: list[tuple[int, int]]) -> None:
    keys = np.array([key for key, _ in pairs], dtype=np.uint64)
    values = np.array([value for _, value in pairs], dtype=np.int32)
    order = np.argsort(keys, kind="stable")
    np.save(folder / f"{name}.keys.npy", keys[order])
    np.save(folder / f"{name}.values.npy", values[order])


def build(folder: Path, listed: Iterable[Listed]) -> None:
    """Write the index of the listed parties into an empty folder."""
    entries, names, shapes, lefts = _Texts(), _Texts(), _Texts(), _Texts()
    name_entry: list[int] = []
    name_kind: list[int] = []
    form_name: list[int] = []
    exact: list[tuple[int, int]] = []
    parts: list[tuple[int, int]] = []
    left_name: list[int] = []
    others: list[tuple[int, int]] = []
    numbers: list[tuple[int, int]] = []
    kinds = ("primary", "alias", "weak")
    for party in listed:
        about = [party.list_key, party.version, party.entry_id, party.kind, party.name, list(party.countries)]
        entry = entries.add(json.dumps(about, ensure_ascii=False))
        for number in party.identifiers:
            numbers.append((_hash(identifier(number)), entry))
        for name, kind in party.names:
            place = names.add(name)
            name_entry.append(entry)
            name_kind.append(kinds.index(kind))
            for form in forms(name):
                text = form.text
                shape = shapes.add(text)
                form_name.append(place)
                exact.append((_hash(text), shape))
                if allowed_errors(len(text)):
                    for part, (start, size) in enumerate(cuts(len(text))):
                        parts.append((_hash(text[start : start + size], f"{len(text)}/{part}"), shape))
            bare = sorted(core(name))
            if allowed_errors(sum(map(len, bare))):
                for rest, left in rests(bare):
                    others.append((rest, lefts.add(left)))
                    left_name.append(place)
    for texts, label in ((entries, "entries"), (names, "names"), (shapes, "forms"), (lefts, "lefts")):
        texts.save(folder, label)
    np.save(folder / "name_entry.npy", np.array(name_entry, dtype=np.int32))
    np.save(folder / "name_kind.npy", np.array(name_kind, dtype=np.int8))
    np.save(folder / "form_name.npy", np.array(form_name, dtype=np.int32))
    np.save(folder / "left_name.npy", np.array(left_name, dtype=np.int32))
    _save_lookup(folder, "exact", exact)
    _save_lookup(folder, "others", others)
    _save_lookup(folder, "parts", parts)
    _save_lookup(folder, "numbers", numbers)
    (folder / "format.json").write_text(json.dumps({"format": FORMAT, "names": len(name_entry)}))


def ensure(root: Path, key: str, listed: Callable[[], Iterable[Listed]]) -> Path:
    """Return the folder of an index, building it if it is not there; only one process builds."""
    folder = root / f"{FORMAT}-{key}"
    if folder.exists():
        return folder
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root / "building.lock"):
        if not folder.exists():
            scratch = Path(tempfile.mkdtemp(prefix="part-", dir=root))
            try:
                build(scratch, listed())
                scratch.rename(folder)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
            _clean(root, folder)
    return folder


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _clean(root: Path, keep: Path) -> None:
    for folder in root.iterdir():
        if folder.is_dir() and folder != keep and clock.now().timestamp() - folder.stat().st_mtime > KEPT:
            shutil.rmtree(folder, ignore_errors=True)


class Index:
    """An opened index; safe to share, since nothing in it is ever written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        os.utime(folder)

        def load(name: str) -> NDArray[Any]:
            path = folder / f"{name}.npy"
            array: NDArray[Any] = np.load(path, mmap_mode=None if path.stat().st_size < 4096 else "r")
            return array

        self._texts = {
            label: (load(f"{label}.bytes"), load(f"{label}.offsets"))
            for label in ("entries", "names", "forms", "lefts")
        }
        self._lookups = {
            label: (load(f"{label}.keys"), load(f"{label}.values"))
            for label in ("exact", "parts", "others", "numbers")
        }
        self.name_entry, self.name_kind = load("name_entry"), load("name_kind")
        self.form_name, self.left_name = load("form_name"), load("left_name")

    def _text(self, label: str, number: int) -> str:
        content, offsets = self._texts[label]
        return bytes(content[offsets[number] : offsets[number + 1]]).decode()

    def entry(self, number: int) -> list[Any]:
        """Return [list, version, id, kind, name, countries]."""
        found: list[Any] = json.loads(self._text("entries", number))
        return found

    def name(self, number: int) -> str:
        return self._text("names", number)

    def form(self, number: int) -> str:
        return self._text("forms", number)

    def left(self, number: int) -> str:
        """Return the word that was left out."""
        return self._text("lefts", number)

    def _find(self, label: str, wanted: list[int]) -> set[int]:
        keys, values = self._lookups[label]
        if not len(keys) or not wanted:
            return set()
        hashes = np.array(wanted, dtype=np.uint64)
        first = np.searchsorted(keys, hashes, side="left")
        last = np.searchsorted(keys, hashes, side="right")
        return {int(v) for a, b in zip(first, last, strict=True) if b > a for v in values[a:b]}

    def exact(self, form: str) -> set[int]:
        """Return the forms equal to one (their hashes are: the caller compares the text)."""
        return self._find("exact", [_hash(form)])

    def near(self, form: str) -> set[int]:
        """Return candidate forms within the errors a form of this length may have.

        Two strings within two edits share one of three parts whole, at a place shifted by two at most
        (after Li, Deng, Wang and Feng, Pass-Join, PVLDB 5(3), 2011).
        """
        most = allowed_errors(len(form))
        wanted = []
        for length in range(len(form) - most, len(form) + most + 1 if most else 0):
            if not allowed_errors(length):
                continue
            for number, (start, size) in enumerate(cuts(length)):
                for at in range(max(start - most, 0), min(start + most, len(form) - size) + 1):
                    wanted.append(_hash(form[at : at + size], f"{length}/{number}"))
        return self._find("parts", wanted)

    def beside(self, rest: int) -> set[int]:
        """Return the words left out of listed names whose other words have this hash."""
        return self._find("others", [rest])

    def numbered(self, number: str) -> set[int]:
        """Return the entries with an identifier."""
        return self._find("numbers", [_hash(identifier(number))])
