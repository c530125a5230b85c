"""Questions about listed parties that pairs.csv never asks about, drawn by a seed: nobody tuned on them.

The classes are those of pairs.csv, made anew: a name written otherwise leads to its party, a name that only
resembles one leads nowhere. Beside them stand the akas and the other lists' spellings that pairs.csv leaves out.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from bench.screening.cases import (
    ALIASES,
    CROSSLIST,
    EVERYTHING,
    HELD_OUT,
    NEAR_MISS,
    PERSONS,
    SYNTHETIC,
    Case,
    in_validation,
)
from bench.screening.parties import Party, Question, fold

EACH = 250  # parties that every class of variants and near-misses is made of
AKAS, PEOPLE = 800, 2_500
FIELD = 20  # characters of the field that cuts a name off
ELSEWHERE = ("eu", "un", "csl", "ofac")

VOWELS = str.maketrans("", "", "aeiouAEIOU")
LOOKALIKE = str.maketrans("AEOPCMTXHKaeopcx", "АЕОРСМТХНКаеорсх")
SCANNED = (("I", "l"), ("l", "I"), ("O", "0"), ("S", "5"), ("rn", "m"), ("m", "rn"), ("B", "8"))
SAID = (("kh", "h"), ("sh", "s"), ("c", "k"), ("s", "z"), ("y", "i"), ("ph", "f"), ("q", "k"), ("v", "w"))
SPELT = (
    ("Aleksandr", "Alexander"), ("Sergey", "Sergei"), ("Muhammad", "Mohamed"), ("Mohammad", "Muhammad"),
    ("Ahmad", "Ahmed"), ("Hussein", "Husayn"), ("Yusuf", "Yousef"), ("Dmitry", "Dmitrii"), ("Yuri", "Yury"),
    ("Hasan", "Hassan"), ("Mikhail", "Michael"), ("Andrey", "Andrei"), ("Evgeny", "Yevgeniy"),
)  # fmt: skip
NEIGHBOURS = {
    letter: row[max(at - 1, 0) : at] + row[at + 1 : at + 2]
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for at, letter in enumerate(row)
}

Dice = random.Random
Make = Callable[[str, Dice], str]


def draw(parties: Sequence[Party], asked: set[str], seed: int) -> list[Case]:
    """Return the questions of a seed: none is about a party whose id is in `asked`."""
    fresh = [party for party in parties if party.entry_id not in asked and party.name.isascii()]
    return [
        *_other_lists(parties, asked),
        *_akas(fresh, Dice(f"akas {seed}")),
        *_variants(fresh, Dice(f"variants {seed}")),
        *_near_misses(parties, fresh, Dice(f"near misses {seed}")),
        *_people(parties, fresh, Dice(f"people {seed}")),
    ]


def _case(figure: str, variation: str, scope: str, name: str, party: Party) -> Case:
    half = in_validation(party.entry_id)
    return Case(figure, variation, scope, Question(name, schema=party.kind), party.entry_id, half)


def _other_lists(parties: Sequence[Party], asked: set[str]) -> Iterator[Case]:
    """Yield the primary names of parties that share a number with one party of another list, asked there."""
    by_number: dict[str, set[str]] = defaultdict(set)
    by_id = {party.entry_id: party for party in parties}
    for party in parties:
        for number in party.identifiers:
            if len(plain := fold(number)) > 5:
                by_number[plain].add(party.entry_id)
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for together in by_number.values():
        for one in together:
            for other in together:
                if _list(one) != _list(other):
                    found[one, _list(other)].add(other)
    for (one, to), others in sorted(found.items()):
        other = min(others)
        alone = len(others) == 1 and found[other, _list(one)] == {one}
        if alone and not asked & {one, other} and _resemble(by_id[one], by_id[other]):
            yield _case(CROSSLIST, f"{_list(one)}->{to}", to, by_id[one].name, by_id[other])


def _resemble(one: Party, other: Party) -> bool:
    """Return whether two are of one kind and share a word: a vessel or a bank under a new name cannot be found."""
    words = [
        {fold(word) for name, _kind in party.names for word in name.split() if len(word) > 3}
        for party in (one, other)
    ]
    return one.kind == other.kind and one.kind != "vessel" and not words[0].isdisjoint(words[1])


def _list(entry_id: str) -> str:
    return entry_id.partition(":")[0]


def _akas(fresh: Sequence[Party], dice: Dice) -> Iterator[Case]:
    """Yield strong akas of OFAC; at most two of one party."""
    own = [party for party in fresh if party.list_key == "ofac" and party.aliases]
    several = [
        (party, name) for party in own for name in dice.sample(party.aliases, min(2, len(party.aliases)))
    ]
    for party, name in dice.sample(several, min(AKAS, len(several))):
        if fold(name) != fold(party.name):
            yield _case(ALIASES, "official_aka", HELD_OUT, name, party)


def _variants(fresh: Sequence[Party], dice: Dice) -> Iterator[Case]:
    for variation, make in VARIANTS.items():
        made = 0
        for party in dice.sample(fresh, len(fresh)):
            name = make(party.name, dice)
            if name and name != party.name:
                yield _case(SYNTHETIC, variation, EVERYTHING, name, party)
                made += 1
            if made == EACH:
                break


def _at(name: str, dice: Dice, change: Callable[[str], str], least: int = 4) -> str:
    """Change a random letter of a random word that is long enough, but its first one."""
    words = name.split()
    places = [at for at, word in enumerate(words) if sum(map(str.isalpha, word)) >= least]
    if not places:
        return ""
    place = dice.choice(places)
    word = words[place]
    at = dice.choice([at for at, letter in enumerate(word) if at and letter.isalpha()] or [0])
    words[place] = word[:at] + change(word[at]) + word[at + 1 :]
    return " ".join(words)


def _typo(letter: str, dice: Dice) -> str:
    near = NEIGHBOURS.get(letter.lower())
    if not near:
        return letter
    other = dice.choice(near)
    return other.upper() if letter.isupper() else other


def _swapped(name: str, dice: Dice) -> str:
    places = [at for at in range(len(name) - 1) if name[at : at + 2].isalpha() and name[at] != name[at + 1]]
    if not places:
        return ""
    at = dice.choice(places)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _replaced(name: str, dice: Dice, pairs: Sequence[tuple[str, str]]) -> str:
    folded = name.lower()
    fits = [(old, new) for old, new in pairs if (old in name if old[0].isupper() else old in folded)]
    if not fits:
        return ""
    old, new = dice.choice(fits)
    at = name.find(old) if old[0].isupper() else folded.find(old)
    return name[:at] + new + name[at + len(old) :]


def _bare(name: str, dice: Dice) -> str:
    return " ".join(word[0] + word[1:].translate(VOWELS) for word in name.split())


def _lookalike(name: str, dice: Dice) -> str:
    places = [at for at, letter in enumerate(name) if letter.translate(LOOKALIKE) != letter]
    if not places:
        return ""
    at = dice.choice(places)
    return name[:at] + name[at].translate(LOOKALIKE) + name[at + 1 :]


def _initial(name: str, dice: Dice) -> str:
    words = name.split()
    return " ".join([f"{words[0][0]}.", *words[1:]]) if len(words) > 1 and words[0][0].isalpha() else ""


def _without_second(name: str, dice: Dice) -> str:
    words = name.split()
    return " ".join([words[0], *words[2:]]) if len(words) > 2 else ""


def _turned(name: str, dice: Dice) -> str:
    return " ".join(reversed(name.split()))


def _joined(name: str, dice: Dice) -> str:
    words = name.split()
    at = dice.randrange(len(words) - 1) if len(words) > 1 else 0
    return " ".join([*words[:at], words[at] + words[at + 1], *words[at + 2 :]]) if len(words) > 1 else ""


VARIANTS: dict[str, Make] = {
    "a letter doubled": lambda name, dice: _at(name, dice, lambda letter: letter * 2),
    "a letter left out": lambda name, dice: _at(name, dice, lambda letter: "", 5),
    "a neighbouring key": lambda name, dice: _at(name, dice, lambda letter: _typo(letter, dice)),
    "letters swapped": _swapped,
    "a letter of another script": _lookalike,
    "an unseen character": lambda name, dice: _at(name, dice, lambda letter: letter + "\u200b", 2),
    "as it sounds": lambda name, dice: _replaced(name, dice, SAID),
    "as a scanner reads it": lambda name, dice: _replaced(name, dice, SCANNED),
    "another spelling": lambda name, dice: _replaced(name, dice, SPELT),
    "without vowels": _bare,
    "an initial first": _initial,
    "the second word dropped": _without_second,
    "in reverse": _turned,
    "two words joined": _joined,
    "with a title": lambda name, dice: f"{dice.choice(('Dr.', 'Sheikh', 'Prof.', 'Haji', 'Mr.'))} {name}",
    "cut off": lambda name, dice: name[:FIELD].strip() if len(name) > FIELD else "",
}


def _near_misses(parties: Sequence[Party], fresh: Sequence[Party], dice: Dice) -> Iterator[Case]:
    """Yield names that share words, or the look of a word, with listed ones and are none of them."""
    known = {fold(name) for party in parties for name, _kind in party.names}
    named = [party.name.replace(",", "").split() for party in fresh]
    several = [words for words in named if len(words) > 1]
    for variation, make in (
        ("words of two parties", lambda one, other: [one[0], other[-1]]),
        ("a word of another party", lambda one, other: [*one[:-1], other[0]]),
        ("a word that only begins and ends alike", lambda one, other: _disguised(one, dice)),
        ("another number", lambda one, other: _renumbered(one, dice)),
    ):
        made = 0
        for one in dice.sample(several, len(several)):
            words = make(one, dice.choice(named))
            name = " ".join(words)
            if words and made < 2 * EACH and fold(name) not in known:
                made += 1
                yield Case(NEAR_MISS, variation, EVERYTHING, Question(name), "", in_validation(name))


def _disguised(words: list[str], dice: Dice) -> list[str]:
    places = [at for at, word in enumerate(words) if len(word) > 5 and word.isalpha()]
    if not places:
        return []
    word = words[place := dice.choice(places)]
    middle = dice.choice("aeiou") + dice.choice("lnrst")
    made = word[0] + (middle if dice.random() < 0.5 else middle[::-1]) + word[-1]
    return [*words[:place], made, *words[place + 1 :]]


def _renumbered(words: list[str], dice: Dice) -> list[str]:
    places = [at for at, word in enumerate(words) if word.isdigit()]
    if not places:
        return []
    place = dice.choice(places)
    return [*words[:place], str(int(words[place]) + dice.randrange(1, 60)), *words[place + 1 :]]


def _people(parties: Sequence[Party], fresh: Sequence[Party], dice: Dice) -> Iterator[Case]:
    """Yield given names of listed persons with family names of others of the same country: mostly nobody listed."""
    known = {fold(name) for party in parties for name, _kind in party.names}
    families: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for party in fresh:
        family, comma, given = party.name.partition(", ")
        if party.kind == "person" and comma and party.countries:
            families[party.countries[0]].append((family, given))
    names = [
        f"{given} {family}"
        for country in sorted(families)
        for family, _own in families[country]
        for _other, given in [dice.choice(families[country])]
        if fold(f"{family} {given}") not in known
    ]
    for name in dice.sample(names, min(PEOPLE, len(names))):
        yield Case(
            PERSONS, "recombined", EVERYTHING, Question(name, schema="person"), "", in_validation(name)
        )
