"""Addresses: taken apart, found again and laid side by side. Pure.

Whoever writes an address leaves out what others write: floor, district, region, postcode. What two writings of
one address share is the house number and the rare words, most of all the street. So the score is the weight of what
they share against what each side has that the other contradicts; a house number that differs ends it.
"""

from __future__ import annotations

import json
import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pycountry
from anyascii import anyascii
from numpy.typing import NDArray

from screening.engine.align import THRESHOLD, Aligned
from screening.engine.countries import CODES
from screening.engine.index import key_hash
from screening.engine.similar import alike
from screening.engine.sounds import skeleton
from screening.engine.words import clean

LONGEST = 500  # letters of an address that is asked about
MOST_WORDS = 40
LAID_OUT = 30  # addresses laid out word by word
ALIKE = 0.84  # words less alike are two
RARE = 0.40  # weight of a word that not every address has: the name of a street, a small town
ENOUGH = 0.9  # weight that has to be shared beside an equal house number
ENOUGH_UNNUMBERED = 2.2  # where one side has no house number
FEW = 10_000  # addresses
COUNTRY = 0.10  # weight of a word in the name of a country
NUMBERS_FOR_A_NAME = 3
AGAINST, MORE = (
    1.3,
    0.12,
)  # how much counts what each has that the other has not, and what only one says further
SHARED = 10  # parties at one address from which on it may be that of an agent who lends it
SHARED_LEFT = 0.93  # of the score, at such an address

#: Kinds of street, which one writes and another leaves out.
STREETS = frozenset(
    "street str st strasse ulitsa ul ulica rue calle cl via road rd avenue ave av avenida avenyu prospekt "
    "prospect pr prkt pkwy boulevard blvd bulvar bul blvr lane ln lni square sq ploshchad pl plaza place "
    "platz highway hwy shosse sh naberezhnaya nab pereulok per proezd tupik alley xiang lu jie dao dadao "
    "khiaban khiyaban kuche koocheh sokak sok cadde caddesi cad mahallesi mah carrera cra kra diagonal "
    "drive dr way court ct terrace jalan jl soi ring".split()
)
#: What comes before the number of a house.
HOUSES = frozenset("no num number nr n d dom house h haus pelak plot".split())
#: What comes before or after the number of a part of a house, and of a box: such a number is no house number.
UNITS = frozenset(
    "building bldg bld b korpus korp kor k stroenie str stroyeniye block blk blok unit suite ste floor fl "
    "etage et etazh office of ofis offices room rm kom komnata pom pomeshchenie apartment apt kv kvartira "
    "flat tower shop level lvl piso local lit litera door entrance phase section zone wing hall".split()
)
#: Of these, what has the number of the house where no other is given.
BUILDINGS = frozenset("building bldg bld block blk blok korpus stroenie tower villa house".split())
BOXES = frozenset(("box", "pob", "apartado", "casilla"))
FILLERS = frozenset(
    "the of and near next to opposite behind in at by de la le du des del el al an von van der den po p o "
    "c f region oblast obl province prov district distr raion rayon city gorod g town village governorate "
    "state county republic federation code zip postal post after before between corner intersection".split()
)
NOTHING = STREETS | HOUSES | UNITS | FILLERS | BOXES
_TOKENS = re.compile(r"\d+[a-z]?(?![a-z0-9])|[a-z0-9]+")
_POSTCODE = re.compile(r"\d{5,7}")

Array = NDArray[Any]


@cache
def country_words() -> frozenset[str]:
    """Return the words in the names of countries; "Jordan Street" has to be told by something else."""
    names = [*CODES, *(country.name for country in pycountry.countries)]
    found = {word for name in names for word in _TOKENS.findall(anyascii(name).lower())}
    return frozenset(word for word in found if len(word) > 3)


class Place(NamedTuple):
    """An address taken apart. `houses`: numbers of houses as digits with a letter, in their order; each once."""

    words: tuple[str, ...]
    houses: tuple[str, ...]


@dataclass(frozen=True)
class Lived:
    """A listed party with its addresses, as the index takes it."""

    list_key: str
    version: str
    entry_id: str
    kind: str
    name: str
    addresses: tuple[str, ...]


class Found(NamedTuple):
    """A listed address that one asked about may be. `parties`: how many listed ones have this very address."""

    list_key: str
    version: str
    entry_id: str
    entry_kind: str
    entry_name: str
    address: str
    score: float
    alignment: tuple[Aligned, ...]
    parties: int


@lru_cache(maxsize=20_000)
def take_apart(address: str) -> Place:
    """Return the telling words of an address and its house numbers.

    Kinds of streets and parts of houses tell nothing. A number of five digits or more is a postcode and counts as
    a word; one beside a word for a part of a house, or for a box, is left out.
    """
    text = anyascii(clean(address[:LONGEST])).lower().replace("'", "").replace("`", "")
    found = list(_TOKENS.finditer(text))[:MOST_WORDS]
    words: list[str] = []
    houses: list[str] = []
    buildings: list[str] = []
    kept: list[str] | None = None  # where the number before went to
    for place, match in enumerate(found):
        token, before = match[0], found[place - 1][0] if place else ""
        if not token[0].isdigit():
            if len(token) > 1 and token not in NOTHING:
                words.append(token)
            continue
        part_of_a_number = before[:1].isdigit() and text[found[place - 1].end() : match.start()] in ("/", "-")
        if before in BOXES:
            kept = None
            continue
        if _POSTCODE.fullmatch(token) or not re.fullmatch(r"\d+[a-z]?", token):
            words.append(token)
            continue
        if not part_of_a_number:
            kept = buildings if before in BUILDINGS else None if before in UNITS else houses
        if kept is not None:
            kept.append(token.lstrip("0") or "0")
    return Place(tuple(dict.fromkeys(words)), tuple(dict.fromkeys(houses or buildings)))


def same_houses(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether house numbers can be those of one house: every one of the side that gives fewer is on the other."""
    few, many = sorted((one, other), key=len)
    return all(any(_same_house(number, against) for against in many) for number in few)


def _same_house(one: str, other: str) -> bool:
    digits = one.rstrip("abcdefghijklmnopqrstuvwxyz"), other.rstrip("abcdefghijklmnopqrstuvwxyz")
    return digits[0] == digits[1] and (one == other or one.isdigit() or other.isdigit())


class Builder:
    """Writes the index of addresses of a state of the lists."""

    def __init__(self) -> None:
        self.parties: list[list[str]] = []
        self.texts: list[str] = []
        self.of = array("i")
        self.places: list[Place] = []

    def add(self, party: Lived) -> None:
        number = len(self.parties)
        self.parties.append([party.list_key, party.version, party.entry_id, party.kind, party.name])
        for address in dict.fromkeys(party.addresses):
            place = take_apart(address)
            if len(place.words) + len(place.houses) > 1:
                self.of.append(number)
                self.texts.append(address)
                self.places.append(place)

    def save(self, folder: Path) -> None:
        keys, values = array("Q"), array("i")
        for number, place in enumerate(self.places):
            for key in {_key(word) for word in place.words}:
                keys.append(key)
                values.append(number)
        found = np.array(keys, np.uint64)
        order = np.argsort(found, kind="stable")
        np.save(folder / "address_keys.npy", found[order])
        np.save(folder / "address_values.npy", np.array(values, np.int32)[order])
        np.save(folder / "address_of.npy", np.array(self.of, np.int32))
        alike_count = Counter(
            {place: len({self.of[n] for n in numbers}) for place, numbers in self._by_place().items()}
        )
        shared = [alike_count[_sorted(place)] for place in self.places]
        np.save(folder / "address_shared.npy", np.array(shared, np.int32))
        (folder / "addresses.json").write_text(
            json.dumps([self.parties, self.texts], ensure_ascii=False), encoding="utf-8"
        )

    def _by_place(self) -> dict[Place, list[int]]:
        found: dict[Place, list[int]] = {}
        for number, place in enumerate(self.places):
            found.setdefault(_sorted(place), []).append(number)
        return found


def _sorted(place: Place) -> Place:
    return Place(tuple(sorted(place.words)), tuple(sorted(place.houses)))


def _key(word: str) -> int:
    """Return what brings spellings of a word together: its consonants; a number is itself."""
    return key_hash(word if any(c.isdigit() for c in word) else f"~{skeleton(word)}")


def build(folder: Path, parties: Iterable[Lived]) -> None:
    """Write the index of addresses into a folder."""
    builder = Builder()
    for party in parties:
        builder.add(party)
    builder.save(folder)


class Addresses:
    """The opened index of addresses; read-only."""

    def __init__(self, folder: Path) -> None:
        self.keys: Array = np.load(folder / "address_keys.npy", mmap_mode="r")
        self.values: Array = np.load(folder / "address_values.npy", mmap_mode="r")
        self.of: Array = np.load(folder / "address_of.npy", mmap_mode="r")
        self.shared: Array = np.load(folder / "address_shared.npy", mmap_mode="r")
        self.parties, self.texts = json.loads((folder / "addresses.json").read_text(encoding="utf-8"))

    def search(self, address: str, *, top: int = 10, least: float = THRESHOLD) -> list[Found]:
        """Return the listed parties at an address, best first, each once, with a score of `least` or more.

        None for what is only a country, a town or a box: something rarer has to be shared.
        """
        asked = take_apart(address)
        if not asked.words or not self.texts:
            return []
        promise = np.zeros(len(self.texts), np.float32)
        for key in {_key(word) for word in asked.words}:
            where = self._postings(key)
            promise[where] += self._weight(len(where))
        order = np.argsort(-promise, kind="stable")[: 4 * LAID_OUT]
        best: dict[int, Found] = {}
        laid_out = 0
        for number in order.tolist():
            if promise[number] <= 0 or laid_out >= LAID_OUT:
                break
            listed = take_apart(self.texts[number])
            if asked.houses and listed.houses and not same_houses(asked.houses, listed.houses):
                continue
            laid_out += 1
            found = self._compared(asked, listed, number)
            party = int(self.of[number])
            if found.score >= least and (party not in best or found.score > best[party].score):
                best[party] = found
        return sorted(best.values(), key=lambda one: -one.score)[:top]

    def _postings(self, key: int) -> Array:
        wanted = np.uint64(key)
        first, last = np.searchsorted(self.keys, wanted), np.searchsorted(self.keys, wanted, side="right")
        return self.values[first:last]

    def _weight(self, count: int) -> float:
        """How much a word tells that stands in so many addresses: 1 for one that stands in no other.

        Of a few addresses, such as those that a version of a list adds, each word tells as much as among many.
        """
        many = max(len(self.texts), FEW)
        return math.log((many + 1) / (count + 1)) / math.log(many + 2) if count else 1.0

    @lru_cache(maxsize=50_000)  # noqa: B019 - an index lives as long as its process
    def weight_of(self, word: str) -> float:
        weight = self._weight(len(self._postings(_key(word))))
        return min(weight, COUNTRY) if word in country_words() else weight

    def _compared(self, asked: Place, listed: Place, number: int) -> Found:
        links = sorted(
            (
                (alike(one, other), i, j)
                for i, one in enumerate(asked.words)
                for j, other in enumerate(listed.words)
            ),
            key=lambda link: (-link[0][0], link[1], link[2]),
        )
        pairs: list[Aligned] = []
        left, right = set(range(len(asked.words))), set(range(len(listed.words)))
        shared = rare = 0.0
        for (similarity, rule), i, j in links:
            if similarity < ALIKE or i not in left or j not in right:
                continue
            left.discard(i)
            right.discard(j)
            weight = (self.weight_of(asked.words[i]) + self.weight_of(listed.words[j])) / 2
            pairs.append(Aligned(asked.words[i], listed.words[j], similarity, rule, round(weight, 3)))
            shared += weight * similarity
            rare = max(rare, weight)
        houses = bool(asked.houses and listed.houses)
        if houses:
            pairs.append(Aligned(" ".join(asked.houses), " ".join(listed.houses), 1.0, "house", 1.0))
        mine = sum(self.weight_of(asked.words[i]) for i in left)
        theirs = sum(self.weight_of(listed.words[j]) for j in right)
        pairs += [Aligned(asked.words[i], "", 0.0, "missing_in_list", 0.0) for i in sorted(left)]
        pairs += [Aligned("", listed.words[j], 0.0, "missing_in_application", 0.0) for j in sorted(right)]
        against = AGAINST * min(mine, theirs) + MORE * abs(mine - theirs)
        # Where streets have numbers for names, three numbers in a town are as rare as a name.
        numbers = min(len(asked.houses), len(listed.houses))
        known_by_numbers = numbers >= NUMBERS_FOR_A_NAME and shared > 0
        known_by_words = shared >= (ENOUGH if houses else ENOUGH_UNNUMBERED) and rare >= RARE
        enough = known_by_words or known_by_numbers
        whole = shared + (1.0 if houses else 0.0)
        score = whole / (whole + against) if enough else 0.0
        parties = int(self.shared[number])
        if parties >= SHARED:
            score *= SHARED_LEFT
        list_key, version, entry_id, kind, name = self.parties[int(self.of[number])]
        address = self.texts[number]
        return Found(list_key, version, entry_id, kind, name, address, round(score, 4), tuple(pairs), parties)
