"""Our screening and what people use today: same lists, same questions, one run."""

from __future__ import annotations

from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Measure; return 0 if every figure asked of our engine is reached."""
    # Peers run this package's worker in an environment without the platform: nothing heavy above this line.
    from bench.screening.main import main

    return main(arguments)
