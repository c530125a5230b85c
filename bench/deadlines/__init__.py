"""How late a lapse is applied: a million open windows, a steady stream, ten thousand in one instant."""

from __future__ import annotations

from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Measure; return 0 only if every figure asked for is reached."""
    # Workers of the broker's own timers import this package: nothing heavy above this line.
    from bench.deadlines.main import main

    return main(arguments)
