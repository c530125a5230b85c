"""A list of any size for measuring: names recombined from a real list by a fixed seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Any

from screening.engine.index import Listed

SEED = 20260601
#: Latin letters as they may be written in Cyrillic and Greek: a share of the names is written so.
CYRILLIC = str.maketrans("abcdefghijklmnopqrstuvwxyz", "абцдефгхижклмнопярстувшхыз")
ARABIC = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ابكدهفغحيجكلمنوبقرستوفوخيز")


def recombined(entities: Iterable[dict[str, Any]], names: int, *, seed: int = SEED) -> Iterator[Listed]:
    """Yield parties with `names` names in all: words of real names of one kind, shuffled among each other.

    One name in twelve is written in Cyrillic, one in thirty in Arabic script; one entry in three has aliases. The
    same entities, number and seed give the same parties.
    """
    rng = random.Random(seed)
    shapes: dict[str, list[list[str]]] = {}
    for entity in entities:
        for name in [entity["name"], *entity["aliases"]]:
            words = name.split()
            if words:
                shapes.setdefault(entity["type"], []).append(words)
    kinds = sorted(shapes)
    weights = [len(shapes[kind]) for kind in kinds]
    pools = {kind: [word for words in shapes[kind] for word in words] for kind in kinds}
    made, number = 0, 0
    while made < names:
        kind = rng.choices(kinds, weights)[0]
        count = min(1 + (rng.random() < 0.33) * rng.randint(1, 3), names - made)
        listed = []
        for place in range(count):
            shape = rng.choice(shapes[kind])
            words = [rng.choice(pools[kind]) if rng.random() < 0.6 else word for word in shape]
            name = " ".join(words)[:200]
            script = rng.random()
            if script < 1 / 12:
                name = name.lower().translate(CYRILLIC)
            elif script < 1 / 12 + 1 / 30:
                name = name.lower().translate(ARABIC)
            listed.append((name, "primary" if place == 0 else "alias"))
        number += 1
        made += count
        yield Listed("made", str(seed), f"made:{number}", kind, listed[0][0], tuple(listed))
