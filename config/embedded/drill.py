"""`./entente drill`: an exercise in one process, on servers and a database of its own."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from config.embedded.folder import DataFolder, Occupied
from config.embedded.progress import complain
from config.embedded.servers import Servers, Unavailable
from config.embedded.trial import SERVER_VARIABLES

OPTIONS = {
    "members": "--members",
    "cases": "--cases",
    "injects": "--inject",
    "until": "--until",
    "by_hand": "--by-hand",
    "answers": "--answers",
}
PAUSE = 2.0  # seconds between two notes of progress
ALIVE = 10.0  # seconds between two signs of life while the database is prepared
PATIENCE = 300.0  # seconds to wait for an exercise that already runs on the folder


def main(arguments: list[str]) -> int:
    """Run an exercise and print its scorecard: 0, or 2 for a plan that is none, 1 where it cannot run."""
    options = _options(arguments)
    folder = DataFolder(DataFolder.chosen(options.data).path / "exercises")
    for name in SERVER_VARIABLES:
        os.environ.pop(name, None)
    os.environ["REDIS_URL"] = ""  # no broker: the exercise takes its deliveries itself
    signal.signal(signal.SIGTERM, _leave)
    servers = Servers(folder, durable=False)
    try:
        folder.hold("drill", patience=PATIENCE)
    except Occupied as problem:
        complain(str(problem))
        return 1
    try:
        servers.start()
        os.environ.update(folder.environment())
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        return _run(options)
    except Unavailable as problem:
        complain(str(problem))
        return 1
    finally:
        servers.stop()
        folder.release()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./entente drill",
        description="Exercise the alliance on a copy of the code in force, by a virtual clock. "
        "The same number gives the same result.",
        epilog="Injects: surge:TIMES@HOUR, silent:MEMBER@FROM-TO, stale:ofac@FROM-TO, key-lost:MEMBER@FROM-TO; "
        "what is left out is usual. Several are separated by commas.",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the number (default: %(default)s)")
    parser.add_argument("--members", type=int, default=5, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("--cases", type=int, default=200, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("--inject", action="append", default=[], metavar="WHAT", help="see below")
    parser.add_argument(
        "--until", type=int, metavar="HOUR", help="stop the clock there (default: %(default)s)"
    )
    parser.add_argument(
        "--by-hand", default="", metavar="MEMBERS", help="whose answers people give, as FR,JP"
    )
    parser.add_argument("--answers", type=Path, metavar="FILE", help="what they answered: a list in JSON")
    parser.add_argument("--plan", choices=["-"], help=argparse.SUPPRESS)  # the platform's own, in JSON
    parser.add_argument("--data", help="data folder (default: var)")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> int:
    import django

    django.setup()
    import gc
    import logging

    logging.disable(logging.WARNING)
    from config import realms
    from core.errors import Invalid
    from escalation.exercises.living import lived, printed

    # Rows and queries by the million, and nearly none of them in a cycle: looking for cycles as often as a server
    # does takes a tenth of the time.
    gc.freeze()
    gc.set_threshold(20_000, 20, 10)

    if options.plan:
        return _for_the_platform(json.load(sys.stdin))
    try:
        plan = _plan(options)
    except Invalid as error:
        for field, texts in error.fields.items():
            complain(f"{OPTIONS.get(field, field)}: {' '.join(texts)}")
        return 2
    began = time.monotonic()
    with realms.cloned():
        scorecard = lived(plan)
    for text in printed(scorecard):
        print(text)
    print(f"\n{time.monotonic() - began:.1f} s, one process. The same number gives the same line:")
    print(json.dumps(scorecard, sort_keys=True, ensure_ascii=False, separators=(",", ":")), flush=True)
    return int(any(scorecard["faults"].values()))


def _for_the_platform(given: dict[str, Any]) -> int:
    """Run a plan on what the platform has agreed; print progress and the scorecard as lines of JSON."""
    from config import realms
    from escalation.exercises import agreed, plans
    from escalation.exercises.living import lived

    said = time.monotonic()

    def tell(progress: dict[str, int]) -> None:
        nonlocal said
        if time.monotonic() - said >= PAUSE:
            said = time.monotonic()
            print(json.dumps({"progress": progress}), flush=True)

    with ExitStack() as stack:
        with _alive():
            stack.enter_context(realms.cloned(shipped=False))
            agreed.put(given["agreed"])
        print(json.dumps(lived(plans.read(given["plan"]), tell)), flush=True)
    return 0


@contextmanager
def _alive() -> Iterator[None]:
    """Print a note of no progress now and then, so that the platform knows that this process lives."""
    over = threading.Event()

    def say() -> None:
        while not over.wait(ALIVE):
            print(json.dumps({"progress": {}}), flush=True)

    speaker = threading.Thread(target=say, daemon=True)
    speaker.start()
    try:
        yield
    finally:
        over.set()
        speaker.join()


def _plan(options: argparse.Namespace) -> Any:
    from escalation.exercises import plans

    members = plans.members(options.members)
    return plans.Plan(
        number=options.seed,
        members=members,
        cases=plans.checked_cases(options.cases),
        injects=plans.injects([text for words in options.inject for text in words.split(",")], members),
        until=plans.checked_until(options.until),
        by_hand=plans.by_hand(options.by_hand.split(","), members),
        told=plans.answers(options.answers.read_text() if options.answers else "[]"),
    )


def _leave(number: int, frame: object) -> None:
    raise SystemExit(128 + number)
