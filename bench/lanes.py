"""From submission to routed in the humanitarian lane: quiet, and with ten times the load in the standard lane.

Both lanes get the same number of cases while it is quiet; in the surge the standard lane gets ten times as many,
filed by a process of its own at a fixed rate, whatever becomes of them.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from bench import _cases
from config.embedded.progress import step
from config.embedded.report import Figure, percentile, publish
from config.embedded.trial import Trial, trial

RELIEF = {
    "kind": "humanitarian", "provider": "red_cross", "supply": "medical", "reference": "",
    "explanation": "Field surgery for a camp.", "people": 9000,
}  # fmt: skip
TIMES = 10  # the surge
WORST, MORE = 1.5, 2.0  # the bound: times the quiet 95th percentile, or seconds more, whichever is larger
QUIET = 0.25  # share of the processors that others may use before the machine counts as busy
BACKGROUND = 100_000  # numbers of background cases begin here


@dataclass(frozen=True)
class Phase:
    """What one phase measured. `seconds`: from submission to routed, for each humanitarian case; `rate`: cases a
    second really filed in the standard lane; `busy`: share of all processors in use, 0 to 1."""

    seconds: list[float]
    rate: float
    busy: float
    standard: list[float]
    left: int  # standard cases filed in the phase and not routed at its end


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente bench lanes", description=__doc__)
    parser.add_argument("--cases", type=int, default=30, help="humanitarian cases in each phase")
    parser.add_argument("--every", type=float, default=3.0, help="seconds from one to the next")
    options = parser.parse_args(arguments)
    with trial() as system:
        with step("load the listed names"):
            lists = _cases.load_names(system)
        _cases.enter(system)
        with step("warm up"):
            _cases.wait_routed([_relief(1), _cases.file(2)], patience=60)
        with step("look how busy the machine is otherwise"), _processors() as before:
            time.sleep(5)
        with step(f"quiet: {options.cases} humanitarian cases, as many standard ones"):
            quiet = _phase(system, options.cases, options.every, 1, 1000)
        with step("let the lanes come to rest"):
            _drain()
        with step(f"surge: {options.cases} humanitarian cases, {TIMES} times as many standard ones"):
            surge = _phase(system, options.cases, options.every, TIMES, 2000)
        return _tell(
            quiet, surge, before[0], {"lists": lists, "cases": options.cases, "every": options.every}
        )


def _tell(quiet: Phase, surge: Phase, before: float, facts: dict[str, Any]) -> int:
    p95 = percentile(quiet.seconds, 95)
    figures = [
        Figure("humanitarian lane, quiet, median", percentile(quiet.seconds, 50), "s"),
        Figure("humanitarian lane, quiet, p95", p95, "s"),
        Figure("humanitarian lane, surge, median", percentile(surge.seconds, 50), "s"),
        Figure("humanitarian lane, surge, p95", percentile(surge.seconds, 95), "s", bound(p95)),
        Figure("standard lane, quiet, median of what was routed", _median(quiet.standard), "s"),
        Figure("standard lane, surge, median of what was routed", _median(surge.standard), "s"),
        Figure("standard cases not routed when the surge ended", surge.left, ""),
        Figure("background, quiet", quiet.rate, "1/s"),
        Figure("background, surge", surge.rate, "1/s"),
        Figure("background, surge in times of quiet", surge.rate / quiet.rate, "", TIMES * 0.9, "at least"),
        Figure("processors in use before, by others", before * 100, "%"),
        Figure("processors in use, quiet", quiet.busy * 100, "%"),
        Figure("processors in use, surge", surge.busy * 100, "%"),
    ]
    return publish(
        "lanes", figures, facts={**facts, "processors": os.cpu_count(), "machine_quiet": before < QUIET}
    )


def bound(p95: float) -> float:
    """Return what the 95th percentile may come to in the surge, in seconds."""
    return max(WORST * p95, p95 + MORE)


def _median(seconds: list[float]) -> float:
    return percentile(seconds, 50) if seconds else 0.0


def _relief(number: int) -> int:
    return _cases.file(number, ground=dict(RELIEF))


def _phase(system: Trial, cases: int, every: float, times: int, number: int) -> Phase:
    """File humanitarian cases at a fixed rate while another process files standard ones at `times` that rate."""
    context = multiprocessing.get_context("spawn")
    ready, begin, end = context.Event(), context.Event(), context.Event()
    count = context.Value("i", 0)
    first = BACKGROUND + number * 100
    flood = context.Process(
        target=_flood, args=(dict(system.environment), every / times, first, ready, begin, end, count)
    )
    flood.start()
    assert ready.wait(60), "the background did not start"
    with _processors() as busy:
        began = time.monotonic()
        begin.set()
        keys = []
        for index in range(cases):
            time.sleep(max(0.0, began + index * every - time.monotonic()))
            keys.append(_relief(number + index))
        time.sleep(max(0.0, began + cases * every - time.monotonic()))
        filed, took = count.value, time.monotonic() - began
        _cases.wait_routed(keys, patience=120)
    end.set()
    flood.join(60)
    found = list(_cases.cases(keys))
    assert all(case.lane == "humanitarian" for case in found), {case.lane for case in found}
    standard = _cases.standard_since(min(case.opened_at for case in found))
    routed = [case for case in standard if case.routed_at is not None]
    return Phase(
        [_cases.seconds_to_route(case) for case in found],
        filed / took,
        busy[0],
        [_cases.seconds_to_route(case) for case in routed],
        len(standard) - len(routed),
    )


def _flood(
    environment: dict[str, str], every: float, first: int, ready: Event, begin: Event, end: Event, count: Any
) -> None:
    """File standard cases, one each `every` seconds, until told to end; how many stands in `count`."""
    _cases.set_up(environment)
    ready.set()
    begin.wait(60)
    began = time.monotonic()
    number = 0
    while not end.is_set():
        time.sleep(max(0.0, began + number * every - time.monotonic()))
        _cases.file(first + number)
        number += 1
        count.value = number


def _drain(patience: float = 300) -> None:
    """Wait until nothing waits to be routed."""
    _cases.wait_routed(_cases.all_open(), patience=patience)


@contextmanager
def _processors() -> Iterator[list[float]]:
    """Hold the share of all processors in use meanwhile, 0 to 1, once the block is left."""
    found: list[float] = []
    busy, whole = _ticks()
    yield found
    more, all_of_it = _ticks()
    found.append((more - busy) / max(all_of_it - whole, 1))


def _ticks() -> tuple[int, int]:
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return sum(fields) - idle, sum(fields)
