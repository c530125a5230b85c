"""The webhooks' worker killed at random while it sends: nothing is lost, and repeats carry the same id.

Against real processes. Listeners take down every call and answer a little later; the worker is killed with
`kill -9` again and again, just after a call arrived and so before the note of what came of it. In the end every
event that an exporter may read has arrived at its webhook, first arrivals in the order of the feed, and each repeat
is of a call that was made.
"""

from __future__ import annotations

import argparse
import collections
import random
import time
from collections.abc import Sequence

from bench import _hooks
from config.embedded.progress import step
from config.embedded.trial import Trial, trial

ANSWERED_AFTER = 0.3  # seconds: long enough to be killed between a call and its answer


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente prove webhooks", description=__doc__)
    parser.add_argument("--events", type=int, default=100, help="for each listener (default: %(default)s)")
    parser.add_argument("--kills", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="of when it is killed (default: %(default)s)")
    options = parser.parse_args(arguments)
    _hooks.allow_private()
    listeners = _hooks.Listeners(4, 0, ANSWERED_AFTER)
    try:
        with trial(demo=False, start=False) as system:
            _hooks.begin(system)
            organisations = _hooks.exporters(listeners.ports)
            with step(f"record events while the worker is killed {options.kills} times"):
                told, heard = _send(system, listeners, organisations, options)
            with step("wait until every event has arrived"):
                heard += _rest(listeners, told, heard)
        _judge(told, heard)
    except AssertionError as failure:
        print(f"NOT PROVED: {failure}")
        return 1
    finally:
        listeners.close()
    once = len(_once(heard))
    print(f"  {once} events, {len(heard)} calls: {len(heard) - once} repeats after {options.kills} kills")
    print("Proved.")
    return 0


def _send(
    system: Trial, listeners: _hooks.Listeners, organisations: list[object], options: argparse.Namespace
) -> tuple[dict[int, list[str]], list[_hooks.Heard]]:
    dice = random.Random(options.seed)
    kills = sorted(dice.sample(range(20, options.events), options.kills))
    told: dict[int, list[str]] = collections.defaultdict(list)
    heard: list[_hooks.Heard] = []
    for number in range(options.events):
        for place, organisation in enumerate(organisations):
            told[place].append(_hooks.happen(number, organisation))
        if number in kills:
            _when_busy(listeners, heard)
            system.kill("webhooks")
            system.start("webhooks")
        time.sleep(0.02)
    return told, heard


def _when_busy(listeners: _hooks.Listeners, heard: list[_hooks.Heard], patience: float = 120) -> None:
    """Return just after an event first arrived; after a kill that takes until the lease has run out."""
    deadline = time.monotonic() + patience
    before = len(_once(heard))
    while len(_once(heard)) == before:
        assert time.monotonic() < deadline, "nothing is sent any more"
        heard += listeners.heard()


def _once(heard: list[_hooks.Heard]) -> set[tuple[int, str]]:
    return {(one.listener, one.message) for one in heard}


def _rest(
    listeners: _hooks.Listeners, told: dict[int, list[str]], heard: list[_hooks.Heard], patience: float = 200
) -> list[_hooks.Heard]:
    wanted = {(place, message) for place, messages in told.items() for message in messages}
    wanted -= _once(heard)
    found: list[_hooks.Heard] = []
    deadline = time.monotonic() + patience
    while wanted and time.monotonic() < deadline:
        fresh = listeners.heard()
        found += fresh
        wanted -= _once(fresh)
        time.sleep(0.2)
    assert not wanted, f"{len(wanted)} events never arrived"
    time.sleep(2)
    return found + listeners.heard()


def _judge(told: dict[int, list[str]], heard: list[_hooks.Heard]) -> None:
    for place, messages in told.items():
        ours = set(messages)  # that the exporter's system was registered is told as well
        arrived = [one.message for one in heard if one.listener == place and one.message in ours]
        assert list(dict.fromkeys(arrived)) == messages, f"listener {place} heard them in another order"
    assert len(heard) > len(_once(heard)), "no kill hit a call: take more kills or another seed"
