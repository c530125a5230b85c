"""No name, however hostile, takes screening more than 200 ms; one of more than 300 characters is refused.

Over about 35,000 listed names. Measured is the processor time of this process, not the clock on the wall: a busy
machine does not fail it, and a slow one may. What Python's garbage collector takes in a full round is told apart:
it meets one name or another by chance.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import re
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import django

from bench.screening.generate import generate
from bench.screening.parties import Party, read
from bench.screening.peers.ours import listed
from config.embedded.folder import ROOT
from config.embedded.progress import complain, step, table
from proofs._hostile_names import Material, hostile
from screening.engine import lexicon
from screening.engine.index import Index, build
from screening.engine.words import LONGEST

LISTS = ROOT.parent / "shared" / "data" / "lists" / "list_open.jsonl.gz"
NAMES = 35_000
MOST = 200.0  # ms
WORST = 10
PAUSES: list[float] = []  # ms that full rounds of the garbage collector took
_round_began = 0.0


class Asked(NamedTuple):
    """What one name took, in ms of processor time."""

    took: float
    kind: str
    name: str


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente prove hostile", description=__doc__)
    parser.add_argument(
        "--list", type=Path, default=LISTS, help="JSON lines of list-open (default: %(default)s)"
    )
    parser.add_argument("--count", type=int, default=6000, help="names asked about (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=1, help="another one asks other names (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if options.list.exists():
        parties = list(_enough(read(options.list)))
    else:
        complain(
            f"{options.list} IS NOT THERE: asked are FICTIONAL, GENERATED names. Name a list with --list."
        )
        parties = list(_enough(generate(_invented(), NAMES)))
    names = [name for party in parties for name, _kind in party.names]
    of = Material(names, _words(names))
    with tempfile.TemporaryDirectory() as folder:
        with step(f"index {len(names):,} names"):
            build(Path(folder), listed(parties))
        index = Index(Path(folder))
        with step(f"ask about {options.count:,} hostile names"):
            gc.callbacks.append(_note_pause)
            asked = sorted(_ask(index, of, options.count, options.seed), reverse=True)
        over = [(each, _took(index, each.name)) for each in asked if each.took > MOST]
        gc.callbacks.remove(_note_pause)
        refused = _refuses_longer(index)
    shown = [[f"{each.took:7.1f}", each.kind, _plain(each.name)] for each in asked[:WORST]]
    print(f"The {WORST} slowest, in ms of processor time:\n{table(['ms', 'kind', 'name'], shown)}")
    print(
        f"Half took less than {asked[len(asked) // 2].took:.1f} ms, 99 of 100 less than {_of(asked, 0.99):.1f} ms."
    )
    if PAUSES:
        told = f"{len(PAUSES)} times, {max(PAUSES):.0f} ms at most"
        print(f"The garbage collector made a full round {told}, which is counted to no name.")
    for each, again in over:
        print(f"{each.took:.1f} ms, asked again {again:.1f} ms, {each.kind}: {each.name!a}")
    if over:
        print(f"NOT PROVED: {len(over)} of {len(asked):,} names took more than {MOST:.0f} ms.")
    if not refused:
        print(f"NOT PROVED: a name of {LONGEST + 1} characters was not refused.")
    if over or not refused:
        return 1
    print("Proved.")
    return 0


def _ask(index: Index, of: Material, count: int, seed: int) -> Iterator[Asked]:
    """Yield what each name took."""
    for name in of.names[:50]:  # the files are read before, as in a process that has worked for a while
        _took(index, name)
    gc.collect()
    gc.freeze()  # what this proof holds, and no worker does, is not to be gone through by the garbage collector
    for kind, name in hostile(of, count, seed):
        yield Asked(_took(index, name), kind, name)


def _took(index: Index, name: str) -> float:
    """Ask about a name as a partner may, down to the least likeness; return the ms, explanation included."""
    from screening.matching import screen

    before, began = sum(PAUSES), time.process_time()
    screen(name, index=index, least=0.0)
    return (time.process_time() - began) * 1000 - (sum(PAUSES) - before)


def _note_pause(phase: str, info: dict[str, int]) -> None:
    """Note how long a full round of the garbage collector takes."""
    global _round_began
    if info["generation"] == 2:
        if phase == "start":
            _round_began = time.process_time()
        else:
            PAUSES.append((time.process_time() - _round_began) * 1000)


def _refuses_longer(index: Index) -> bool:
    from core.errors import Invalid
    from screening.matching import screen

    for name in ("a" * (LONGEST + 1), "ab " * LONGEST, "ﷺ" * (LONGEST + 1)):
        try:
            screen(name, index=index)
        except Invalid:
            continue
        return False
    return True


def _enough(parties: Iterator[Party]) -> Iterator[Party]:
    names = 0
    for party in parties:
        if names >= NAMES:
            return
        names += len(party.names)
        yield party


def _invented() -> Iterator[Party]:
    """Yield fictional parties that names are made of, by words of the lexicon and syllables."""
    dice = random.Random(7)
    syllables = re.findall("..", "badefoguhajikolamuneorpiqarosutaulviwoxeyazu")
    given = [word for line in _lines("names.txt") for word in line.split()]
    common = [line.partition("=")[0].strip() for line in _lines("glossary.txt")]

    def invented() -> str:
        return "".join(dice.choices(syllables, k=dice.randint(2, 5)))

    for number in range(6000):
        if number % 2:
            yield Party(f"made:{number}", "person", f"{dice.choice(given)} {dice.choice(given)} {invented()}")
        else:
            name = f"{invented()} {dice.choice(common)} {dice.choice(common)} company"
            yield Party(f"made:{number}", "company", name)


def _lines(name: str) -> list[str]:
    """Return what a file of the lexicon says."""
    lines = (Path(lexicon.__file__).parent / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _words(names: Sequence[str]) -> list[str]:
    found = Counter(word for name in names for word in re.findall(r"\w+", name.casefold()))
    return [word for word, _count in found.most_common()]


def _of(asked: Sequence[Asked], share: float) -> float:
    return asked[int(len(asked) * (1 - share))].took


def _plain(name: str) -> str:
    """A name as a terminal shows it: its beginning, what cannot be seen written out."""
    text = "".join(c if unicodedata.category(c)[0] not in "CM" else f"<{ord(c):x}>" for c in name)
    return f"{text[:60]}{'…' if len(text) > 60 else ''}"
