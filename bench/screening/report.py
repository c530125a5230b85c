"""The table of all engines and the bounds asked of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bench.screening import cases
from config.embedded.progress import table

OURS, RIVAL = "entente", "logic-v2"


class Row(NamedTuple):
    """One line: how to read it from the document of an engine, and what is asked of ours."""

    label: str
    read: Callable[[Mapping[str, Any]], Any]
    bound: float | None = None
    at_least: bool = True


def _figure(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda document: document["figures"].get(name)


def _among_hits(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda document: document["figures_among_hits"].get(name)


def _value(part: str, name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda document: (document.get(part) or {}).get(name)


def _index(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda document: document["indexes"][cases.EVERYTHING][name]


ROWS = (
    Row("threshold", lambda document: document["threshold"]),
    Row("recall: other list's spelling of the same party", _figure(cases.CROSSLIST), 0.92),
    Row("recall: held-out official akas", _figure(cases.ALIASES), 0.60),
    Row("recall: synthetic evasion variants", _figure(cases.SYNTHETIC), 0.90),
    Row("  among the hits, at any rank", _among_hits(cases.SYNTHETIC)),
    Row("recall: the weakest synthetic class", lambda document: document["weakest_synthetic_class"], 0.75),
    Row("recall: UN names, treated", _figure(cases.UN)),
    Row("recall: renamed parties with identifiers", _figure(cases.RENAMED), 1.0),
    Row("false alarms: near-miss names", _figure(cases.NEAR_MISS), 0.08, False),
    Row("false alarms: persons, name only", _figure(cases.PERSONS), 0.005, False),
    Row("false alarms: persons, with date of birth", _figure(cases.PERSONS_BORN), 0.0, False),
    Row("F1: name_bench and cross-script pairs", lambda document: document["pairs_f1"], 0.85),
    Row("F1: all searches by name", lambda document: document["f1"]),
    Row("latency p50, ms", _value("latency_ms", "p50"), 3, False),
    Row("latency p95, ms", _value("latency_ms", "p95"), 8, False),
    Row("latency p99, ms", _value("latency_ms", "p99"), 15, False),
    Row("memory, RSS in MB", _value("memory_mb", "rss")),
    Row("memory, PSS in MB", _value("memory_mb", "pss")),
    Row("index of all lists, build in s", _index("build_s")),
    Row("index of all lists, load in s", _index("load_s")),
)

MILLION = (
    Row("names", lambda document: document["names"]),
    Row("latency p50, ms", _value("latency_ms", "p50"), 10, False),
    Row("latency p95, ms", _value("latency_ms", "p95"), 30, False),
    Row("latency p99, ms", _value("latency_ms", "p99")),
    Row("found among the misspelt", lambda document: document["found"]),
    Row("two processes together, PSS in MB", lambda document: document["two_processes_pss_mb"], 1200, False),
    Row("load in s", lambda document: document["load_s"], 3, False),
    Row("build in s", lambda document: document["build_s"], 120, False),
    Row("a change of 1,000 entries in s", lambda document: document["change_s"], 2, False),
)


def show(rows: tuple[Row, ...], engines: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table. A share stands as: value (tuning half | validation half) n."""
    lines = []
    for row in rows:
        asked = "" if row.bound is None else f"{'>=' if row.at_least else '<='} {row.bound:g}"
        judged = [] if OURS not in engines else [_judge(row, engines[OURS])]
        lines.append(
            [row.label, asked, *(_cell(row.read(document)) for document in engines.values()), *judged]
        )
    return table(["", "asked of entente", *engines, *([""] if OURS in engines else [])], lines)


def missed(rows: tuple[Row, ...], document: Mapping[str, Any]) -> list[str]:
    return [row.label for row in rows if _judge(row, document) == "MISSED"]


def _judge(row: Row, document: Mapping[str, Any]) -> str:
    if row.bound is None:
        return ""
    told = row.read(document)
    value = told["value"] if isinstance(told, Mapping) else told
    if value is None:
        return "not measured"
    return "reached" if (value >= row.bound if row.at_least else value <= row.bound) else "MISSED"


def _cell(told: Any) -> str:
    if told is None:
        return "-"
    if isinstance(told, Mapping):
        halves = f" ({told['tuning']:.3f}|{told['validation']:.3f})" if "tuning" in told else ""
        return f"{told['value']:.4g}{halves} n={told['n']}" + (f" {told['class']}" if "class" in told else "")
    return f"{told:,.4g}" if isinstance(told, float) and told < 1000 else f"{told:,.0f}"


def ratio(engines: Mapping[str, Mapping[str, Any]]) -> float | None:
    """Return how many times faster than logic-v2 our median search is; None where one was not measured."""
    if OURS not in engines or RIVAL not in engines:
        return None
    rival, ours = (float(engines[name]["latency_ms"]["p50"]) for name in (RIVAL, OURS))
    return round(rival / ours, 2)
