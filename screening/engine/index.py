"""The index: flat arrays on disk, built once for a state of the lists, opened read-only by every process."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import shutil
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from screening.engine.acronyms import LONGEST, initials
from screening.engine.joined import joined_keys
from screening.engine.sounds import fold, keys, shape, skeleton, vowelless
from screening.engine.words import Word, characters, identifier, is_han, readings, take_apart

NAME_KINDS = ("primary", "alias", "weak")
WORD_KINDS = ("word", "organisation", "number", "legal", "title", "small", "initial")
ROMANISED, CHARACTERS = 1, 2  # how a reading of a name in Chinese characters, Hangul or kana is kept
MOST_CHANGED = 0.10  # share of the names that may lie in the changes before everything is built anew

Array = NDArray[Any]


def _format() -> str:
    """Return what an index depends on beside the lists: the engine and its lexicon, by their digest."""
    whole = hashlib.blake2b(digest_size=6)
    for path in sorted(Path(__file__).parent.rglob("*.*")):
        if path.suffix in (".py", ".txt"):
            whole.update(path.read_bytes())
    return whole.hexdigest()


#: An index made by another engine or lexicon is another index: nobody has to remember to count it up.
FORMAT = _format()


@dataclass(frozen=True)
class Listed:
    """A listed party as the index takes it. `names`: (name, primary | alias | weak)."""

    list_key: str
    version: str
    entry_id: str
    kind: str
    name: str
    names: tuple[tuple[str, str], ...]
    countries: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    born: tuple[str, ...] = ()

    def about(self) -> str:
        """Return what a match tells of the entry, as JSON."""
        return _json(
            [self.list_key, self.version, self.entry_id, self.kind, self.name, self.countries, self.born]
        )


_json = json.JSONEncoder(ensure_ascii=False).encode


def key_hash(text: str) -> int:
    """Return 64 bits of a text, the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def bones_hash(word: str) -> int:
    """Return 64 bits of the skeleton of a word."""
    return key_hash(skeleton(word))


class _Texts:
    """Strings as one run of bytes and their offsets."""

    def __init__(self) -> None:
        self.bytes = bytearray()
        self.offsets = array("q", [0])

    def add(self, text: str) -> int:
        self.bytes += text.encode()
        self.offsets.append(len(self.bytes))
        return len(self.offsets) - 2

    def save(self, folder: Path, name: str) -> None:
        np.save(folder / f"{name}.bytes.npy", np.frombuffer(bytes(self.bytes), dtype=np.uint8))
        np.save(folder / f"{name}.offsets.npy", np.frombuffer(self.offsets, dtype=np.int64))


def _save_lookup(folder: Path, name: str, hashes: array[int] | Array, values: array[int] | Array) -> None:
    found = np.asarray(hashes, dtype=np.uint64)
    order = np.argsort(found, kind="stable")
    np.save(folder / f"{name}.keys.npy", found[order])
    np.save(folder / f"{name}.values.npy", np.asarray(values, dtype=np.int32)[order])


class _Builder:
    def __init__(self) -> None:
        self.entries, self.names = _Texts(), _Texts()
        self.name_entry, self.name_kind = array("i"), array("b")
        self.reading_name, self.reading_way = array("i"), array("b")
        self.reading_starts, self.reading_words = array("q", [0]), array("i")
        self.reading_weight = array("f")
        self.vocabulary: dict[tuple[str, str, float], int] = {}
        self.number_keys, self.number_entries = array("Q"), array("i")
        self.acronym_keys, self.acronym_readings = array("Q"), array("i")

    def add(self, party: Listed) -> None:
        entry = self.entries.add(party.about())
        for number in party.identifiers:
            plain = identifier(number)
            if plain:
                self.number_keys.append(key_hash(plain))
                self.number_entries.append(entry)
        for name, kind in party.names:
            place = self.names.add(name)
            self.name_entry.append(entry)
            self.name_kind.append(NAME_KINDS.index(kind))
            seen: set[tuple[str, ...]] = set()
            for reading in readings(name):
                words = take_apart(reading)
                texts = tuple([word.text for word in words])
                if not words or texts in seen:
                    continue
                seen.add(texts)
                han = is_han(reading)
                short = "" if han else initials(words).letters
                if 0 < len(short) <= LONGEST:
                    self.acronym_keys.append(key_hash(short))
                    self.acronym_readings.append(len(self.reading_name))
                self._reading(place, words, ROMANISED if han else 0)
                if han:
                    self._reading(place, characters(reading), CHARACTERS)

    def _reading(self, name: int, words: tuple[Word, ...], way: int) -> None:
        self.reading_name.append(name)
        self.reading_way.append(way)
        vocabulary = self.vocabulary
        weight = 0.0
        for text, _shown, kind, each in words:
            self.reading_words.append(vocabulary.setdefault((text, kind, each), len(vocabulary)))
            weight += each
        self.reading_weight.append(weight)
        self.reading_starts.append(len(self.reading_words))

    def save(self, folder: Path) -> None:
        self.entries.save(folder, "entries")
        self.names.save(folder, "names")
        words, sounds = _Texts(), _Texts()
        word_keys, word_ids = array("Q"), array("i")
        for number, (text, kind, _weight) in enumerate(self.vocabulary):
            words.add(text)
            sounds.add(fold(text))
            for key in ({"#" + shape(text)} if kind in ("number", "legal") else keys(text)) | {"=" + text}:
                word_keys.append(key_hash(key))
                word_ids.append(number)
        words.save(folder, "words")
        sounds.save(folder, "sounds")
        spelled = [text for text, _kind, _weight in self.vocabulary]
        np.save(folder / "word_bare.npy", np.array([vowelless(text) for text in spelled], bool))
        np.save(folder / "word_bones.npy", np.array([bones_hash(text) for text in spelled], np.uint64))
        np.save(
            folder / "word_kind.npy",
            np.array([WORD_KINDS.index(k) for _t, k, _w in self.vocabulary], np.int8),
        )
        np.save(folder / "word_weight.npy", np.array([w for _t, _k, w in self.vocabulary], np.float32))
        flat = np.frombuffer(self.reading_words, dtype=np.int32)
        starts = np.frombuffer(self.reading_starts, dtype=np.int64)
        of_reading = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
        pairs = np.unique(flat.astype(np.int64) << 32 | of_reading)
        counts = np.bincount(pairs >> 32, minlength=len(self.vocabulary))
        np.save(folder / "postings.npy", (pairs & 0xFFFFFFFF).astype(np.int32))
        np.save(folder / "posting_starts.npy", np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))
        np.save(folder / "reading_words.npy", flat)
        np.save(folder / "reading_starts.npy", starts)
        np.save(folder / "reading_weight.npy", np.frombuffer(self.reading_weight, dtype=np.float32))
        np.save(folder / "reading_name.npy", np.frombuffer(self.reading_name, dtype=np.int32))
        np.save(folder / "reading_way.npy", np.frombuffer(self.reading_way, dtype=np.int8))
        np.save(folder / "name_entry.npy", np.frombuffer(self.name_entry, dtype=np.int32))
        np.save(folder / "name_kind.npy", np.frombuffer(self.name_kind, dtype=np.int8))
        _save_lookup(folder, "keys", word_keys, word_ids)
        characters_of = np.frombuffer(self.reading_way, dtype=np.int8) == CHARACTERS
        runs = np.where(characters_of[of_reading], -1, of_reading)
        _save_lookup(folder, "joins", *joined_keys([(t, k) for t, k, _w in self.vocabulary], flat, runs))
        _save_lookup(folder, "numbers", self.number_keys, self.number_entries)
        _save_lookup(folder, "acronyms", self.acronym_keys, self.acronym_readings)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let nobody look for cycles meanwhile: millions of words are made and kept, and none is part of one."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def build(folder: Path, listed: Iterable[Listed]) -> None:
    """Write the index of the listed parties into a folder that is empty or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    builder = _Builder()
    with _uncollected():
        for party in listed:
            builder.add(party)
        builder.save(folder)
    np.save(folder / "removed.npy", np.zeros(0, dtype=np.int32))
    (folder / "format.json").write_text(json.dumps({"format": FORMAT, "names": len(builder.name_entry)}))


def change(
    before: Path,
    after: Path,
    *,
    added: Iterable[Listed],
    removed: Iterable[tuple[str, str]],
    everything: Callable[[], Iterable[Listed]],
) -> bool:
    """Write into `after` the index of `before` with entries added and removed; return whether it was built anew.

    A changed entry is removed and added. `removed` holds (list, entry id). The large files are linked, not copied;
    the changes are a small index beside them. Where they would exceed 10 % of the names, everything is built anew
    from `everything`.
    """
    old = Index(before)
    new = list(added)
    gone = {(key, entry) for key, entry in removed}
    kept = [party for party in old.changes if (party.list_key, party.entry_id) not in gone]
    changes = kept + new
    if sum(len(party.names) for party in changes) > MOST_CHANGED * max(len(old.base.name_entry), 1):
        build(after, everything())
        return True
    after.mkdir(parents=True, exist_ok=True)
    for path in before.iterdir():
        if path.is_file() and path.suffix == ".npy" and path.name != "removed.npy":
            os.link(path, after / path.name)
    lost = (
        [
            number
            for number in range(len(old.base.entry_offsets) - 1)
            if gone and tuple(old.base.entry(number)[0:3:2]) in gone
        ]
        if gone
        else []
    )
    before_lost = np.load(before / "removed.npy")
    np.save(after / "removed.npy", np.union1d(before_lost, np.array(lost, dtype=np.int32)).astype(np.int32))
    (after / "format.json").write_text((before / "format.json").read_text())
    if changes:
        build(after / "changes", changes)
        with (after / "changes.jsonl").open("w") as handle:
            for party in changes:
                handle.write(json.dumps(party.__dict__, ensure_ascii=False) + "\n")
    return False


def remove(folder: Path) -> None:
    """Delete an index; processes that have it open keep what they have mapped."""
    shutil.rmtree(folder, ignore_errors=True)


class Near(NamedTuple):
    """Words of the vocabulary like one word: their numbers and similarities, most alike last."""

    words: Array
    similarity: Array


def _split(run: bytes, offsets: list[int]) -> list[str]:
    return [run[a:b].decode() for a, b in pairwise(offsets)]


class Segment:
    """One set of arrays; nothing in it is ever written."""

    def __init__(self, folder: Path) -> None:
        def load(name: str) -> Array:
            path = folder / f"{name}.npy"
            found: Array = np.load(path, mmap_mode=None if path.stat().st_size < 4096 else "r")
            return found.view(np.ndarray)

        self.entry_bytes, self.entry_offsets = load("entries.bytes"), load("entries.offsets")
        self.name_bytes, self.name_offsets = load("names.bytes"), load("names.offsets")
        self.name_entry, self.name_kind = load("name_entry"), load("name_kind")
        self.reading_name, self.reading_way = load("reading_name"), load("reading_way")
        self.reading_starts, self.reading_words = load("reading_starts"), load("reading_words")
        self.reading_weight = load("reading_weight")
        self.postings, self.posting_starts = load("postings"), load("posting_starts")
        self.word_kind, self.word_weight = load("word_kind"), load("word_weight")
        self.word_bare, self.word_bones = load("word_bare"), load("word_bones")
        self.lookups = {
            name: (load(f"{name}.keys"), load(f"{name}.values"))
            for name in ("keys", "joins", "numbers", "acronyms")
        }
        self.words, self.sounds = (
            _split(bytes(load(f"{name}.bytes")), load(f"{name}.offsets").tolist())
            for name in ("words", "sounds")
        )
        self._words: dict[int, Word] = {}
        self.near: dict[tuple[str, str], Near] = {}  # what words were found to be like before
        self.gone = np.zeros(0, dtype=bool)
        lost = np.load(folder / "removed.npy")
        if len(lost):
            self.gone = np.zeros(len(self.entry_offsets) - 1, dtype=bool)
            self.gone[lost] = True

    def entry(self, number: int) -> list[Any]:
        """Return [list, version, id, kind, name, countries, births]."""
        raw = bytes(self.entry_bytes[self.entry_offsets[number] : self.entry_offsets[number + 1]])
        found: list[Any] = json.loads(raw)
        return found

    def name(self, number: int) -> str:
        return bytes(self.name_bytes[self.name_offsets[number] : self.name_offsets[number + 1]]).decode()

    def find(self, lookup: str, hashes: list[int]) -> Array:
        """Return the values kept under any of these hashes, with repetitions."""
        kept, values = self.lookups[lookup]
        if not len(kept) or not hashes:
            return np.zeros(0, dtype=np.int32)
        wanted = np.array(hashes, dtype=np.uint64)
        first = kept.searchsorted(wanted, side="left")
        last = kept.searchsorted(wanted, side="right")
        runs = [values[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True) if b > a]
        return np.concatenate(runs) if runs else np.zeros(0, dtype=np.int32)

    def word(self, number: int) -> Word:
        """Return a word of the vocabulary."""
        found = self._words.get(number)
        if found is None:
            kind = WORD_KINDS[self.word_kind[number]]
            found = Word(self.words[number], self.words[number], kind, float(self.word_weight[number]))
            self._words[number] = found
        return found

    def words_of(self, reading: int) -> list[Word]:
        """Return the words of a reading, in their order."""
        a, b = self.reading_starts[reading], self.reading_starts[reading + 1]
        return [self.word(number) for number in self.reading_words[a:b].tolist()]

    def readings_of(self, entry: int) -> range:
        """Return the readings of all names of an entry: they stand together."""
        first, last = np.searchsorted(self.name_entry, [entry, entry + 1]).tolist()
        a, b = np.searchsorted(self.reading_name, [first, last]).tolist()
        return range(a, b)

    def posting(self, word: int) -> Array:
        """Return the readings a word of the vocabulary stands in, ascending."""
        return self.postings[self.posting_starts[word] : self.posting_starts[word + 1]]

    def live(self, entry: int) -> bool:
        """Return whether an entry has not been removed since."""
        return not len(self.gone) or not self.gone[entry]


class Index:
    """An opened index: a base and, beside it, what has changed since."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        os.utime(folder)
        self.base = Segment(folder)
        self.segments = [self.base]
        self.changes: list[Listed] = []
        self.versions: dict[str, str] = {}  # by list, where entries were taken over from an earlier version
        if (folder / "changes").exists():
            self.segments.append(Segment(folder / "changes"))
            with (folder / "changes.jsonl").open() as handle:
                for line in handle:
                    party = json.loads(line)
                    party["names"] = tuple((name, kind) for name, kind in party["names"])
                    for field in ("countries", "identifiers", "born"):
                        party[field] = tuple(party[field])
                    self.changes.append(Listed(**party))

    @property
    def names(self) -> int:
        return sum(len(segment.name_entry) for segment in self.segments)
