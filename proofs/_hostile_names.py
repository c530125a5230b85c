"""Names that somebody would file to make screening slow: a small generator for each kind, the same for one seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.screening.generate import ARABIC, CHINESE, CYRILLIC, spell
from screening.engine.words import LONGEST

MARKS = [chr(code) for code in range(0x0300, 0x0370)]
CONTROLS = [chr(code) for code in (*range(1, 32), 127, *range(128, 160))]
BIDI = list("\u202a\u202b\u202d\u202e\u202c\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
UNSEEN = list("\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\ufe0f")
EMOJI = ["😀", "🚢", "👩‍👩‍👧‍👦", "🏴‍☠️", "🇩🇪", "❤️"]
SWELLING = list("ﷺ㍿㌀㋿㈝㎉½")  # one character that compatibility forms write as many
LOOKALIKES = dict(zip("aceopxyABEHKMOPCTX", "асеорхуАВЕНКМОРСТХ", strict=True))
BRACKETS = [("(", ")"), ("[", "]"), ("（", "）"), ("【", "】")]
ALSO = [" a.k.a. ", " aka ", "; ", " / ", " formerly ", " d.b.a. ", " | ", " alias "]
FORMS = "ltd llc gmbh inc corp sa spa ag plc ooo oao zao fze jsc co limited company".split()
INITIALS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Material:
    """What hostile names are made of: listed names, their words by how common they are, the commonest first."""

    names: Sequence[str]
    words: Sequence[str]


Kind = Callable[[random.Random, Material], str]


def _fill(draw: Callable[[], str], between: str = " ") -> str:
    """Return draws up to the length that is asked about, the last one whole."""
    text = draw()
    while len(longer := text + between + draw()) <= LONGEST:
        text = longer
    return text


def _common(dice: random.Random, of: Material, among: int = 60) -> str:
    return of.words[min(int(dice.paretovariate(0.8)) - 1, among, len(of.words) - 1)]


def repeated_word(dice: random.Random, of: Material) -> str:
    word = dice.choice((_common(dice, of), dice.choice(of.words)))
    return _fill(lambda: word)


def common_words(dice: random.Random, of: Material) -> str:
    return _fill(lambda: dice.choice(of.words[:200]))


def rare_words(dice: random.Random, of: Material) -> str:
    rare = of.words[len(of.words) // 2 :]
    return _fill(lambda: dice.choice(rare))


def commonest_among_rare(dice: random.Random, of: Material) -> str:
    return _fill(lambda: _common(dice, of) if dice.random() < 0.7 else dice.choice(of.words))


def two_letters(dice: random.Random, of: Material) -> str:
    return _fill(lambda: "".join(dice.choices(INITIALS, k=2)))


def initials(dice: random.Random, of: Material) -> str:
    return _fill(lambda: dice.choice(INITIALS), dice.choice((" ", ". ")))


def acronyms(dice: random.Random, of: Material) -> str:
    """First letters of listed names, and now and then a word that makes an organisation of it all."""

    def word() -> str:
        parts = dice.choice(of.names).split()
        return "".join(part[0] for part in parts)[:8] if dice.random() < 0.9 else "Company"

    return _fill(word)


def short_words(dice: random.Random, of: Material) -> str:
    short = [word for word in of.words if len(word) <= 4]
    return _fill(lambda: dice.choice(short))


def numbers(dice: random.Random, of: Material) -> str:
    return _fill(lambda: str(dice.randrange(10 ** dice.randint(1, 4))))


def legal_forms(dice: random.Random, of: Material) -> str:
    return _fill(lambda: dice.choice(FORMS) if dice.random() < 0.7 else _common(dice, of))


def names_in_a_row(dice: random.Random, of: Material) -> str:
    return _fill(lambda: dice.choice(of.names))[:LONGEST]


def near_copy(dice: random.Random, of: Material) -> str:
    name = dice.choice(of.names)
    for _error in range(dice.randint(1, 6)):
        place = dice.randrange(len(name))
        name = (
            dice.choice((name[:place] + name[place + 1 :], name[:place] + name[place] + name[place:])) or name
        )
    return name[:LONGEST]


def misspelt_in_a_row(dice: random.Random, of: Material) -> str:
    return _fill(lambda: near_copy(dice, of))[:LONGEST]


def misspelt_common_words(dice: random.Random, of: Material) -> str:
    def word() -> str:
        one = dice.choice(of.words[:300])
        place = dice.randrange(len(one))
        return one[:place] + dice.choice(INITIALS) + one[place + 1 :]

    return _fill(word)


def vowels_left_out(dice: random.Random, of: Material) -> str:
    return _fill(lambda: "".join(c for c in dice.choice(of.words[:500]) if c not in "aeiou") or "b")


def joined_words(dice: random.Random, of: Material) -> str:
    """Words without blanks between some of them."""
    return _fill(lambda: dice.choice(of.words[:400]), dice.choice(("", "-", "'", ".")))


def words_parted(dice: random.Random, of: Material) -> str:
    """Every word in pieces of two to three letters."""
    text = "".join(dice.choice(of.names).split())
    size = dice.randint(2, 3)
    whole = " ".join(text[at : at + size] for at in range(0, len(text), size))
    return _fill(lambda: whole)[:LONGEST]


def long_word(dice: random.Random, of: Material) -> str:
    letters = dice.choice((INITIALS, "ab", "aeiou", "bcdfgkl", "0123456789", "o0l1", "ا", "ж", "王李金"))
    return "".join(dice.choices(letters, k=LONGEST))


def combining_marks(dice: random.Random, of: Material) -> str:
    stack = dice.randint(1, 60)
    name = dice.choice(of.names)
    return "".join(c + "".join(dice.choices(MARKS, k=stack)) for c in name)[:LONGEST]


def mixed_scripts(dice: random.Random, of: Material) -> str:
    share = dice.random()
    text = names_in_a_row(dice, of)
    return "".join(LOOKALIKES.get(c, c) if dice.random() < share else c for c in text)


def other_script(dice: random.Random, of: Material) -> str:
    table = dice.choice((CYRILLIC, ARABIC, CHINESE))
    return _fill(lambda: spell(dice.choice(of.names), table) or "王")[:LONGEST]


def every_script(dice: random.Random, of: Material) -> str:
    def word() -> str:
        return spell(dice.choice(of.words[:800]), dice.choice((CYRILLIC, ARABIC, CHINESE))) or dice.choice(
            of.words
        )

    return _fill(word)[:LONGEST]


def chinese(dice: random.Random, of: Material) -> str:
    start = dice.choice((0x4E00, 0xAC00, 0x3040))
    width = {0x4E00: 20_000, 0xAC00: 11_000, 0x3040: 190}[start]
    return "".join(chr(start + dice.randrange(width)) for _ in range(LONGEST))


def unseen_between(dice: random.Random, of: Material) -> str:
    between = dice.choice((CONTROLS, BIDI, UNSEEN))
    return "".join(c + dice.choice(between) for c in names_in_a_row(dice, of))[:LONGEST]


def turned_around(dice: random.Random, of: Material) -> str:
    return _fill(lambda: f"\u202e{dice.choice(of.words)[::-1]}\u202c")


def emoji(dice: random.Random, of: Material) -> str:
    return _fill(lambda: dice.choice((dice.choice(EMOJI), dice.choice(of.words))), dice.choice(("", " ")))[
        :LONGEST
    ]


def swelling(dice: random.Random, of: Material) -> str:
    one = dice.choice(SWELLING)
    return _fill(lambda: one, dice.choice(("", " ")))


def bracketed(dice: random.Random, of: Material) -> str:
    def part() -> str:
        left, right = dice.choice(BRACKETS)
        return f"{_common(dice, of)} {left}{dice.choice(of.names)[:40]}{right}"

    return _fill(part)


def open_brackets(dice: random.Random, of: Material) -> str:
    return ("(" * dice.randint(1, 150) + names_in_a_row(dice, of))[:LONGEST]


def many_akas(dice: random.Random, of: Material) -> str:
    return _fill(lambda: dice.choice(of.names), dice.choice(ALSO))[:LONGEST]


def anything(dice: random.Random, of: Material) -> str:
    points = (dice.randrange(0x30000) for _ in range(LONGEST))
    return "".join(chr(point) for point in points if not 0xD800 <= point < 0xE000)


def two_together(dice: random.Random, of: Material) -> str:
    """The beginnings of two of the other kinds, one after another."""
    cut = dice.randint(20, LONGEST - 20)
    one, other = dice.sample(KINDS[:-1], 2)
    return f"{one(dice, of)[:cut]} {other(dice, of)}"[:LONGEST]


KINDS: tuple[Kind, ...] = (
    repeated_word, common_words, rare_words, commonest_among_rare, two_letters, initials, short_words, numbers,
    acronyms, legal_forms, names_in_a_row, near_copy, misspelt_in_a_row, misspelt_common_words, vowels_left_out,
    joined_words, words_parted, long_word, combining_marks, mixed_scripts, other_script, every_script, chinese,
    unseen_between, turned_around, emoji, swelling, bracketed, open_brackets, many_akas, anything, two_together,
)  # fmt: skip


def hostile(of: Material, count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield (kind, name), every kind as often, none longer than is asked about."""
    dice = random.Random(seed)
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        name = kind(dice, of)
        assert 0 < len(name) <= LONGEST, (kind.__name__, len(name))
        yield kind.__name__.replace("_", " "), name
