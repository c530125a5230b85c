"""Progress a person can watch: one line per step, with its seconds."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(label: str) -> Iterator[None]:
    """Print the label at once and the seconds when the step is done."""
    started = time.monotonic()
    print(f"  {label} ", end="", flush=True)
    try:
        yield
    except BaseException as reason:
        print("failed" if isinstance(reason, Exception) else "interrupted", flush=True)
        raise
    print(f"{'.' * max(3, 46 - len(label))} {time.monotonic() - started:5.1f} s", flush=True)


def table(headings: list[str], rows: list[list[str]]) -> str:
    """Return columns wide enough for their longest cell."""
    widths = [max(len(str(row[column])) for row in [headings, *rows]) for column in range(len(headings))]
    lines = [
        "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [headings, ["-" * width for width in widths], *rows]
    ]
    return "\n".join(lines)


def complain(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
