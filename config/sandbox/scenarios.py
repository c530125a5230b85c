"""What a partner finds in its sandbox: a case at each stage, played by the services themselves up to the present.

Each scenario is a generator that yields how many hours before the present it goes on. All are played side by side
by a clock that moves from the first to the present, so that what lapses on the way lapses at its own instant.
References are drawn with dice named after the scenario: they are the same after each reset.
"""

from __future__ import annotations

import copy
import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog

from alliance import adopting, declaring
from alliance.models import Declaration
from api.examples import DOSSIER, OBJECTION, QUESTION, REFUSAL
from core import clock, references
from core.errors import EntenteError
from deadlines.models import DueInstant
from enforcement.services import drawdown, shipments
from escalation.exercises.realm import feed_list as feed
from licensing.models import Application, Case, Consultation, InformationRequest, Licence
from licensing.services import applications, decisions, information, licences, positions
from members.models import Ministry, Organisation, Role, User

__all__ = ["SCENARIOS", "feed", "play"]

log = structlog.get_logger(__name__)

Hours = Iterator[float]
LONGEST = 24 * 9  # hours before the present at which the first scenario begins
CIVIL = "Civil end-use at a named site; nobody who answered objects."
GRANT: dict[str, Any] = {
    "kind": "grant",
    "criteria": ["C1"],
    "reasons": CIVIL,
    "reasons_for_exporter": "Your application meets the published criteria.",
}
RELIEF = {
    "kind": "humanitarian",
    "provider": "red_cross",
    "supply": "medical",
    "reference": "Appeal 2026-14",
    "explanation": "Equipment for district hospitals after the floods.",
}


@dataclass
class Play:
    """One scenario being played: whoever acts in it, and what it leaves behind."""

    key: str
    found: dict[str, str] = field(default_factory=dict)

    def officer(self, member: str, role: str, ministry: str = Ministry.TRADE) -> User:
        rows = User.objects.filter(
            authority__jurisdiction=member, authority__ministry=ministry, appointments__role=role
        )
        found: User = rows.select_related("authority").order_by("pk")[0]
        return found

    def exporter(self) -> tuple[User, Organisation]:
        firm = Organisation.objects.filter(jurisdiction="DE", status="vetted").order_by("pk")[0]
        person: User = User.objects.filter(memberships__organisation=firm).order_by("pk")[0]
        return person, firm

    def dossier(self, buyer: str, **item: Any) -> dict[str, Any]:
        """Return the example of the schema for another buyer."""
        found = copy.deepcopy(DOSSIER)
        found["own_reference"] = f"SANDBOX-{self.key}"
        found["items"][0] |= {"serial_numbers": [], **item}
        for party in found["parties"]:
            party["name"] = buyer
        return found

    def draft(self, dossier: dict[str, Any]) -> Application:
        person, firm = self.exporter()
        application: Application = applications.start(actor=person, organisation=firm, dossier=dossier)
        self.found["application"] = application.reference
        return application

    def file(self, dossier: dict[str, Any]) -> Application:
        person, _firm = self.exporter()
        application: Application = applications.submit(
            actor=person, application=self.draft(dossier), final=True
        )
        if case := Case.objects.filter(application=application).first():
            self.found["case"] = case.reference
        return application

    def case(self) -> Case:
        found: Case = Case.objects.select_related("lead", "revision", "application").get(
            reference=self.found["case"]
        )
        return found

    def answer(self, **said: Any) -> None:
        """Let everyone who is asked now answer, without objection unless told otherwise."""
        for consultation in Consultation.objects.filter(case=self.case(), status="open").order_by("pk"):
            member, ministry = str(consultation.jurisdiction_id), consultation.ministry
            role = Role.LICENSING_OFFICER if ministry == Ministry.TRADE else Role.ADVISER
            position = positions.take(
                actor=self.officer(member, role, ministry),
                consultation=consultation,
                **(said or {"kind": "no_objection"}),
            )
            if position.status == "proposed":
                positions.countersign(actor=self.officer(member, Role.COUNTERSIGNER), position=position)

    def decide(self, told: dict[str, Any] = GRANT, *, countersign: bool = True) -> None:
        decision = decisions.propose(actor=self.officer("DE", Role.DECIDER), case=self.case(), **told)
        if not countersign:
            return
        decisions.countersign(actor=self.officer("DE", Role.COUNTERSIGNER), decision=decision)
        if licence := Licence.objects.filter(case=self.case()).first():
            self.found["licence"] = licence.number

    def licence(self) -> Licence:
        found: Licence = Licence.objects.select_related("case", "issued_by").get(number=self.found["licence"])
        return found

    def licensed(self, buyer: str, **item: Any) -> Hours:
        """File, answer and grant within three days."""
        self.file(self.dossier(buyer, **item))
        yield LONGEST - 30
        self.answer()
        yield LONGEST - 60
        self.decide()

    def draw(self, declaration: str, quantity: int, *, confirm: bool = True) -> None:
        officer = self.officer("DE", Role.CUSTOMS_OFFICER, Ministry.CUSTOMS)
        reservation = drawdown.reserve(
            actor=officer,
            licence=self.licence(),
            line=1,
            quantity=Decimal(quantity),
            unit="NAR",
            office="DE004851",
            declaration=declaration,
        )
        if confirm:
            drawdown.confirm(actor=officer, reservation=reservation)


@dataclass(frozen=True)
class Scenario:
    """One of them: its name in docs and answers, what stands there, and how it is played."""

    key: str
    title: str
    play: Callable[[Play], Hours]


def draft(play: Play) -> Hours:
    """A draft that waits to be submitted by the exporter."""
    yield 20
    play.draft(play.dossier("Straits Combustion Laboratory"))


def returned(play: Play) -> Hours:
    """An application that came back with deficiency codes: the end-use is missing."""
    yield 18
    content = play.dossier("Straits Spray Institute")
    content["end_use"] = {**content["end_use"], "purpose": "", "undertakings": []}
    play.file(content)


def consulting(play: Play) -> Hours:
    """An open consultation: France and the United States are asked, and nobody has answered."""
    yield 26
    play.file(play.dossier("Straits Turbine Works"))


def question(play: Play) -> Hours:
    """A case whose exporter was asked something; its clock stands."""
    yield 50
    play.file(play.dossier("Straits Optics Observatory"))
    yield 24
    asked: InformationRequest = information.ask(
        actor=play.officer("DE", Role.LICENSING_OFFICER), case=play.case(), **QUESTION
    )
    play.found["information_request"] = str(asked.uid)


def objected(play: Play) -> Hours:
    """A case to which France objects bindingly: its lead cannot grant it."""
    yield 72
    play.file(play.dossier("Straits Marine Foundation"))
    yield 40
    asked = Consultation.objects.get(case=play.case(), jurisdiction="FR", status="open")
    taken = positions.take(actor=play.officer("FR", Role.LICENSING_OFFICER), consultation=asked, **OBJECTION)
    if taken.status == "proposed":
        positions.countersign(actor=play.officer("FR", Role.COUNTERSIGNER), position=taken)


def answered(play: Play) -> Hours:
    """A case that everyone has answered: its lead decides."""
    yield 80
    play.file(play.dossier("Straits Hydrology Institute"))
    yield 30
    play.answer()


def proposed(play: Play) -> Hours:
    """A grant that waits for its countersignature."""
    yield 90
    play.file(play.dossier("Straits Seismic Observatory"))
    yield 60
    play.answer()
    yield 12
    play.decide(countersign=False)


def refused(play: Play) -> Hours:
    """A refusal, and the denial that other members are told of."""
    yield 120
    play.file(play.dossier("Straits Oncology Works"))
    yield 90
    play.answer()
    yield 48
    play.decide(REFUSAL)


def escalated(play: Play) -> Hours:
    """A critical case that nobody answered within 48 hours: it has climbed a tier."""
    yield 60
    play.file(
        play.dossier(
            "Straits Network Laboratory",
            control_code="5A004",
            hs_code="847180",
            description="Test appliance for network security",
        )
    )


def balance(play: Play) -> Hours:
    """A licence for ten pieces: three drawn, two reserved at a border, five left."""
    yield LONGEST
    yield from play.licensed("Straits Camera Laboratory", quantity="10")
    yield 40
    play.draw("26DE485100000001A1", 3)
    yield 20
    play.draw("26DE485100000002A2", 2, confirm=False)


def untouched(play: Play) -> Hours:
    """A licence of which nothing has been drawn."""
    yield LONGEST - 1
    yield from play.licensed("Straits Imaging Institute", quantity="6")


def suspended(play: Play) -> Hours:
    """A suspended licence."""
    yield LONGEST - 2
    yield from play.licensed("Straits Filming Works")
    yield 30
    licences.suspend(
        actor=play.officer("DE", Role.DECIDER),
        licence=play.licence(),
        reason="The end-user did not let the use be checked.",
    )


def revoked(play: Play) -> Hours:
    """A revoked licence."""
    yield LONGEST - 3
    yield from play.licensed("Straits Ballistics Institute")
    yield 28
    licences.revoke(
        actor=play.officer("DE", Role.DECIDER),
        licence=play.licence(),
        reason="The undertakings were broken.",
    )


def exhausted(play: Play) -> Hours:
    """An exhausted licence: all of it is drawn."""
    yield LONGEST - 4
    yield from play.licensed("Straits Spray Observatory", quantity="2")
    yield 36
    play.draw("26DE485100000003A3", 2)


def shipped(play: Play) -> Hours:
    """A licence with a shipment on its way."""
    yield LONGEST - 5
    yield from play.licensed("Straits Injector Laboratory", quantity="4")
    yield 30
    person, _firm = play.exporter()
    licence = play.licence()
    shipment = shipments.declare(
        actor=person,
        licence=licence,
        quantities={1: Decimal(2)},
        consignee="Straits Injector Laboratory",
        destination="SG",
        carrier="Nordsee Spedition GmbH",
        carrier_country="DE",
        leaves_from="DE",
        planned_departure=clock.today(),
        planned_arrival=clock.today() + timedelta(days=21),
    )
    shipments.depart(actor=person, shipment=shipment)
    play.found["shipment"] = shipment.reference


def relief(play: Play) -> Hours:
    """Relief on a humanitarian ground, granted in the humanitarian lane."""
    yield LONGEST - 6
    content = play.dossier("Lake Basin Hospital Trust")
    content["ground"] = RELIEF
    play.file(content)
    yield LONGEST - 8
    play.answer()
    yield LONGEST - 10
    play.decide()


def provisional(play: Play) -> Hours:
    """Relief that nobody answered: a share is licensed provisionally, and ends unless two members confirm it."""
    yield 90
    content = play.dossier("Rift Valley Clinics")
    content["ground"] = RELIEF
    play.file(content)


def crisis(play: Play) -> Hours:
    """A crisis in force: an embargo that Germany and France have adopted."""
    yield 44
    declared: Declaration = declaring.declare(
        actor=play.officer("DE", Role.CRISIS_SEAT),
        set_key="embargo-tightening",
        title="Embargo on dual-use goods (sandbox)",
        objective="Stop what would reach the aggressor within the hour.",
        legal_basis="Council Decision 2026/114, Article 2",
    )
    play.found["crisis"] = declared.reference
    yield 42
    declaring.confirm(actor=play.officer("FR", Role.CRISIS_SEAT, Ministry.INTELLIGENCE), declaration=declared)
    yield 41
    for member in ("DE", "FR"):
        adopting.adopt(
            actor=play.officer(member, Role.DECIDER),
            declaration=Declaration.objects.get(pk=declared.pk),
            legal_reference="Order 7/2026 of the ministry",
        )


SCENARIOS = tuple(
    Scenario(one.__name__, str(one.__doc__), one)
    for one in (
        draft,
        returned,
        consulting,
        question,
        objected,
        answered,
        proposed,
        refused,
        escalated,
        balance,
        untouched,
        suspended,
        revoked,
        exhausted,
        shipped,
        relief,
        provisional,
        crisis,
    )
)


def play(settle: Callable[[], None]) -> list[dict[str, Any]]:
    """Play every scenario up to the present and return what each left behind.

    `settle` lets everything recorded or due have its effect.
    """
    end = clock.now()
    begun = [(one, Play(one.key)) for one in SCENARIOS]
    waiting: list[tuple[datetime, int, Hours]] = []
    for place, (one, stage) in enumerate(begun):
        steps = one.play(stage)
        heapq.heappush(waiting, (end - timedelta(hours=next(steps)), place, steps))
    dice = {place: random.Random(f"sandbox {one.key}") for place, (one, _stage) in enumerate(begun)}  # noqa: S311
    with (
        clock.set_to(waiting[0][0]) as hands,
        references.drawn_with(random.Random("sandbox")),  # noqa: S311 - tells cases apart, guards nothing
    ):
        feed()
        while waiting:
            at, place, steps = heapq.heappop(waiting)
            _pass(hands, at, settle)
            further = None
            try:
                with references.drawn_with(dice[place]):
                    further = next(steps, None)
            except EntenteError as error:  # the others are played all the same
                log.error("scenario_failed", scenario=SCENARIOS[place].key, why=str(error))
                begun[place][1].found["failed"] = str(error)
            settle()
            if further is not None:
                heapq.heappush(waiting, (end - timedelta(hours=further), place, steps))
        _pass(hands, max(end, hands.at), settle)
    for _one, stage in begun:  # what the clock issued
        issued = Licence.objects.filter(case__reference=stage.found.get("case", "")).first()
        if issued is not None:
            stage.found["licence"] = issued.number
    return [{"key": one.key, "title": one.title, **stage.found} for one, stage in begun]


def _pass(hands: clock.SetClock, until: datetime, settle: Callable[[], None]) -> None:
    """Move the clock on, through every instant at which something falls due."""
    last = hands.at
    rows = DueInstant.objects.filter(state=DueInstant.State.OPEN)
    while (due := rows.filter(due_at__gt=last, due_at__lte=until).order_by("due_at").first()) is not None:
        last = due.due_at
        hands.move_to(max(last, hands.at))
        settle()
    hands.move_to(max(until, hands.at))
