"""How soon webhooks are delivered while a quarter of the endpoints hang.

Events are recorded at a fixed rate, in turn for each of the exporters, and go through the whole platform: sealed by
the clock's worker, sent by the webhooks' worker. Time counts from the act to the arrival of the call. A sender with
one queue and no more, in the same run, gets as many calls at the same rate.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import multiprocessing
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench import _hooks
from config.embedded.progress import step
from config.embedded.report import Figure, percentile, publish
from config.embedded.trial import trial

BOUND = 5.0  # seconds, 95th percentile for endpoints that answer
PATIENCE = 60.0  # seconds after the last event


@dataclass(frozen=True)
class Outcome:
    """Seconds from act to arrival for each (event, healthy endpoint); what never came, came twice, overtook."""

    seconds: list[float]
    missing: int
    repeated: int
    overtook: int


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente bench webhooks", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=100.0, help="events a second")
    parser.add_argument("--endpoints", type=int, default=20)
    parser.add_argument("--hanging", type=int, default=5)
    parser.add_argument("--fanout", action="store_true", help="each event goes to every endpoint")
    parser.add_argument("--naive", type=float, default=30.0, help="seconds for the sender with one queue")
    options = parser.parse_args(arguments)
    _hooks.allow_private()
    listeners = _hooks.Listeners(options.endpoints, options.hanging)
    try:
        with trial(demo=False, start=False) as system:
            with step("start the workers"):
                _hooks.begin(system)
            organisations = _hooks.exporters(listeners.ports)
            with step("warm up"):
                _warm_up(listeners, organisations, options.hanging)
            with step(f"{options.events} events at {options.rate:g} a second"):
                told, took = _feed(dict(system.environment), organisations, options)
            with step("wait for the last"):
                heard = _collect(listeners, told, options)
            ours = judge(told, heard, options.endpoints, options.hanging)
            with step(f"the same calls through one queue, for {options.naive:g} s"):
                naive, waiting = _naive(listeners, options)
    finally:
        listeners.close()
    return _tell(ours, naive, waiting, len(told) / took, options)


def _tell(
    ours: Outcome, naive: list[float], waiting: list[float], rate: float, options: argparse.Namespace
) -> int:
    seconds = ours.seconds or [PATIENCE]
    others = [*naive, *waiting]
    figures = [
        Figure("healthy endpoints, p50", percentile(seconds, 50), "s"),
        Figure("healthy endpoints, p95", percentile(seconds, 95), "s", BOUND),
        Figure("healthy endpoints, p99", percentile(seconds, 99), "s"),
        Figure("healthy endpoints, longest", max(seconds), "s"),
        Figure("delivered to healthy endpoints", len(ours.seconds), ""),
        Figure("never delivered to a healthy endpoint", ours.missing, "", 0),
        Figure("arrived out of order", ours.overtook, "", 0),
        Figure("arrived twice", ours.repeated, ""),
        Figure("events recorded", rate, "1/s", options.rate * 0.9, "at least"),
        Figure("one queue, p95 so far (what waits counted as it stands)", percentile(others, 95), "s"),
        Figure(
            "one queue, delivered of what is for healthy endpoints",
            len(naive) / max(len(others), 1) * 100,
            "%",
        ),
    ]
    facts = {name: getattr(options, name) for name in ("events", "endpoints", "hanging", "fanout")}
    return publish("webhooks", figures, facts={**facts, "processors": os.cpu_count()})


def _warm_up(listeners: _hooks.Listeners, organisations: list[Any], hanging: int) -> None:
    """Let every endpoint be called a few times, so that the hanging ones are known to hang."""
    for number in range(8):
        for place, organisation in enumerate(organisations):
            _hooks.happen(-number * len(organisations) - place, organisation)
        time.sleep(1.5)
    healthy = 8 * (len(organisations) - hanging)
    deadline = time.monotonic() + 60
    count = 0
    while count < healthy:
        assert time.monotonic() < deadline, f"{count} of {healthy} calls of the warm-up arrived"
        count += sum(one.listener >= hanging for one in listeners.heard())
        time.sleep(0.2)


def _feed(
    environment: dict[str, str], organisations: list[Any], options: argparse.Namespace
) -> tuple[list[tuple[str, float, int]], float]:
    context = multiprocessing.get_context("spawn")
    begin, (ours, theirs) = context.Event(), context.Pipe()
    pks = [organisation.pk for organisation in organisations]
    feeder = context.Process(
        target=_hooks.feed_at_rate,
        args=(environment, pks, options.events, options.rate, options.fanout, begin, theirs),
    )
    feeder.start()
    begin.set()
    found: tuple[list[tuple[str, float, int]], float] = ours.recv()
    feeder.join(60)
    return found


def _collect(listeners: _hooks.Listeners, told: list[Any], options: argparse.Namespace) -> list[_hooks.Heard]:
    """Return every call that arrived, once all for healthy endpoints are here or nothing more can be hoped for."""
    wanted = {
        (place, message)
        for message, _at, whose in told
        for place in (range(options.endpoints) if whose < 0 else [whose])
        if place >= options.hanging
    }
    heard: list[_hooks.Heard] = []
    deadline = time.monotonic() + PATIENCE
    while wanted and time.monotonic() < deadline:
        fresh = listeners.heard()
        heard += fresh
        wanted -= {(one.listener, one.message) for one in fresh}
        time.sleep(0.2)
    return heard


def judge(
    told: list[tuple[str, float, int]], heard: list[_hooks.Heard], endpoints: int, hanging: int
) -> Outcome:
    """Compare what happened with what arrived, for the endpoints that answer."""
    first: dict[tuple[int, str], float] = {}
    order: dict[int, list[str]] = collections.defaultdict(list)
    repeated = 0
    for one in sorted(heard, key=lambda one: one.at):
        if (one.listener, one.message) in first:
            repeated += one.listener >= hanging
            continue
        first[one.listener, one.message] = one.at
        order[one.listener].append(one.message)
    seconds, missing = [], 0
    numbers = {message: number for number, (message, _at, _whose) in enumerate(told)}
    for message, at, whose in told:
        for place in range(hanging, endpoints) if whose < 0 else [whose] if whose >= hanging else []:
            arrived = first.get((place, message))
            if arrived is None:
                missing += 1
            else:
                seconds.append(arrived - at)
    overtook = 0
    for place in range(hanging, endpoints):
        places = [numbers[message] for message in order[place] if message in numbers]
        overtook += sum(before > after for before, after in itertools.pairwise(places))
    return Outcome(seconds, missing, repeated, overtook)


def _naive(listeners: _hooks.Listeners, options: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Send the same calls in the order they come, one after another, with the same time limit for each.

    Return the seconds of what was delivered to healthy endpoints, and how long the rest has waited at the end.
    """
    from correspondence.webhooks.reach import Line

    queue: collections.deque[tuple[float, int]] = collections.deque()
    done: list[float] = []
    stop = threading.Event()

    def send() -> None:
        while not stop.is_set():
            if not queue:
                time.sleep(0.005)
                continue
            at, place = queue[0]
            line = Line(f"http://127.0.0.1:{listeners.ports[place]}/hooks")
            answer = line.post(b"{}", {"webhook-id": "naive"})
            line.hang_up()
            queue.popleft()
            if answer.status is not None and not stop.is_set():
                done.append(time.monotonic() - at)

    worker = threading.Thread(target=send, daemon=True)
    worker.start()
    began = time.monotonic()
    number = 0
    while time.monotonic() - began < options.naive:
        queue.append((time.monotonic(), number * 7 % options.endpoints))  # those that hang among the others
        number += 1
        time.sleep(max(0.0, began + number / options.rate - time.monotonic()))
    stop.set()
    now = time.monotonic()
    waiting = [now - at for at, place in list(queue) if place >= options.hanging]
    listeners.heard()
    return done, waiting
