"""Nothing is lost and nothing happens twice: worker killed, broker flushed, beat away.

Against real processes: 50 cases in assessment survive `kill -9` of the worker and
are done within 120 s of its restart; 50 open windows survive a flushed Valkey; after beat was away each lapse is
applied once, at most 5 s after the tick runs again.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bench import _cases
from config.embedded.progress import step
from config.embedded.trial import Trial, trial

CASES = 50
DRILL_WINDOWS = (8, 5, 4)  # seconds, of the drill charter


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente prove faults", description=__doc__)
    parser.add_argument(
        "--outage", type=float, default=600, help="seconds without beat (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    with trial() as system:
        with step("load the listed names"):
            _cases.load_names(system)
        _cases.enter(system)
        try:
            _worker_killed(system)
            _broker_flushed(system)
            _beat_away(system, options.outage)
            _nothing_parked()
        except AssertionError as failure:
            print(f"NOT PROVED: {failure}")
            return 1
    print("Proved.")
    return 0


def _worker_killed(system: Trial) -> None:
    """Kill the worker with cases waiting and under way; start it again; all are assessed once."""
    from licensing.models import Assessment

    keys = [_cases.file(number) for number in range(CASES)]
    while Assessment.objects.filter(case__in=keys).count() < 3:
        time.sleep(0.02)
    with step("kill -9 the worker while cases are in assessment"):
        system.kill("worker")
    left = _cases.unrouted(keys)
    assert left, "the worker was too fast: no case was left in assessment"
    time.sleep(3)
    with step(f"start it again with {left} of {CASES} cases left"):
        system.start("worker")
        took = _cases.wait_routed(keys, patience=120)
    revisions = Counter(Assessment.objects.filter(case__in=keys).values_list("revision_id", flat=True))
    assert len(revisions) == CASES, f"{len(revisions)} revisions are assessed, not {CASES}"
    assert set(revisions.values()) == {1}, "a revision was assessed twice"
    _once(keys, "case.routed", CASES)
    print(f"  all {CASES} done {took:.1f} s after the restart, each assessed and routed once")


def _drills(first: int) -> list[int]:
    keys = [_cases.file(first + n, own_reference=f"DRILL-{first + n}") for n in range(CASES)]
    _cases.wait_routed(keys, patience=120)
    return keys


def _broker_flushed(system: Trial) -> None:
    """Flush the broker while windows are open; each lapses once, at its own instant."""
    with step(f"route {CASES} drills, then flush Valkey while their windows are open"):
        keys = _drills(1000)
        opened = _windows(keys, 0)
        system.flush_broker()
    with step("wait for every lapse of the first tier"):
        _await_lapses(keys, patience=60)
        _await_steps(keys, patience=60)
    _lapsed_once(keys)
    print(f"  {opened} windows lapsed, each once and at its due instant")


def _beat_away(system: Trial, outage: float) -> None:
    """Stop beat; windows fall due unseen; start it again; each lapse is applied once and within 5 s."""
    from deadlines.models import DueInstant

    system.stop("beat")
    with step(f"route {CASES} drills without beat, and stay without it for {outage:.0f} s"):
        began = time.monotonic()
        keys = _drills(2000)
        assert not _lapses(keys), "a window lapsed although the tick was away"
        time.sleep(max(0.0, outage - (time.monotonic() - began)))
        assert not _lapses(keys), "a window lapsed although the tick was away"
    with step("start beat again"):
        last = DueInstant.objects.filter(state="done").order_by("-applied_at").first()
        system.start("beat")
        _await_lapses(keys, patience=60)
        climbed = _await_steps(keys, patience=60)
    _lapsed_once(keys)
    rows = DueInstant.objects.filter(kind="consultation.window", state="done", aggregate__in=_refs(keys))
    applied = sorted(row.applied_at for row in rows if row.applied_at and _tier_of(row) == 0)
    spread = (applied[-1] - applied[0]).total_seconds()
    assert spread <= 5, f"the last lapse came {spread:.1f} s after the tick ran again"
    assert last is None or last.applied_at is None or applied[0] > last.applied_at
    print(
        f"  {len(applied)} lapses applied once, the last {spread:.2f} s after the tick ran again; every case stood "
        f"a tier higher after {(climbed - applied[0]).total_seconds():.2f} s, with a whole window before it"
    )


def _await_steps(keys: list[int], patience: float) -> datetime:
    """Wait until every case has climbed once; return when the last did. The outage has burnt no window unseen."""
    from escalation.models import Step
    from licensing.models import Consultation

    steps = Step.objects.filter(case__in=keys, tier=1)
    began = time.monotonic()
    while steps.count() < len(keys) and time.monotonic() - began < patience:
        time.sleep(0.1)
    assert steps.count() == len(keys), f"{steps.count()} of {len(keys)} cases have climbed"
    for asked in Consultation.objects.filter(case__in=keys, tier=1):
        length = (asked.due_at - asked.opened_at).total_seconds()
        assert length == DRILL_WINDOWS[1], f"{asked} had {length} s"
    return max(steps.values_list("taken_at", flat=True))


def _refs(keys: list[int]) -> list[str]:
    return [f"case:{key}" for key in keys]


def _tier_of(row: object) -> int:
    from licensing.models import Consultation

    return int(Consultation.objects.get(pk=int(str(row.subject).partition(":")[2])).tier)  # type: ignore[attr-defined]


def _windows(keys: list[int], tier: int) -> int:
    from licensing.models import Consultation

    return Consultation.objects.filter(case__in=keys, tier=tier).count()


def _lapses(keys: list[int]) -> Counter[str]:
    from ledger.models import Event

    found = Event.objects.filter(type="window.lapsed", aggregate__in=_refs(keys), facts__tier=0)
    return Counter(found.values_list("subject_id", flat=True))


def _await_lapses(keys: list[int], patience: float) -> None:
    end = time.monotonic() + patience
    wanted = _windows(keys, 0)
    while len(_lapses(keys)) < wanted and time.monotonic() < end:
        time.sleep(0.2)
    assert len(_lapses(keys)) == wanted, f"{len(_lapses(keys))} of {wanted} windows have lapsed"


def _lapsed_once(keys: list[int]) -> None:
    from escalation.models import Step
    from licensing.models import Consultation

    twice = [subject for subject, count in _lapses(keys).items() if count > 1]
    assert not twice, f"windows lapsed twice: {twice}"
    for consultation in Consultation.objects.filter(case__in=keys, tier=0):
        assert consultation.lapsed_at == consultation.due_at, f"{consultation} lapsed at another instant"
    steps = Counter(Step.objects.filter(case__in=keys, tier=1).values_list("case_id", flat=True))
    assert len(steps) == len(keys), "a case did not climb"
    assert set(steps.values()) == {1}, "a case climbed twice"


def _once(keys: list[int], event: str, count: int) -> None:
    from ledger.models import Event

    found = Counter(
        Event.objects.filter(type=event, aggregate__in=_refs(keys)).values_list("aggregate", flat=True)
    )
    assert len(found) == count, f"{event}: {len(found)} cases, not {count}"
    assert set(found.values()) == {1}, f"{event} happened twice"


def _nothing_parked() -> None:
    from deadlines.models import DueInstant
    from ledger import selectors

    parked = [f"{delivery.subscriber}: {delivery.last_error}" for delivery in selectors.parked()]
    assert not parked, f"deliveries were given up: {parked[:3]}"
    failed = DueInstant.objects.filter(state="parked").values_list("kind", "parked_error")
    assert not failed, f"due instants failed: {list(failed[:3])}"
    print("  no delivery and no due instant was given up")
