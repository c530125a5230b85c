"""Workers and clock killed at random while cases are handled: nothing is lost, nothing is doubled.

Against real processes. The same cases are handled twice, each by a script of its own that answers, stays silent,
objects and decides: once undisturbed, once while `kill -9` hits workers and clock again and again. What came of
each case, and how often each thing happened to it, has to be the same.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from bench import _cases
from config.embedded.progress import step
from config.embedded.trial import Trial, trial

#: What happens to a case once at most or as often as it should, whatever is killed.
COUNTED = (
    "case.routed",
    "consultation.opened",
    "window.lapsed",
    "case.escalated",
    "case.held",
    "case.settled",
    "position.taken",
    "decision.countersigned",
    "case.decided",
    "licence.issued",
)
GRANT: dict[str, Any] = {"kind": "grant", "criteria": ["C1"], "reasons": "Civil end-use at a named site."}
REFUSE: dict[str, Any] = {
    "kind": "refuse",
    "criteria": ["C4"],
    "ground_code": "C4",
    "reasons": "The end-use could not be established.",
    "reasons_for_exporter": "The end-use could not be established.",
}
OBJECTION: dict[str, Any] = {
    "reason_code": "intended_end_use",
    "legal_basis": "Regulation (EU) 2021/821, Article 14(1)",
    "summary": "The stated end-use does not fit the quantity asked for.",
}


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente prove kills", description=__doc__)
    parser.add_argument("--cases", type=int, default=40, help="default: %(default)s")
    parser.add_argument("--kills", type=int, default=10, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="of when what is killed (default: %(default)s)")
    options = parser.parse_args(arguments)
    with trial() as system:
        _cases.enter(system)
        with step(f"handle {options.cases} cases undisturbed"):
            quiet = _handled(1000, options.cases, lambda: None)
        killer = Killer(system, options.kills, options.seed)
        with step(f"handle them again while {options.kills} processes are killed"):
            disturbed = _handled(2000, options.cases, killer.strike)
        try:
            assert killer.left == 0, f"{killer.left} kills had no time: take more cases"
            _compare(quiet, disturbed)
            _nothing_parked()
        except AssertionError as failure:
            print(f"NOT PROVED: {failure}")
            return 1
    print(f"  killed: {dict(killer.killed)}; {options.cases} cases the same in outcome and in every count")
    print(f"  {dict(Counter(str(outcome['decision']) for outcome in quiet.values()))}")
    print("Proved.")
    return 0


class Killer:
    """Kills one process now and then, and starts it again a little later."""

    def __init__(self, system: Trial, kills: int, seed: int) -> None:
        self.system, self.left = system, kills
        self.dice = random.Random(seed)
        self.killed: Counter[str] = Counter()
        self.next = time.monotonic() + 0.5
        self.down: tuple[str, float] | None = None

    def strike(self) -> None:
        now = time.monotonic()
        if self.down is not None and now >= self.down[1]:
            self.system.start(self.down[0])
            self.down, self.next = None, now + self.dice.uniform(2, 5)
        elif self.down is None and self.left and now >= self.next:
            name = self.dice.choice(["worker", "worker", "clock"])
            self.system.kill(name)
            self.killed[name] += 1
            self.left -= 1
            self.down = (name, now + self.dice.uniform(0.2, 1.5))


def _handled(first: int, count: int, disturb: Callable[[], None], patience: float = 420) -> dict[int, Any]:
    """File cases in a row, let their script play and return what came of each by its number."""
    from licensing.models import Case

    people = _people()
    numbers: dict[int, int] = {}
    end = time.monotonic() + patience
    while time.monotonic() < end:
        disturb()
        if len(numbers) < count:
            number = len(numbers)
            numbers[_cases.file(first + number, own_reference=f"DRILL-{first + number}")] = number
        for case in Case.objects.filter(pk__in=numbers, status__in=["in_review", "on_hold"]).order_by("pk"):
            _play(case, numbers[case.pk] % 4, people)
        if len(numbers) == count and not Case.objects.filter(pk__in=numbers, status__in=Case.OPEN).exists():
            disturb()
            return {number: _outcome(pk) for pk, number in numbers.items()}
        time.sleep(0.1)
    left = Case.objects.filter(pk__in=numbers, status__in=Case.OPEN).values_list("reference", "status")
    raise AssertionError(f"not done after {patience:.0f} s: {list(left)[:5]}")


def _people() -> dict[str, Any]:
    from members.models import Role, User

    def of(code: str, role: str) -> Any:
        found = User.objects.in_roles(role).filter(authority__jurisdiction=code, authority__ministry="trade")
        return found.order_by("pk").first()

    return {
        "FR": of("FR", Role.LICENSING_OFFICER),
        "US": of("US", Role.LICENSING_OFFICER),
        "unit": of("US", Role.CRISIS_SEAT),
        "decider": of("DE", Role.DECIDER),
        "second": of("DE", Role.COUNTERSIGNER),
    }


def _play(case: Any, script: int, people: dict[str, Any]) -> None:
    """Do what the script of a case has next, if it is time: 0 all are silent, 1 all agree, 2 one is silent and the
    unit agrees, 3 one objects."""
    from core.errors import EntenteError
    from licensing.services import decisions, positions

    speakers = {0: (), 1: ("FR", "US"), 2: ("FR", "unit"), 3: ("FR", "US")}[script]
    try:
        for asked in case.consultations.filter(round=case.round, status="open"):
            who = asked.jurisdiction_id or "unit"
            if who in speakers and not asked.positions.exists():
                said: dict[str, Any] = (
                    {"kind": "object", **OBJECTION}
                    if (script, who) == (3, "US")
                    else {"kind": "no_objection"}
                )
                positions.take(actor=people[who], consultation=asked, **said)
        if case.settled_at is not None or case.status == "on_hold":
            verdict = GRANT if script in (1, 2) else REFUSE
            decision = decisions.propose(actor=people["decider"], case=case, **verdict)
            decisions.countersign(actor=people["second"], decision=decision)
    except EntenteError:
        return  # it has moved in the meantime: the next look shows how


def _outcome(pk: int) -> dict[str, Any]:
    """Return what came of a case, and how often what happened to it."""
    from ledger.models import Event
    from licensing.models import Assessment, Case, Decision, Licence

    case = Case.objects.get(pk=pk)
    events = Event.objects.filter(aggregate=f"case:{pk}", type__in=COUNTED).values_list("type", flat=True)
    taken = Decision.objects.filter(case=pk, status="countersigned").values_list("kind", flat=True)
    return {
        "status": case.status,
        "tier": case.tier,
        "decision": ", ".join(taken),
        "asked": sorted(
            f"{c.tier} {c.addressee} {c.status} {c.positions.count()}" for c in case.consultations.all()
        ),
        "assessments": Assessment.objects.filter(case=pk).count(),
        "licences": Licence.objects.filter(case=pk).count(),
        "events": dict(sorted(Counter(events).items())),
    }


def _compare(quiet: dict[int, Any], disturbed: dict[int, Any]) -> None:
    for number, wanted in quiet.items():
        found = disturbed[number]
        other = {name: (wanted[name], found[name]) for name in wanted if wanted[name] != found[name]}
        assert not other, f"case {number} differs: {other}"


def _nothing_parked() -> None:
    from deadlines.models import DueInstant
    from ledger.models import Delivery

    assert not Delivery.objects.filter(parked_at__isnull=False).exists(), "a delivery was given up"
    assert not DueInstant.objects.filter(state="parked").exists(), "a due instant failed"
