"""What the people of an exercise do: file, answer, countersign, judge hits, decide. All through the services."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from core.errors import Blocked, EntenteError, Forbidden, WindowClosed
from core.models import ref
from escalation.exercises.dossiers import Filing
from escalation.exercises.people import Traits, dice, hours, traits
from escalation.exercises.plans import Told
from escalation.exercises.questions import UNIT, Question
from escalation.services import routing
from escalation.services.windows import REVIEW
from licensing.models import Case, Consultation, Decision, Key, Position, TwoKeys
from licensing.policies import positions as policies
from licensing.services import applications, decisions, interests, positions
from members.models import User
from screening import services as screening
from screening.models import Hit

if TYPE_CHECKING:
    from escalation.exercises.run import Run

OBJECTION = {
    "reason_code": "intended_end_use",
    "legal_basis": "Regulation (EU) 2021/821, Article 15(1)(d)",
    "summary": "The stated end-use does not fit what is known of the end-user.",
}
PATIENCE = 3  # times a decider looks again at what cannot be decided yet
AGAIN = 12.0  # hours until then
AFTERWARDS = 2.0  # hours within which those who were away look at what waits


class Hands:
    """The people of one run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.plan = run.plan
        self.traits: dict[str, Traits] = {member: traits(run.plan, member) for member in run.plan.members}

    # -- filing ---------------------------------------------------------------------------------

    def file(self, filing: Filing) -> int:
        """File an application; return the key of its case."""
        actor, firm = self.run.realm.exporters[filing.lead]
        application = applications.start(actor=actor, organisation=firm, dossier=filing.dossier)
        return int(applications.submit(actor=actor, application=application).case.pk)

    # -- answering ------------------------------------------------------------------------------

    def expect(self, question: Question) -> None:
        """Draw whether and when somebody answers a question, and what."""
        if question.member in self.plan.by_hand:
            return
        roll = dice(self.plan, "answer", question.name)
        own = self._traits_of(question)
        silent, pause = roll.random() < own.silent, hours(roll, own.answer_hours, own.spread)
        pause = pause / 4 if question.member == UNIT else pause
        told = self._answer(question, roll.random(), roll.random(), own)
        hasty = roll.random() < own.hasty
        if not silent:
            self.run.later(pause, f"answer:{question.name}", lambda: self._take(question, told, hasty))

    def _traits_of(self, question: Question) -> Traits:
        if question.member != UNIT:
            return self.traits[question.member]
        seat = self.run.realm.seats[question.ministry][0]
        return self.traits[str(seat.jurisdiction_code)]

    def _answer(self, question: Question, luck: float, other: float, own: Traits) -> dict[str, Any]:
        filing = question.filing
        objects = luck < own.cries if filing.sound else luck < own.sees
        if objects:
            return {"kind": Position.Kind.OBJECT, **OBJECTION}
        if other < 0.15:
            return {"kind": Position.Kind.CONDITIONS, "conditions": [{"code": "no_reexport"}]}
        return {"kind": Position.Kind.NO_OBJECTION}

    def _away(self, question: Question) -> float | None:
        """Return the hours until those asked are back, None where they are there."""
        until = self.run.injected("silent", question.member)
        return None if until is None else until - self.run.hour()

    def _take(self, question: Question, told: dict[str, Any], hasty: bool, *, again: bool = False) -> None:
        roll = dice(self.plan, "take", question.name, again)
        away = self._away(question)
        if away is not None:
            pause = away + roll.random() * AFTERWARDS
            self.run.later(pause, f"answer:{question.name}", lambda: self._take(question, told, hasty))
            return
        consultation = self._consultation(question.consultation)
        person = self._speaker(question, consultation)
        if hasty and told["kind"] == Position.Kind.OBJECT:
            self._try(question, lambda: self._position(person, consultation, {**told, "legal_basis": ""}))
        error = self._try(question, lambda: self._position(person, consultation, told))
        if isinstance(error, Forbidden) and not again:
            back = self.run.injected("key-lost", question.member)
            if back is not None:
                pause = back - self.run.hour() + roll.random() * AFTERWARDS
                self.run.later(
                    pause,
                    f"answer:{question.name}:again",
                    lambda: self._take(question, told, False, again=True),
                )
        if error is None:
            self._expect_second(question, consultation)

    def _position(self, person: User, consultation: Consultation, told: dict[str, Any]) -> Position:
        return positions.take(actor=person, consultation=consultation, **told)

    def _try(self, question: Question, act: Callable[[], object]) -> EntenteError | None:
        """Do an act for a member; note why it was refused."""
        from escalation.exercises.run import refused

        error = refused(act)
        if error is not None:
            self.run.note(question.member, _called(error))
        return error

    def _consultation(self, pk: int) -> Consultation:
        return Consultation.objects.select_related("case", "jurisdiction").get(pk=pk)

    def _speaker(self, question: Question, consultation: Consultation, *, other: User | None = None) -> User:
        """Return who answers: the first at the desk, or at the unit's table, who may."""
        realm = self.run.realm
        if question.member == UNIT:
            people = realm.seats[question.ministry]
        else:
            people = realm.voices[question.member, question.ministry]
        people = [person for person in people if person != other]
        return next((person for person in people if policies.may_speak(person, consultation)), people[0])

    def _expect_second(self, question: Question, consultation: Consultation) -> None:
        if not consultation.needs_countersign:
            return
        roll = dice(self.plan, "second", question.name, self.run.noted[question.name, "seconds"])
        self.run.note(question.name, "seconds")
        pause = hours(roll, self._traits_of(question).countersign_hours, 0.5)
        self.run.later(pause, f"second:{question.name}", lambda: self._second(question))

    def _second(self, question: Question) -> None:
        away = self._away(question)
        if away is None:
            back = self.run.injected("key-lost", question.member)
            away = None if back is None else back - self.run.hour()
        if away is not None:
            self.run.later(away + 0.5, f"second:{question.name}", lambda: self._second(question))
            return
        waiting = Position.objects.filter(
            consultation=question.consultation, status=Position.Status.PROPOSED
        ).select_related("consultation__case", "taken_by")
        position = waiting.first()
        if position is None:
            return
        person = (
            self._speaker(question, self._consultation(question.consultation), other=position.taken_by)
            if question.member == UNIT
            else self.run.realm.countersigners[question.member][0]
        )
        self._try(question, lambda: positions.countersign(actor=person, position=position))

    def expect_deputy(self, filing: Filing, pk: int) -> None:
        """An answer was taken over: half of the time the deputy gives it, some hours later."""
        from escalation.exercises.questions import name_of

        consultation = self._consultation(pk)
        question = Question(name_of(filing.number, consultation), filing, pk)
        if question.member in self.plan.by_hand:
            return
        roll = dice(self.plan, "deputy", question.name)
        luck, pause = roll.random(), 1 + 5 * roll.random()
        told = self._answer(question, roll.random(), roll.random(), self._traits_of(question))
        if luck < 0.5:
            self.run.later(pause, f"deputy:{question.name}", lambda: self._stand_in(question, told))

    def _stand_in(self, question: Question, told: dict[str, Any]) -> None:
        if self._away(question) is not None:
            return
        consultation = self._consultation(question.consultation)
        person = consultation.officer
        if consultation.status != Consultation.Status.OPEN or person is None:
            return
        if consultation.positions.exists():
            return
        if self._try(question, lambda: self._position(person, consultation, told)) is None:
            self.run.note(question.member, "deputy")
            self._expect_second(question, consultation)

    def tell_by_hand(self, told: Told) -> Callable[[], None]:
        """Give an answer that a person gave in the exercise, at its hour."""

        def act() -> None:
            numbers = {filing.number: pk for pk, filing in self.run.filings.items()}
            number, round_, tier, member, ministry = told.question.split(":")
            found = Consultation.objects.filter(
                case=numbers.get(int(number), 0),
                round=int(round_),
                tier=int(tier),
                ministry=ministry,
                jurisdiction=None if member == UNIT else member,
            ).first()
            if found is None:
                return
            filing = self.run.filings[found.case_id]
            question = Question(told.question, filing, found.pk)
            said = {"kind": told.kind}
            if told.kind == Position.Kind.OBJECT:
                said |= {
                    "reason_code": told.reason_code,
                    "legal_basis": told.legal_basis,
                    "summary": told.summary,
                }
            consultation = self._consultation(found.pk)
            person = self._speaker(question, consultation)
            if self._try(question, lambda: self._position(person, consultation, said)) is None:
                self._expect_second(question, consultation)

        return act

    # -- deciding -------------------------------------------------------------------------------

    def expect_decision(self, filing: Filing, case_pk: int) -> None:
        """A case waits for its lead: draw when the decider looks at it."""
        times = self.run.noted[f"{filing.number:03d}", "settled"]
        self.run.note(f"{filing.number:03d}", "settled")
        roll = dice(self.plan, "decide", filing.number, times)
        pause = hours(roll, self.traits[filing.lead].decide_hours, 0.5)
        name = f"decide:{filing.number:03d}"
        self.run.later(pause, name, lambda: self._decide(filing, case_pk, PATIENCE))

    def _decide(self, filing: Filing, case_pk: int, patience: int) -> None:
        again = f"decide:{filing.number:03d}"
        busy = [self.run.injected(kind, filing.lead) for kind in ("silent", "key-lost")]
        if back := max((end for end in busy if end is not None), default=None):
            pause = back - self.run.hour() + 1
            self.run.later(pause, again, lambda: self._decide(filing, case_pk, patience))
            return
        case = Case.objects.select_related("lead", "revision", "application").get(pk=case_pk)
        if case.status != Case.Status.IN_REVIEW or case.settled_at is None:
            return
        decider = self.run.realm.deciders[filing.lead]
        self._confirm_way(decider, case)
        self._judge_hits(filing, case)
        objected = Position.objects.filter(
            consultation__case=case, kind=Position.Kind.OBJECT, status=Position.Status.IN_FORCE
        ).exists()
        roll = dice(self.plan, "verdict", filing.number)
        seen = not filing.sound and roll.random() < self._lead_sees(filing)
        refuse = objected or seen
        if not refuse:
            self._turn_keys(filing, case)
        try:
            decision = decisions.propose(actor=decider, case=case, **_verdict(refuse))
        except Blocked:
            self.run.note(filing.lead, "blocked")
            if patience:
                self.run.later(AGAIN, again, lambda: self._decide(filing, case_pk, patience - 1))
                return
            decision = decisions.propose(actor=decider, case=case, **_verdict(True))
        except EntenteError as error:
            self.run.note(filing.lead, _called(error))
            return
        pause = hours(roll, self.traits[filing.lead].countersign_hours, 0.5)
        self.run.later(pause, f"seal:{filing.number:03d}", lambda: self._seal(filing, decision))

    def _lead_sees(self, filing: Filing) -> float:
        """How likely the lead itself sees that a case must not be granted: it is plain where the papers say so."""
        return 0.97 if filing.kind in ("military", "listed") else self.traits[filing.lead].sees / 2

    def _confirm_way(self, decider: User, case: Case) -> None:
        if case.requirements.filter(kind=REVIEW, satisfied_at__isnull=True).exists():
            routing.confirm_routing(actor=decider, case=case)
            self.run.note(case.lead_id, "confirmed")

    def _turn_keys(self, filing: Filing, case: Case) -> None:
        """Where a grant takes two keys, an adjudicator and an adviser of defence sign what the lead would grant."""
        asked = TwoKeys.objects.filter(revision=case.revision_id, ended_at__isnull=True).first()
        people = {
            Key.Interest.HUMANITARIAN: self.run.realm.adjudicators[filing.lead],
            Key.Interest.SECURITY: self.run.realm.voices[filing.lead, "defence"][0],
        }
        if asked is None:
            return
        signed = interests.state(asked)
        for interest, person in people.items():
            if interest.value not in signed:
                interests.sign(
                    actor=person,
                    two_keys=asked,
                    interest=interest.value,
                    reasons="The relief is needed, and the site can be visited.",
                )

    def _judge_hits(self, filing: Filing, case: Case) -> None:
        """Two officers clear a hit of a sound case; that of a listed party is confirmed."""
        first, second = self.run.realm.voices[filing.lead, "trade"][:2]
        for hit in Hit.objects.filter(case_ref=ref(case), status=Hit.Status.OPEN).order_by(
            "list_key", "entry_id", "pk"
        ):
            if filing.kind == "listed":
                screening.confirm_match(actor=first, hit=hit, reason="Name and address are those listed.")
                continue
            cleared = screening.clear(
                actor=first, hit=hit, reason="Another address and another line of business than the listed."
            )
            if cleared.status == Hit.Status.PROPOSED_CLEAR:
                screening.confirm_clear(actor=second, hit=cleared)

    def _seal(self, filing: Filing, decision: Decision) -> None:
        back = self.run.injected("key-lost", filing.lead) or self.run.injected("silent", filing.lead)
        if back is not None:
            pause = back - self.run.hour() + 1
            self.run.later(pause, f"seal:{filing.number:03d}", lambda: self._seal(filing, decision))
            return
        found = Decision.objects.select_related("case", "revision").get(pk=decision.pk)
        if found.status != Decision.Status.PROPOSED:
            return
        second = self.run.realm.countersigners[filing.lead][1]
        try:
            decisions.countersign(actor=second, decision=found)
        except EntenteError as error:
            self.run.note(filing.lead, _called(error))


def _called(error: EntenteError) -> str:
    """What the scorecard calls a refusal."""
    if isinstance(error, WindowClosed):
        return "late"
    if isinstance(error, Forbidden):
        return "not_allowed"
    return "incomplete" if error.code == "invalid" else "not_possible"


def _verdict(refuse: bool) -> dict[str, Any]:
    if refuse:
        return {
            "kind": Decision.Kind.REFUSE,
            "criteria": ["C4"],
            "ground_code": "C4",
            "reasons": "The intended end-use could not be established.",
            "reasons_for_exporter": "The end-use is not established for what was asked for.",
        }
    return {
        "kind": Decision.Kind.GRANT,
        "criteria": ["C1"],
        "reasons": "Civil end-use at a named site; nobody who answered objects.",
        "reasons_for_exporter": "Your application meets the published criteria.",
    }
