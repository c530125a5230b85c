"""The run of the bench: fill, tick, floor, stream, burst, and a kill beside the way people would use instead."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import psycopg2

from bench import _cases
from bench.deadlines import eta, floor
from bench.deadlines.copies import STEP, WINDOW, Copies, Due
from config.embedded import servers
from config.embedded.folder import ROOT
from config.embedded.progress import step
from config.embedded.report import Figure, percentile, publish
from config.embedded.servers import PYTHON
from config.embedded.trial import Trial, trial

FEW = 10_000  # windows against which the full number is compared
CROWD = 100  # windows that fall due in a measured tick
AHEAD = 6  # seconds until the first of a stream falls due
CRITICAL = "3A090"  # an item of which silence approves nothing: its cases climb
SPREAD = 40  # seconds over which deadlines fall due while a worker is killed


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente bench deadlines", description=run.__doc__)
    parser.add_argument("--windows", type=int, default=1_000_000, help="open windows (default: %(default)s)")
    parser.add_argument("--rate", type=int, default=100, help="lapses a second (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=60, help="of that stream (default: %(default)s)")
    parser.add_argument(
        "--burst", type=int, default=10_000, help="lapses in one instant (default: %(default)s)"
    )
    parser.add_argument("--rows", type=int, default=1000, help="lapses to compare with the bare floor")
    parser.add_argument("--ticks", type=int, default=40, help="ticks to take a median of")
    parser.add_argument("--kill", type=int, default=600, help="deadlines under a killed worker")
    parser.add_argument("--keep-broker", action="store_true", help="leave out the way of the broker's timers")
    return run(parser.parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """A million open windows, lapses at a steady rate and in one instant, and what people would use instead."""
    # Lateness is told up to the commit as well, which PostgreSQL notes when it is asked to.
    servers.POSTGRES_SETTINGS["track_commit_timestamp"] = "on"
    with trial(start=False) as system:
        _cases.enter(system)
        copies = Copies(lambda: _connect(system), _templates(system))
        few, many = _ticks(system, copies, options)
        figures = [
            Figure(f"tick with nothing due, {FEW:,} open windows, p50", few[0] * 1000, "ms"),
            Figure(f"tick with nothing due, {options.windows:,} open windows, p50", many[0] * 1000, "ms"),
            Figure("ratio of ticks with nothing due", many[0] / few[0], "", 1.3),
            Figure(f"tick with {CROWD} due, {FEW:,} open windows, p50", few[1] * 1000, "ms"),
            Figure(f"tick with {CROWD} due, {options.windows:,} open windows, p50", many[1] * 1000, "ms"),
            Figure(f"ratio of ticks with {CROWD} due", many[1] / few[1], "", 1.3),
        ]
        figures += _floor(system, copies, options.rows)
        _forget_deliveries(system)
        system.start_workers()
        system.await_workers()
        figures += _stream(system, copies, options)
        figures += _burst(system, copies, options.burst)
        figures += _killed(system, copies, options)
        figures += _nothing_parked()
        facts = {"open_windows": options.windows, "rate": options.rate, "seconds": options.seconds}
        return publish("deadlines", figures, facts=facts)


def _templates(system: Trial) -> list[int]:
    """File and route a few cases as exporters do: half may be approved by silence, half climb."""
    from api.examples import DOSSIER

    with step("file and route the cases that are copied"):
        system.start("worker")
        critical = {"items": [{**DOSSIER["items"][0], "control_code": CRITICAL}]}
        keys = [_cases.file(1), _cases.file(2, **critical)]
        _cases.wait_routed(keys, patience=60)
        _drained(system, 60)
        system.stop("worker")
    return keys


# The cost of a tick -------------------------------------------------------------------------------------


def _ticks(system: Trial, copies: Copies, options: argparse.Namespace) -> list[tuple[float, float]]:
    """Seconds of a tick with nothing due and with a crowd due, among few open windows and among all."""
    found = []
    for total in (min(FEW, options.windows), options.windows):
        with step(f"{total:,} open windows"):
            wanted = total - copies.windows
            if wanted > 0:
                copies.add(
                    wanted,
                    Due("now() + interval '1 day' + random() * interval '30 days'", own_revision=False),
                )
            copies.settle_in()
        with step(f"{10 * options.ticks} ticks with nothing due and {options.ticks} with {CROWD}"):
            found.append(_measured(system, copies, options.ticks))
    return found


def _measured(system: Trial, copies: Copies, times: int) -> tuple[float, float]:
    from deadlines import services as deadlines

    crowds = [copies.add(CROWD, Due("now() - interval '1 second'", with_reminders=False))]
    assert deadlines.tick() >= CROWD  # the first one opens the connection and fills caches
    empty, full = [], []
    for _time in range(10 * times):  # well below a millisecond each: many, so that chance evens out
        began = time.perf_counter()
        assert deadlines.tick() == 0
        empty.append(time.perf_counter() - began)
    for _time in range(times):
        crowds.append(copies.add(CROWD, Due("now() - interval '1 second'", with_reminders=False)))
        began = time.perf_counter()
        assert deadlines.tick() >= CROWD
        full.append(time.perf_counter() - began)
        _forget_deliveries(system)
    return median(empty), median(full)


# The bare floor -----------------------------------------------------------------------------------------


def _floor(system: Trial, copies: Copies, rows: int) -> list[Figure]:
    from deadlines import services as deadlines

    ours, theirs = [], []
    with step(f"{rows:,} lapses, ours and the bare floor, three times each"):
        for _time in range(3):
            mine, others = (copies.add(rows, Due("now() - interval '1 s'", False)) for _side in range(2))
            copies.settle_in()
            _keep_back(system, others)
            began = time.perf_counter()
            lapsed = deadlines.tick()
            ours.append(time.perf_counter() - began)
            assert lapsed >= rows, f"{lapsed} of {rows} lapsed"
            _let_go(system, others)
            with closing(psycopg2.connect(system.environment["DATABASE_URL"])) as database:
                theirs.append(floor.write(database, others, floor.written_of(database, mine)))
                written = floor.counts(database, mine)
                assert written == floor.counts(database, others), "the floor did not write the same rows"
            _forget_deliveries(system)
    return [
        Figure(f"{rows:,} lapses, ours", median(ours), "s"),
        Figure("the bare floor: the same rows, a transaction for each case", median(theirs), "s"),
        Figure("ours in times of the floor", median(ours) / median(theirs), "", 5.0),
    ]


def _keep_back(system: Trial, cases: range) -> None:
    _owner(
        system,
        "UPDATE deadlines_dueinstant SET state = 'cancelled' WHERE kind = %s AND aggregate = ANY(%s)",
        WINDOW,
        [f"case:{case}" for case in cases],
    )


def _let_go(system: Trial, cases: range) -> None:
    _owner(
        system,
        "UPDATE deadlines_dueinstant SET state = 'open' WHERE kind = %s AND aggregate = ANY(%s)",
        WINDOW,
        [f"case:{case}" for case in cases],
    )


def _forget_deliveries(system: Trial) -> None:
    """Drop what the measured ticks led to: no worker runs, and the next figures begin with nothing waiting."""
    _owner(system, "DELETE FROM ledger_delivery")
    system.flush_broker()


def _connect(system: Trial) -> Any:
    postgres = system.servers.postgres
    assert postgres is not None, "this bench measures the embedded database"
    return postgres.connect("entente")


def _owner(system: Trial, query: str, *arguments: object) -> list[Any]:
    with closing(_connect(system)) as owner, owner.cursor() as cursor:
        cursor.execute(query, arguments)
        return list(cursor.fetchall()) if cursor.description else []


# Real processes -----------------------------------------------------------------------------------------


def _stream(system: Trial, copies: Copies, options: argparse.Namespace) -> list[Figure]:
    """Let windows fall due at random instants, so many a second; tell how late each was."""
    count = options.rate * options.seconds
    ahead = _ahead(count)
    began = datetime.now(UTC) + timedelta(seconds=ahead)
    cases = copies.add(
        count,
        Due(f"timestamptz '{began.isoformat()}' + random() * interval '{options.seconds} seconds'", False),
    )
    assert datetime.now(UTC) < began, "the stream began while it was still being copied"
    with step(f"{count:,} lapses at {options.rate} a second"):
        _await_applied(cases, (began - datetime.now(UTC)).total_seconds() + options.seconds + 60)
    with step("what they lead to"):
        drained = _drained(system, 900)
    applied, committed = _lateness(system, cases)
    _once(cases)
    return [
        Figure(f"lateness at {options.rate} lapses a second, p50", percentile(applied, 50), "s", 0.5),
        Figure(f"lateness at {options.rate} lapses a second, p99", percentile(applied, 99), "s", 2.0),
        Figure("up to the commit, p50", percentile(committed, 50), "s", 0.5),
        Figure("up to the commit, p99", percentile(committed, 99), "s", 2.0),
        Figure("the latest", max(committed), "s"),
        Figure("steady rate: every step they led to was taken, after the last lapse", drained, "s"),
    ]


def _burst(system: Trial, copies: Copies, count: int) -> list[Figure]:
    ahead = _ahead(count)
    at = datetime.now(UTC) + timedelta(seconds=ahead)
    cases = copies.add(count, Due(f"timestamptz '{at.isoformat()}'", False))
    assert datetime.now(UTC) < at, "the burst fell due while it was still being copied"
    with step(f"{count:,} lapses in one instant"):
        _await_applied(cases, ahead + 120)
    _applied, committed = _lateness(system, cases)
    with step("what they lead to"):
        drained = _drained(system, 1800)
    _once(cases)
    return [
        Figure(f"{count:,} in one instant: cleared in", max(committed), "s"),
        Figure("the same in lapses a second", len(committed) / max(committed), "1/s", 500.0, "at least"),
        Figure("one instant: every step they led to was taken, after the last lapse", drained, "s"),
    ]


def _ahead(count: int) -> float:
    """Seconds until the first of so many windows falls due: they have to be there by then."""
    return max(AHEAD, count / 400)


def _rows(cases: range) -> Any:
    """The windows that were copied; those a case opened since, where it climbed, are not among them."""
    from deadlines.models import DueInstant

    copied = DueInstant.objects.filter(pk__gte=cases[0] * STEP, pk__lt=(cases[-1] + 1) * STEP)
    return copied.filter(kind=WINDOW)


def _await_applied(cases: range, patience: float) -> None:
    open_rows = _rows(cases).filter(state="open")
    end = time.monotonic() + patience
    while open_rows.exists():
        assert time.monotonic() < end, f"{open_rows.count():,} windows are still open"
        time.sleep(0.5)


def _drained(system: Trial, patience: float) -> float:
    """Wait until no delivery waits; return the seconds."""
    from ledger.models import Delivery

    began = time.monotonic()
    while Delivery.objects.filter(parked_at__isnull=True).exists():
        assert time.monotonic() - began < patience, f"{Delivery.objects.count():,} deliveries wait"
        time.sleep(0.2)
    return time.monotonic() - began


def _lateness(system: Trial, cases: range) -> tuple[list[float], list[float]]:
    """Seconds from the due instant until each lapse was applied, and until that was committed."""
    rows = _owner(
        system,
        "SELECT extract(epoch FROM applied_at - due_at), extract(epoch FROM pg_xact_commit_timestamp(xmin)"
        " - due_at) FROM deadlines_dueinstant WHERE kind = %s AND state = 'done' AND aggregate = ANY(%s)",
        WINDOW,
        [f"case:{case}" for case in cases],
    )
    return [float(row[0]) for row in rows], [float(row[1]) for row in rows]


def _once(cases: range) -> None:
    """AssertionError unless every window lapsed once, at its own instant, and every case moved once at most."""
    lost, doubled = _lost_and_doubled(cases)
    assert not lost, f"{lost} windows did not lapse"
    assert not doubled, f"{doubled} lapsed twice"


def _lost_and_doubled(cases: range) -> tuple[int, int]:
    from django.db.models import F

    from escalation.models import Step
    from ledger.models import Event
    from licensing.models import Consultation

    asked = Consultation.objects.filter(case__in=cases, tier=0)
    events = Event.objects.filter(
        type="window.lapsed", aggregate__in=[f"case:{case}" for case in cases], facts__tier=0
    )
    told = Counter(events.values_list("subject_id", flat=True))
    lapsed = asked.filter(status="lapsed", lapsed_at=F("due_at")).values_list("pk", flat=True)
    in_time = {str(pk) for pk in lapsed}
    steps = Counter(Step.objects.filter(case__in=cases, tier=1).values_list("case_id", flat=True))
    lost = asked.count() - len(in_time & set(told))
    return lost, sum(count - 1 for counter in (told, steps) for count in counter.values())


def _nothing_parked() -> list[Figure]:
    from deadlines.models import DueInstant
    from ledger import selectors

    parked = selectors.parked().count() + DueInstant.objects.filter(state="parked").count()
    return [Figure("deliveries and due instants given up", parked, "", 0.0)]


# A killed worker ----------------------------------------------------------------------------------------


def _killed(system: Trial, copies: Copies, options: argparse.Namespace) -> list[Figure]:
    """The same schedule three ways, the worker killed half way: ours, and one task with an ETA for each."""
    count, spread = options.kill, SPREAD
    figures = []
    if not options.keep_broker:
        figures += _etas(system, count, spread)
    began = datetime.now(UTC) + timedelta(seconds=AHEAD)
    cases = copies.add(
        count, Due(f"timestamptz '{began.isoformat()}' + random() * interval '{spread} seconds'", False)
    )
    with step(f"{count:,} lapses of ours in {spread} s, clock and worker killed half way"):
        time.sleep(max(0.0, (began - datetime.now(UTC)).total_seconds() + spread / 2))
        for name in ("clock", "worker"):
            system.kill(name)
            system.start(name)
        _await_applied(cases, spread + 60)
        _drained(system, 300)
    _applied, committed = _lateness(system, cases)
    lost, doubled = _lost_and_doubled(cases)
    return [
        *figures,
        Figure("worker killed, ours: lost", lost, "", 0.0),
        Figure("worker killed, ours: applied twice", doubled, "", 0.0),
        Figure("worker killed, ours: the latest", max(committed), "s"),
    ]


def _etas(system: Trial, count: int, spread: int) -> list[Figure]:
    _owner(
        system,
        "CREATE TABLE bench_eta (way text, number int, ran_at timestamptz);"
        " GRANT INSERT ON bench_eta TO entente_app",
    )
    ways = {"usual": eta.HOUR, "safe": eta.SOON}
    environments = {way: _eta_environment(system, way, seconds) for way, seconds in ways.items()}
    workers = {way: _eta_worker(system, way, environment) for way, environment in environments.items()}
    try:
        for environment in environments.values():
            _send(environment, [datetime.now(UTC)])
        while _owner(system, "SELECT count(*) FROM bench_eta") != [(len(ways),)]:
            time.sleep(0.2)  # until both workers take tasks
        _owner(system, "TRUNCATE bench_eta")
        with step(f"{count:,} tasks with an ETA within {spread} s, two ways, their workers killed half way"):
            began = datetime.now(UTC) + timedelta(seconds=AHEAD)
            etas = [began + timedelta(seconds=spread * number / count) for number in range(count)]
            for environment in environments.values():
                _send(environment, etas)
            time.sleep(max(0.0, (began - datetime.now(UTC)).total_seconds() + spread / 2))
            for way, worker in workers.items():
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
                workers[way] = _eta_worker(system, way, environments[way])
            time.sleep(spread / 2 + 3 * eta.SOON)
    finally:
        for worker in workers.values():
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
    figures = []
    for way, told in (
        ("usual", "broker's defaults"),
        ("safe", "acknowledged late, messages given back soon"),
    ):
        ran = Counter(
            number for (number,) in _owner(system, "SELECT number FROM bench_eta WHERE way = %s", way)
        )
        figures += [
            Figure(f"worker killed, ETA tasks, {told}: lost", count - len(ran), ""),
            Figure(f"worker killed, ETA tasks, {told}: run again", sum(ran.values()) - len(ran), ""),
        ]
    return figures


def _eta_environment(system: Trial, way: str, seconds: int) -> dict[str, str]:
    place = {"usual": 5, "safe": 6}[way]
    return {
        **system.environment,
        "BENCH_BROKER": system.environment["REDIS_URL"].replace("virtual_host=0", f"virtual_host={place}"),
        "BENCH_VISIBILITY": str(seconds),
        "BENCH_WAY": way,
    }


def _eta_worker(system: Trial, way: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "ERROR"]
    command = [PYTHON, "-P", "-m", "celery", "-A", "bench.deadlines.eta:app", "worker", "-n", f"{way}@%h"]
    with (system.folder.logs / f"eta-{way}.log").open("ab") as out:
        return subprocess.Popen(
            [*command, "-c", "1", *quiet],
            env=environment,
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _send(environment: dict[str, str], etas: Sequence[datetime]) -> None:
    """Send the tasks from a process of their own: an application of Celery knows one broker."""
    code = (
        "import sys, datetime\n"
        "from bench.deadlines.eta import lapse\n"
        "for number, line in enumerate(sys.stdin):\n"
        "    lapse.apply_async((number,), eta=datetime.datetime.fromisoformat(line.strip()))\n"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        input="\n".join(at.isoformat() for at in etas),
        env=environment,
        cwd=ROOT,
        text=True,
        check=True,
    )
