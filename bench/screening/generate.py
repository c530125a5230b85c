"""A million listed names out of list_open: a fixed seed gives the same parties everywhere.

Words are recombined within their kind of party and their place in a name (first, inner, last), so that they are as
common and as rare as in real lists. Names in other scripts are taken apart likewise; beside them a share of the
recombined names is spelt in Cyrillic or Arabic letters by simple tables, or in Chinese characters by sound.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from bench.screening.parties import Party, Question

SEED = 20260301
CYRILLIC_SHARE, ARABIC_SHARE, CHINESE_SHARE, ORIGINAL_SHARE = 0.06, 0.05, 0.03, 0.5
KIND_SHARES = {"person": 0.48, "company": 0.46, "vessel": 0.05, "aircraft": 0.01}
ALIASES = (0, 0, 1, 1, 2, 3)  # how many akas a party has, drawn evenly: 2.2 names each

CYRILLIC = {
    "shch": "щ",
    "sch": "щ",
    "zh": "ж",
    "kh": "х",
    "ts": "ц",
    "ch": "ч",
    "sh": "ш",
    "yu": "ю",
    "ya": "я",
    **dict(zip("abcdefghijklmnopqrstuvwxyz", "абкдефгхижклмнопкрстуввкйз", strict=True)),
}
ARABIC = {
    "kh": "خ",
    "sh": "ش",
    "th": "ث",
    "dh": "ذ",
    "gh": "غ",
    "ch": "تش",
    "ou": "و",
    "ee": "ي",
    "oo": "و",
    **dict(zip("abcdefghijklmnopqrstuvwxyz", "ابكدهفجحيجكلمنوبقرستوفوكيز", strict=True)),
}
CHINESE = dict(
    zip(
        "ba be bo da de di du fa fe fu ga ge gu ha he hu ji ka ke ku la le li lo lu ma me mi mo mu na ne ni no nu "
        "pa pe pi po qi ra re ri ro ru sa se si so su ta te ti to tu va ve vi wa wu xi ya ye yi yu za ze zi "
        "zu".split(),
        "巴贝博达德迪杜法费福加格古哈赫胡吉卡克库拉莱利洛卢马梅米莫穆纳内尼诺努帕佩皮波齐拉雷里罗鲁萨塞西索苏塔特季托图"
        "瓦韦维瓦武西亚耶伊尤扎泽济祖",
        strict=True,
    )
)


class Words:
    """The words of one kind of party by their place in a name, as often as they occur."""

    def __init__(self) -> None:
        self.latin: tuple[list[str], list[str], list[str]] = ([], [], [])
        self.original: list[list[str]] = []
        self.lengths: list[int] = []

    def take(self, name: str) -> None:
        words = name.split()
        if not name.isascii() and not _is_latin(name):
            self.original.append(words)
        elif words:
            self.lengths.append(min(len(words), 9))
            for place, word in enumerate(words):
                self.latin[0 if place == 0 else 2 if place == len(words) - 1 else 1].append(word)

    def name(self, dice: random.Random) -> str:
        """Return a recombined name in Latin letters."""
        length = dice.choice(self.lengths)
        first, inner, last = (each or self.latin[0] for each in self.latin)
        words = [dice.choice(first), *(dice.choice(inner) for _ in range(length - 2))]
        return " ".join([*words, dice.choice(last)] if length > 1 else words)

    def name_in_characters(self, dice: random.Random) -> str:
        """Return a name out of two that are listed in another script."""
        one, other = dice.choice(self.original), dice.choice(self.original)
        if len(one) > 1:
            return " ".join([*one[:-1], other[-1]])
        return one[0][: max(1, len(one[0]) // 2)] + other[-1][len(other[-1]) // 2 :]


def generate(parties: Iterable[Party], names: int, seed: int = SEED) -> Iterator[Party]:
    """Yield parties until they have at least `names` names together."""
    words = {kind: Words() for kind in KIND_SHARES}
    for party in parties:
        for name, strength in party.names:
            if strength != "weak":
                words[party.kind].take(name)
    dice = random.Random(seed)
    kinds = [kind for kind in KIND_SHARES if words[kind].lengths]
    shares = [KIND_SHARES[kind] for kind in kinds]
    made = number = 0
    while made < names:
        kind = dice.choices(kinds, shares)[0]
        primary = words[kind].name(dice)
        akas = [_aka(primary, words[kind], dice) for _ in range(dice.choice(ALIASES))]
        born = (f"{dice.randint(1935, 2004)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",)
        number += 1
        party = Party(
            f"made:{number}",
            kind,
            primary,
            tuple(akas),
            born=born if kind == "person" else (),
            identifiers=(f"{dice.randrange(10**9, 10**10)}",) if dice.random() < 0.3 else (),
        )
        made += len(party.names)
        yield party


def _aka(name: str, words: Words, dice: random.Random) -> str:
    """Return another name: in another script, of other words, or the same with one word exchanged."""
    draw = dice.random()
    if (draw := draw - CYRILLIC_SHARE) < 0:
        return spell(name, CYRILLIC)
    if (draw := draw - ARABIC_SHARE) < 0:
        return spell(name, ARABIC)
    if (draw := draw - CHINESE_SHARE) < 0:
        return spell(name, CHINESE) or name
    if words.original and draw < 0.04:
        return words.name_in_characters(dice)
    if draw < ORIGINAL_SHARE:
        return words.name(dice)
    parts = name.split()
    parts[dice.randrange(len(parts))] = dice.choice(words.latin[0])
    return " ".join(parts)


def spell(name: str, letters: dict[str, str]) -> str:
    """Spell a name in Latin letters by a table, the longest piece first; what it does not know is left out."""
    plain = unicodedata.normalize("NFKD", name).lower()
    longest = max(map(len, letters))
    out: list[str] = []
    place = 0
    while place < len(plain):
        for size in range(longest, 0, -1):
            if (piece := plain[place : place + size]) in letters and len(piece) == size:
                out.append(letters[piece])
                place += size
                break
        else:
            if plain[place] == " " and out and out[-1] != " ":
                out.append(" ")
            place += 1
    return "".join(out).strip()


def _is_latin(name: str) -> bool:
    return all("LATIN" in unicodedata.name(letter, "") for letter in name if letter.isalpha())


def misspelt(parties: Sequence[Party], count: int, seed: int = SEED) -> list[tuple[Question, str]]:
    """Return questions of one or two errors each with the entry they are of."""
    dice = random.Random(seed + 1)
    asked = []
    for party in dice.choices(parties, k=count):
        name = dice.choice([name for name, _ in party.names])
        for _ in range(dice.randint(1, 2)):
            name = _with_error(name, dice)
        asked.append((Question(name, schema=party.kind), party.entry_id))
    return asked


def _with_error(name: str, dice: random.Random) -> str:
    """Return a name with a letter left out, doubled, exchanged with its neighbour or replaced by another of it."""
    letters = [place for place, letter in enumerate(name) if letter.isalpha()]
    if len(letters) < 4:
        return name
    place = dice.choice(letters[:-1])
    before, letter, after = name[:place], name[place], name[place + 1 :]
    return dice.choice(
        (
            before + after,
            before + letter + letter + after,
            before + after[:1] + letter + after[1:],
            before + name[dice.choice(letters)] + after,
        )
    )
