"""Living through an exercise: the virtual clock, what arrives, who answers, and what goes wrong."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from math import ceil

from django.db import connection

from alliance import selectors as alliance
from core import clock
from core.errors import EntenteError
from core.models import ref_id
from deadlines import services as deadlines
from deadlines.models import DueInstant
from escalation.exercises import realm as realms
from escalation.exercises.acting import Hands
from escalation.exercises.dossiers import Filing, filings
from escalation.exercises.plans import STEP, Plan
from escalation.exercises.questions import Question, name_of
from ledger import offers
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.models import Case, Consultation
from members.services import access

HOUR = timedelta(hours=1)
Tell = Callable[[dict[str, int]], None]
WATCHED = ("case.settled", "consultation.taken_over")


class Run:
    """One exercise on a database that holds nothing but what is agreed. `tell` hears how far it is."""

    def __init__(self, plan: Plan, tell: Tell | None = None) -> None:
        self.plan = plan
        self.tell = tell
        self.queue: list[tuple[datetime, str, int, Callable[[], None]]] = []
        self.pushed = 0
        self.filings: dict[int, Filing] = {}  # by the key of the case
        self.noted: Counter[tuple[str, str]] = Counter()  # (member, what) of what the database does not keep
        self.latest = (0, 0)  # keys of the last consultation and event when it was last listened
        self.asked = 0
        self.heard = 0

    # -- time -----------------------------------------------------------------------------------

    def hour(self) -> float:
        """Hours since the exercise began."""
        return (clock.now() - self.plan.begins) / HOUR

    def at_hour(self, hour: float) -> datetime:
        """Return the first step of the clock at or after an hour of the exercise."""
        return self.plan.begins + STEP * ceil(round(hour * HOUR / STEP, 6))

    def later(self, hours: float, name: str, act: Callable[[], None]) -> None:
        self.at(self.hour() + hours, name, act)

    def at(self, hour: float, name: str, act: Callable[[], None]) -> None:
        self.pushed += 1
        heapq.heappush(self.queue, (max(self.at_hour(hour), clock.now()), name, self.pushed, act))

    def injected(self, kind: str, what: str) -> float | None:
        """Return the hour at which an inject that runs now is over, None where none does."""
        now = self.hour()
        ends = [i.end for i in self.plan.injects if (i.kind, i.what) == (kind, what) and i.runs_at(now)]
        return max(ends, default=None)

    # -- the whole ------------------------------------------------------------------------------

    def live(self) -> realms.Realm:
        """Run from the beginning until the plan's last hour; return whose exercise it was."""
        with ExitStack() as stack:
            hands = stack.enter_context(clock.set_to(self.plan.begins))
            stack.enter_context(offers.withheld())
            self.realm = realms.fill(self.plan)
            self.hands = Hands(self)
            realms.feed_list()
            realms.age_list()
            self._schedule()
            last = self.plan.begins + self.plan.until * HOUR
            day = None
            pinned = ExitStack()
            stack.callback(lambda: pinned.close())
            while (instant := self._next()) is not None and instant <= last:
                hands.move_to(instant)
                if day != instant.date():  # what is agreed is read once a day
                    pinned.close()
                    day = instant.date()
                    pinned.enter_context(alliance.pinned())
                self._step()
                if self.tell is not None:
                    self.tell(self.progress())
            hands.move_to(max(last, clock.now()))
            self._settle()
        return self.realm

    def _schedule(self) -> None:
        for filing in filings(self.plan):
            self.at(filing.hour, f"file:{filing.number:03d}", self._filer(filing))
        for hour in range(realms.FED_EVERY, self.plan.until, realms.FED_EVERY):
            self.at(hour, "feed", self._feed)
        for inject in self.plan.injects:
            if inject.kind == "key-lost":
                self.at(inject.start, f"inject:{inject}", self._key_taker(inject.what))
                self.at(inject.end, f"inject:{inject}:over", self._key_giver(inject.what))
        for number, told in enumerate(self.plan.told):
            self.at(told.hour, f"told:{number:04d}", self.hands.tell_by_hand(told))

    def _next(self) -> datetime | None:
        """Return when the clock has to stand next: something happens, or falls due."""
        due = DueInstant.objects.filter(state=DueInstant.State.OPEN).order_by("due_at")
        first = due.values_list("due_at", flat=True).first()
        wanted = [self.queue[0][0]] if self.queue else []
        if first is not None:
            wanted.append(max(self.at_hour((first - self.plan.begins) / HOUR), clock.now()))
        if not wanted or (not self.queue and self._over()):
            return None
        return min(wanted)

    def _over(self) -> bool:
        return not Case.objects.filter(status__in=Case.OPEN).exists()

    def _step(self) -> None:
        self._settle()
        now = clock.now()
        while self.queue and self.queue[0][0] <= now:
            _at, _name, _place, act = heapq.heappop(self.queue)
            act()
            self._listen()
        self._settle()
        self._listen()

    def _settle(self) -> None:
        """Let everything that is due or was recorded have its effect."""
        while run_deliveries(limit=100_000) + deadlines.tick():
            continue

    def _listen(self) -> None:
        """Hear of new questions and of cases that wait for their decision."""
        asked, heard, waits = _latest()
        if waits:
            run_deliveries(limit=100_000)
            asked, heard, _waits = _latest()
        if (asked, heard) == self.latest:
            return
        self.latest = asked, heard
        fresh = Consultation.objects.filter(pk__gt=self.asked).order_by("pk").select_related("case")
        questions = []
        for consultation in fresh:
            self.asked = consultation.pk
            filing = self.filings[consultation.case_id]
            questions.append(Question(name_of(filing.number, consultation), filing, consultation.pk))
        for question in sorted(questions, key=lambda question: question.name):
            self.hands.expect(question)
        events = Event.objects.filter(pk__gt=self.heard, type__in=WATCHED).order_by("pk")
        for pk, type, subject, aggregate in events.values_list("pk", "type", "subject_id", "aggregate"):
            self.heard = pk
            filing = self.filings[ref_id(aggregate, "case")]
            if type == "case.settled":
                self.hands.expect_decision(filing, ref_id(aggregate, "case"))
            else:
                self.hands.expect_deputy(filing, int(subject))

    def progress(self) -> dict[str, int]:
        """Return how far the exercise is."""
        return {"hour": int(self.hour()), "until": self.plan.until, "filed": len(self.filings)}

    # -- what happens by itself ------------------------------------------------------------------

    def _filer(self, filing: Filing) -> Callable[[], None]:
        def act() -> None:
            self.filings[self.hands.file(filing)] = filing

        return act

    def _feed(self) -> None:
        if self.injected("stale", "ofac") is None:
            realms.feed_list()

    def _key_taker(self, member: str) -> Callable[[], None]:
        def act() -> None:
            for person in self.realm.of(member):
                access.remove_second_factor(person)
                access.end_sessions(person)
            self.realm.forget(member)

        return act

    def _key_giver(self, member: str) -> Callable[[], None]:
        def act() -> None:
            for person in self.realm.of(member):
                realms.give_key(person)
            self.realm.forget(member)

        return act

    def note(self, member: str, what: str) -> None:
        self.noted[member, what] += 1


def _latest() -> tuple[int, int, bool]:
    """Return the keys of the last consultation and the last event, and whether a delivery waits: asked after
    each act, and mostly nothing is new."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT coalesce(max(id), 0) FROM licensing_consultation),"
            " (SELECT coalesce(max(id), 0) FROM ledger_event),"
            " EXISTS (SELECT 1 FROM ledger_delivery WHERE parked_at IS NULL)"
        )
        asked, heard, waits = cursor.fetchone()
    return int(asked), int(heard), bool(waits)


def refused(act: Callable[[], object]) -> EntenteError | None:
    """Do an act; return why it was refused, None when it was done."""
    try:
        act()
    except EntenteError as error:
        return error
    return None
