"""Checks, what comes of them, and how that is told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
T = TypeVar("T")


class Failed(Exception):
    """What was seen is not what the contract says; the message tells both."""


class Skipped(Exception):
    """What the check needs is not there; the message says how to provide it."""


def expect(holds: object, told: str) -> None:
    """Raise Failed with what was expected and seen unless it holds."""
    if not holds:
        raise Failed(told)


@dataclass(frozen=True)
class Check(Generic[T]):
    """One thing that the contract says. `doc`: where it says so, under the repository's docs."""

    name: str
    says: str
    doc: str
    writes: bool
    act: Callable[[T], None]


class Checks(list[Check[T]]):
    """Checks in the order in which they are written down."""

    def add(self, doc: str, *, writes: bool = False) -> Callable[[Callable[[T], None]], Callable[[T], None]]:
        """Take down a function as a check: its name names it, its docstring says what has to hold."""

        def noted(act: Callable[[T], None]) -> Callable[[T], None]:
            says = " ".join(str(act.__doc__).split())
            self.append(Check(act.__name__.replace("_", "-"), says, doc, writes, act))
            return act

        return noted


@dataclass(frozen=True)
class Result:
    name: str
    outcome: str
    says: str
    reason: str
    doc: str
    took_ms: int


def run(
    checks: Sequence[Check[T]],
    of: T,
    *,
    only: Iterable[str] = (),
    writing: bool = True,
    tell: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """Run checks one after the other; one that breaks off for any reason has failed, and says why."""
    wanted, results = set(only), []
    for check in checks:
        if wanted and check.name not in wanted:
            continue
        began, outcome, reason = time.monotonic(), PASSED, ""
        try:
            if check.writes and not writing:
                raise Skipped("This writes, and the deployment is no sandbox. --write lets it.")
            check.act(of)
        except Skipped as skipped:
            outcome, reason = SKIPPED, str(skipped)
        except Failed as failed:
            outcome, reason = FAILED, str(failed)
        except Exception as error:  # an answer of another shape breaks a check off in any way
            outcome, reason = FAILED, f"The answer could not be read ({type(error).__name__}: {error})."
        took = round((time.monotonic() - began) * 1000)
        results.append(Result(check.name, outcome, check.says, reason, check.doc, took))
        tell(results[-1])
    return results


def line(result: Result) -> str:
    """Return a result as a person reads it: what failed with its reason and where the contract says so."""
    mark = {PASSED: "ok    ", FAILED: "FAILED", SKIPPED: "-     "}[result.outcome]
    told = f"{mark} {result.name:<28} {result.says}"
    if result.outcome == PASSED:
        return told
    told += f"\n       {'':<28} {result.reason}"
    return f"{told}\n       {'':<28} See {result.doc}" if result.outcome == FAILED else told


def summary(results: Sequence[Result]) -> str:
    counted = {kind: sum(one.outcome == kind for one in results) for kind in (PASSED, FAILED, SKIPPED)}
    seconds = sum(one.took_ms for one in results) / 1000
    return (
        f"{counted[PASSED]} passed, {counted[FAILED]} failed, {counted[SKIPPED]} skipped in {seconds:.1f} s"
    )


def report(results: Sequence[Result], **about: Any) -> str:
    """Return the results for machines."""
    return json.dumps({**about, "checks": [asdict(one) for one in results]}, indent=1, ensure_ascii=False)
