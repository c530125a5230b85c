"""From submission to routed: alone on an idle system, and many at once."""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from bench import _cases
from config.embedded.progress import step
from config.embedded.report import Figure, percentile, publish
from config.embedded.trial import trial


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente bench journey", description=__doc__)
    parser.add_argument("--single", type=int, default=20, help="submissions one after the other")
    parser.add_argument("--burst", type=int, default=120, help="submissions at once")
    options = parser.parse_args(arguments)
    with trial() as system:
        with step("load the listed names"):
            lists = _cases.load_names(system)
        _cases.enter(system)
        with step(f"{options.single} single submissions"):
            alone = [_one(number) for number in range(options.single)]
        with step(f"{options.burst} submissions at once"):
            began = time.monotonic()
            burst = [_cases.file(1000 + number) for number in range(options.burst)]
            filed = time.monotonic() - began
            _cases.wait_routed(burst, patience=300)
            whole = time.monotonic() - began
        split = {"alone": _split(alone), "at once": _split(burst)}
        floor = _floor()
        singles = [_cases.seconds_to_route(case) for case in _cases.cases(alone)]
        names = _names()
        figures = [
            Figure("submission to routed, p50", percentile(singles, 50), "s"),
            Figure("submission to routed, p95", percentile(singles, 95), "s", 5.0),
            Figure("cases a minute, filed and routed", options.burst / whole * 60, "1/min"),
            Figure("of which filing in one process took", filed, "s"),
            Figure("listed names", names, "", 30_000, "at least"),
            Figure("bare floor: one write committed and one message passed, p50", percentile(floor, 50), "s"),
            *(
                Figure(f"{when}: {name}, p50", value, "s")
                for when, steps in split.items()
                for name, value in steps.items()
            ),
        ]
        return publish(
            "journey", figures, facts={"lists": lists, "single": options.single, "burst": options.burst}
        )


def _one(number: int) -> int:
    key = _cases.file(number)
    _cases.wait_routed([key], patience=60)
    time.sleep(0.2)
    return key


def _split(keys: list[int]) -> dict[str, float]:
    """Median seconds of each step of the assessment, and of waiting before and after it."""
    from licensing.models import Assessment

    steps: dict[str, list[float]] = defaultdict(list)
    for assessment in Assessment.objects.filter(case__in=keys).select_related("case"):
        inside = sum(assessment.seconds.values())
        for name, seconds in assessment.seconds.items():
            steps[name].append(seconds)
        case = assessment.case
        steps["queue before the assessment"].append(
            max((assessment.made_at - case.opened_at).total_seconds() - inside, 0)
        )
        assert case.routed_at is not None
        steps["assessment to routed"].append((case.routed_at - assessment.made_at).total_seconds())
    return {name: percentile(values, 50) for name, values in steps.items()}


def _floor(times: int = 50) -> list[float]:
    """Seconds for the least a step can cost: one durable transaction, one message through the broker."""
    from django.db import connection, transaction

    from config.celery import app

    taken = []
    with app.connection_for_write() as broker:
        client: Any = broker.default_channel.client  # type: ignore[attr-defined]
        for _ in range(times):
            began = time.perf_counter()
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_logical_emit_message(true, 'bench', 'floor')")
            client.lpush("bench-floor", "x")
            client.brpop("bench-floor")
            taken.append(time.perf_counter() - began)
    return taken


def _names() -> int:
    from screening.models import Snapshot

    return sum(Snapshot.objects.filter(in_force_until__isnull=True).values_list("names_count", flat=True))
