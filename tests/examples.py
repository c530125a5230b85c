"""How many examples a property is tried with: few, the same each time; in `./entente prove properties` many, new
each time."""

import os

from hypothesis import settings

TIMES = int(os.environ.get("ENTENTE_EXAMPLES", "1"))


def load() -> None:
    settings.register_profile(
        "entente", deadline=None, database=None, derandomize=TIMES == 1, print_blob=True
    )
    settings.load_profile("entente")


def examples(usual: int) -> int:
    return usual * TIMES
