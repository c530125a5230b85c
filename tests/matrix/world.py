"""Everyone and everything the matrix needs: one of each thing an address can name, and one of each person."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from alliance import authoring, charter_text, preparing
from alliance.models import Declaration
from api.examples import CHARTER, DOSSIER, MONITOR, SUSPICION, USAGE_FILE
from api.views.denials import NOTICES
from core import audience, clock
from correspondence import services as correspondence
from correspondence.models import Document, WebhookEndpoint, WebhookLetter
from deadlines import selectors as deadlines
from enforcement.models import CustomsFile, DeliveryVerification, PreShipmentCheck, Reservation, Shipment
from enforcement.services import (
    checks,
    drawdown,
    monitors,
    offline_tokens,
    reconciliation,
    shipments,
    usage_files,
)
from enforcement.services.reconciliation import Told
from escalation.models import Guidance, GuidedCase, JointEffect, LiaisonPackage, SituationReport
from escalation.services import exercises, guidance, joint, liaison, prepositions
from exemptions import authorising, barring
from exemptions.models import Waiver, WaiverReport
from intelligence import blinding, imports
from intelligence import services as intelligence
from intelligence.models import BlindPair, SharedParty
from ledger.models import Event, FeedEntry
from ledger.testing import run_deliveries
from licensing import using
from licensing.models import (
    Case,
    Consent,
    Consultation,
    Decision,
    Key,
    Licence,
    LicenceChange,
    TwoKeys,
    UndercutCheck,
)
from licensing.services import (
    applications,
    changes,
    consents,
    decisions,
    information,
    messages,
    positions,
    stops,
    suspicions,
)
from members import services as members
from members.models import (
    Absence,
    Delegation,
    Jurisdiction,
    Mandate,
    Membership,
    Ministry,
    Organisation,
    Role,
    Shift,
    User,
)
from screening import services as screening
from screening.lists.loading import load_ofac
from screening.models import ClearedPair, Hit
from sharing.models import SharedObject
from sharing.stix import collection_id
from tests import appetite, authorisations, crises, factories, journeys, mandates
from tests.escalation.test_exercises_kept import CARD, PLANNED
from tests.exemptions.traders import applied
from tests.matrix.answers import AGENT, ANSWERS, EMERGENCY, PACKAGE, REASON, SEALED
from tests.screening.raising import raise_one

FICTIONAL = Path(__file__).resolve().parents[2] / "screening" / "fixtures" / "demo"


@dataclass
class World:
    """People by column of the matrix, and the things of the German exporter by the noun of their address."""

    people: dict[str, User | None] = field(default_factory=dict)
    strangers: dict[str, User] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)

    def answers(self, name: str) -> dict[str, Any]:
        """Return what an operation is asked with."""
        given = next(given for beginning, given in ANSWERS if name.startswith(beginning))
        officer, case = self.people["DE licensing_officer"], self.things["cases"]
        own = {
            "licence": self.things["licences"],
            "officer": str(officer.uid if officer else ""),
            "owner": str(officer.uid if officer else ""),
            "cases": case,
            "case": case,
            "hits": self.things["proposed" if name == "api:hit-confirmations" else "hits"],
            "exporter": self.things["exporter"],
            "crisis": self.things["waivable"],
        }
        if name.startswith("api:"):  # there a name that a body does not have is refused
            named = {key: value for key, value in own.items() if key in given}
            return {**given, **{k: [v] if isinstance(given[k], list) else v for k, v in named.items()}}
        return {**own, **given}


ABSENT = {
    "cases": "EN-0000-0000",
    "denials": "DN-0000-0000",
    "prepositions": "PP-0000-0000",
    "in-force": "no-such-charter",
    "in-library": "no-such-measures",
    "crises": "CR-0000-0000",
    "waivers": "WV-0000-0000",
    "registrations": "RG-0000-0000",
    "uses": "UD-0000-0000",
    "authorisations": "AU-0000-0000",
    "granted-authorisations": "AU-0000-0000",
    "for": "no-such-authorisation",
    "new": "no-such-template",
    "shipments": "SH-0000-0000",
    "drawdown": "EL-0000-0000",
    "checks": "PC-0000-0000",
    "traders": "TT-0000-0000",
    "mandates": "MD-0000-0000",
    "parts": "no-such-part",
    "report": "99",
    "situations": "99",
    "steps": "no-such-step",
    "facts": "no-such-fact",
    "guidance": "GN-0000-0000",
    "reports": "SR-0000-0000",
    "situation-reports": "SR-0000-0000",
    "together": "JE-0000-0000",
    "joint-effects": "JE-0000-0000",
    "applications": "EA-0000-0000",
    "licences": "EL-0000-0000",
    "licence-changes": "LC-0000-0000",
    "verify": "EL-0000-0000",
    "clients": "99999999",
    "systems": "99999999",
    "invitation": "absent",
    "deliveries": "absent",
    "suspicious-orders": "SO-0000-0000",
}


def absent(noun: str) -> str:
    """An id of the same form that names nothing."""
    return ABSENT.get(noun, str(uuid.UUID(int=7)))


def build() -> World:
    germany = factories.JurisdictionFactory(code="DE")
    for code in ("FR", "US", "JP"):
        factories.JurisdictionFactory(code=code)
    organisation: Organisation = factories.OrganisationFactory(jurisdiction=germany)
    exporter = factories.exporter_of(organisation)
    office = factories.exporter_of(organisation, Membership.Role.ADMINISTRATOR)
    french = factories.OrganisationFactory(jurisdiction=factories.JurisdictionFactory(code="FR"))
    world = World()
    world.people = {
        "anonymous": None,
        "exporter": exporter,
        "office": office,
        **{f"DE {role.value}": factories.officer_of("DE", role) for role in Role},
        "FR licensing_officer": factories.officer_of("FR"),
        "US crisis_seat": factories.officer_of("US", Role.CRISIS_SEAT, ministry=Ministry.TRADE),
    }
    world.strangers = {
        "foreign exporter": factories.exporter_of(french, Membership.Role.ADMINISTRATOR),
        "JP officer of every role but auditor": factories.officer_of(
            "JP", *(role for role in Role if role not in (Role.AUDITOR, Role.CRISIS_SEAT))
        ),
        "DE officer without second factor": factories.officer_of(
            "DE", Role.LICENSING_OFFICER, Role.DECIDER, second_factor=False
        ),
    }
    world.things = things(exporter, organisation, world)
    return world


def with_document(exporter: User, organisation: Organisation) -> tuple[Case, Document]:
    application = applications.start(actor=exporter, organisation=organisation)
    applications.replace_draft(
        actor=exporter,
        application=application,
        dossier=journeys.dossier(own_reference="DRILL-2", emergency=EMERGENCY),
    )
    document = applications.attach_document(
        actor=exporter, application=application, upload=io.BytesIO(PDF), filename="euc.pdf", kind="other"
    )
    applications.submit(actor=exporter, application=application)
    run_deliveries()
    return Case.objects.get(application=application), document


def exercise(world: World) -> tuple[str, str]:
    """An exercise that ran and was evaluated, and what is to be done: both by their ids."""
    decider, owner = world.people["DE decider"], world.people["DE licensing_officer"]
    assert decider is not None
    assert owner is not None
    found = exercises.plan(actor=decider, **PLANNED)
    exercises.start(actor=decider, exercise=found)
    exercises.keep_scorecard(exercise_id=found.pk, scorecard=CARD)
    found = exercises.evaluate(actor=decider, exercise=found, findings=REASON)
    todo = exercises.improve(
        actor=decider, exercise=found, text=REASON, owner=owner, due_at=clock.now() + timedelta(days=30)
    )
    return str(found.uid), str(todo.uid)


def things(exporter: User, organisation: Organisation, world: World) -> dict[str, str]:
    load_ofac(**{name: FICTIONAL / f"{name}.csv" for name in ("sdn", "alt", "add")})
    listed: dict[str, Any] = journeys.dossier()
    listed["parties"][1]["name"] = "Kavir Mavad Pishrafteh"
    stopped = journeys.file(exporter, organisation, listed)
    decided = journeys.file(exporter, organisation, journeys.dossier(own_reference="DRILL-1"))
    open_case, evidence = with_document(exporter, organisation)
    for case in (decided, open_case):
        for consultation in Consultation.objects.filter(case=case, status="open").order_by("pk"):
            if case == open_case and consultation.jurisdiction_id != "FR":
                continue
            officer = factories.officer_of(str(consultation.jurisdiction_id), ministry=consultation.ministry)
            positions.take(actor=officer, consultation=consultation, kind="no_objection")
    run_deliveries()
    decider, countersigner = world.people["DE decider"], world.people["DE countersigner"]
    assert decider is not None
    assert countersigner is not None
    proposal = {"kind": "grant", "criteria": ["C1"], "reasons": "Civil end-use at a named site."}
    granted = decisions.propose(actor=decider, case=decided, **proposal)
    decisions.countersign(actor=countersigner, decision=granted)
    licence = Licence.objects.get(case=decided)
    refused = decisions.propose(
        actor=factories.officer_of("DE", Role.DECIDER),
        case=open_case,
        kind="refuse",
        criteria=["C4"],
        ground_code="C4",
        reasons="The end-use is not established.",
        reasons_for_exporter="The end-use is not established.",
    )
    question = information.ask(
        actor=world.people["DE licensing_officer"],
        case=open_case,
        reason_code="clarification",
        question="Which test hall will the camera stand in?",
        days=7,
    )
    denial = intelligence.record_denial(
        actor=decider,
        source_ref="decision:0",
        jurisdiction=decided.lead,
        parties=[party.shared_party for party in decided.revision.parties.all()],
        control_codes=["6A003"],
        destination="SG",
        ground_code="C4",
        summary="Risk of diversion.",
    )
    file = imports.propose(
        actor=world.people["DE licensing_officer"], filename="denials.csv", content=NOTICES.encode()
    )
    draft = applications.start(actor=exporter, organisation=organisation)
    applications.replace_draft(actor=exporter, application=draft, dossier={"items": DOSSIER["items"]})
    document = applications.attach_document(
        actor=exporter, application=draft, upload=io.BytesIO(PDF), filename="offer.pdf", kind="other"
    )
    correspondence.notify(
        recipients=[exporter], event=None, subject="A question was asked", text="See the case.", path="/"
    )
    stop = stops.stop_clock(
        actor=factories.officer_of("DE"),
        case=journeys.file(exporter, organisation, brokered()),
        reason_code="pre_licence_check",
        days=14,
        basis="Order 12/2026 of the ministry",
    )
    package = liaison_package(world)
    outer = deadlines.told(f"case:{open_case.pk}", ["case.outer"])[0]
    charter = authoring.write(
        actor=factories.officer_of("FR", Role.DECIDER), text=charter_text.write(CHARTER)
    )
    sealed = prepositions.propose(
        actor=decider,
        **{**SEALED, "crisis": "", "valid_until": clock.today() + timedelta(days=30)},
    )
    exercised, improvement = exercise(world)
    consultation = Consultation.objects.filter(case=open_case, jurisdiction="FR").first()
    assert consultation is not None
    run_deliveries()
    acting, serving, away = duty(world)
    notice = guided(open_case)
    report = reported()
    crisis = crises.in_force(set_key="pandemic-surge")
    return {
        "waivers": held(crisis, organisation).reference,
        "mandates": mandated(organisation).reference,
        **authorised(exporter, organisation),
        "shipments": shipped(licence, exporter).reference,
        "drawdown": licence.number,
        "reservations": str(taken(licence).uid),
        **offline(licence),
        "customs-files": str(exchanged().uid),
        "deliveries": monitored(licence, exporter),
        "confirmations": confirmed(licence, exporter),
        "exporter": organisation.registration_number,
        "waivable": waivable(),
        "checks": looked_into(licence, world).reference,
        "traders": applied(exporter, organisation).reference,
        "trusted": str(organisation.uid),
        "parts": "training",
        "keys": str(signed(refused, decider).uid),
        "administration:keys": str(members.signing_key(decided.lead).uid),
        "public:members": "de",
        "report": "1",
        "review": str(crises.reviewed(crisis).uid),
        "deputies": str(acting.uid),
        "shifts": str(serving.uid),
        "absences": str(away.uid),
        "guidance": notice.reference,
        "reports": report.reference,
        "api:reports": "1",
        "situation-reports": report.reference,
        "together": (effect := joined(world).reference),
        "joint-effects": effect,
        "matches": str(GuidedCase.objects.get(case=open_case).uid),
        "messages": written(open_case, world),
        "suspicious-orders": suspected(open_case, exporter, organisation),
        "cases": open_case.reference,
        "applications": draft.reference,
        "consultations": str(consultation.uid),
        "positions": str(consultation.positions.get().uid),
        "decisions": str(refused.uid),
        "questions": str(question.uid),
        "information-requests": str(question.uid),
        "denials": denial.reference,
        "blind": (blind := str(matched(world).uid)),
        "blind-pairs": blind,
        "files": str(file.uid),
        "denial-imports": str(file.uid),
        "taxii:collections": str(collection_id(())),
        "taxii:objects": SharedObject.objects.filter(denial=denial, type="report")[0].stix_id,
        "undercut": (resembled := str(UndercutCheck.objects.get(case=open_case).uid)),
        "undercut-checks": resembled,
        "charters": str(charter.uid),
        "charter-versions": str(charter.uid),
        "prepositions": sealed.reference,
        "intermediaries": str(package.party.uid),
        "liaison": str(package.uid),
        "liaison-packages": str(package.uid),
        "exercises": exercised,
        "answer": "T01",
        "situations": "1",
        "improvements": improvement,
        "crises": crisis.reference,
        "changes": (threshold := appetite.proposed(scenario="sanctions", new_value=50).reference),
        "api:appetite": threshold,
        "public:appetite": appetite.closed(appetite.proposed()).reference,
        "steps": "equipment",
        "facts": "lapses_7d",
        "in-library": "pandemic-surge",
        "measures": (drafted := str(crises.drafted().uid)),
        "measure-versions": drafted,
        "api:measures": "pandemic-surge",
        "in-force": "crisis-48-24-12",
        "api:charters": "crisis-48-24-12",
        "lists": "us-ofac-sdn",
        "entries": "us-ofac-sdn",
        "api:entries": "90001",
        "pairs": (pair := str(remembered().uid)),
        "cleared-pairs": pair,
        "proposed": str(proposed().uid),
        "consents": str(widened(licence, exporter).uid),
        "stops": str(stop.uid),
        "clocks": str(outer.uid),
        "clock": str(outer.uid),
        "hits": str(Hit.objects.filter(case_ref=f"case:{stopped.pk}").first().uid),
        "licences": licence.number,
        "licence-changes": asked_to_change(licence, exporter).reference,
        "verify": licence.number,
        "documents": str(document.uid),
        "workbench:documents": str(evidence.uid),
        "inbox": (told := str(exporter.notices.latest("pk").uid)),
        "notices": told,
        "organisation": str(organisation.uid),
        "organisations": str(organisation.uid),
        "people": str(world.people["DE adviser"].uid),
        "members": str(exporter.uid),
        **invitations_and_clients(world, organisation),
    }


def written(case: Case, world: World) -> str:
    """A message of the German lead to France, which nobody there has opened."""
    message = messages.send(
        actor=world.people["DE licensing_officer"],
        case=case,
        to=["FR"],
        subject="Consignee in Singapore",
        text=REASON,
    )
    return str(message.uid)


def suspected(case: Case, exporter: User, organisation: Organisation) -> str:
    """A suspicious order of the German exporter, which its member has passed on to France."""
    report = suspicions.file(
        actor=exporter, organisation=organisation, **{**SUSPICION, "application": case.application}
    )
    suspicions.review(
        actor=factories.officer_of("DE", Role.DECIDER),
        report=report,
        outcome="passed_on",
        reason=REASON,
        to=["FR"],
    )
    return report.reference


def matched(world: World) -> BlindPair:
    """A pair of Germany and France that both agreed on."""
    pair = blinding.propose(actor=world.people["DE decider"], member="FR", key_id="0" * 16)
    return blinding.agree(actor=factories.officer_of("FR", Role.DECIDER), pair=pair, key_id="0" * 16)


def mandated(organisation: Organisation) -> Mandate:
    """A mandate that waits for an agent of whom nobody is here."""
    agent = factories.OrganisationFactory(
        registration_number=AGENT, jurisdiction=factories.JurisdictionFactory(code="FR")
    )
    return mandates.offered(organisation, agent)


def authorised(exporter: User, organisation: Organisation) -> dict[str, str]:
    """A registration with a use that waits for an officer, a draft under a template, and a bar."""
    registration = authorisations.registered(exporter, organisation, "eu001")
    asked = authorisations.asked("eu001", parties=authorisations.to("US"))
    use = using.declare(actor=exporter, registration=registration, asked=asked)
    draft = authorising.draft(
        actor=factories.officer_of("DE"),
        instrument=authorisations.instrument("individual"),
        holder=organisation,
        **authorisations.bounds(),
    )
    bar = barring.bar(
        actor=factories.officer_of("DE", Role.DECIDER),
        organisation=organisation,
        keys=["relief"],
        reason=REASON,
    )
    return {
        "registrations": registration.reference,
        "uses": use.reference,
        "workbench:authorisations": draft.reference,
        "granted-authorisations": draft.reference,
        "public:authorisations": "eu001",
        "api:authorisations": "eu001",
        "for": "trusted-destinations",
        "new": "individual",
        "bars": str(bar.uid),
    }


def signed(decision: Decision, by: User) -> Key:
    """A key on a case that is over: nothing open waits for a second one."""
    keys = TwoKeys.objects.create(case=decision.case, revision=decision.revision, because=[])
    assert by.authority is not None
    return Key.objects.create(
        two_keys=keys, interest="security", reasons="Weighed at length.", signed_by=by, authority=by.authority
    )


def held(declaration: Declaration, organisation: Organisation) -> Waiver:
    """A waiver of the exporter's with a report filed and one to come, as it stands and not as it came about."""
    now = clock.now()
    waiver = Waiver.objects.create(
        reference="WV-2345-6789",
        declaration=declaration,
        measures=["none-of-this-set"],
        holder=organisation,
        control_codes=["6A"],
        destinations=["SG"],
        cap_of="value",
        cap=1000,
        unit="EUR",
        first_day=clock.today(),
        last_day=clock.today() + timedelta(days=20),
        report_every_days=10,
        monitoring=REASON,
        reasons=REASON,
        status=Waiver.Status.GRANTED,
        drafted_by=factories.officer_of("DE", Role.DECIDER),
        drafted_at=now,
        granted_by=crises.seat("FR"),
        granted_at=now,
        valid_from=now,
        valid_until=now + timedelta(days=20),
    )
    exporter = factories.exporter_of(organisation)
    said = {"filed_at": now, "filed_by": exporter, "used": 1, "found": REASON, "sha256": "0" * 64}
    WaiverReport.objects.create(waiver=waiver, number=1, due_at=now + timedelta(days=10), **said)
    WaiverReport.objects.create(waiver=waiver, number=2, due_at=now + timedelta(days=20))
    return waiver


def asked_to_change(licence: Licence, exporter: User) -> LicenceChange:
    """A request of the holder that waits for a recommendation."""
    return changes.ask_amendment(
        actor=exporter,
        licence=licence,
        changes=[{"path": "national_reference", "to": "BAFA-77"}],
        reason=REASON,
    )


def monitored(licence: Licence, exporter: User) -> str:
    """The token of a link by which a monitor confirms the delivery of another shipment, which has left."""
    gone = shipments.depart(actor=exporter, shipment=shipped(licence, exporter))
    letter = monitors.letter(monitors.name(actor=exporter, shipment=gone, **MONITOR).pk)
    assert letter is not None
    return letter.path.strip("/").rpartition("/")[2]


def confirmed(licence: Licence, exporter: User) -> str:
    """What the holder says of the delivery of the shipment that has left, as it stands and not as it came about."""
    gone = Shipment.objects.get(licence=licence, status=Shipment.Status.IN_TRANSIT)
    said = DeliveryVerification.objects.create(
        shipment=gone,
        number=1,
        delivered_at=clock.now(),
        place="Port of Singapore, berth 7",
        signed_by="Anke Vossberg",
        sha256="0" * 64,
        confirmed_by=exporter,
        confirmed_at=clock.now(),
    )
    return str(said.uid)


def waivable() -> str:
    """A crisis that Germany has adopted, for goods that nothing here is about."""
    payload = crises.measures(key="engines")
    payload["measures"][0]["scope"] = {"control_codes": ["9A"], "destinations": ["NZ"]}
    draft = preparing.write(actor=crises.seat("DE"), text=charter_text.write(payload))
    agreed = preparing.agree(actor=crises.seat("FR"), prepared=draft)
    return crises.in_force("DE", set_key=agreed.key).reference


def shipped(licence: Licence, exporter: User) -> Shipment:
    """A declared shipment of a small part of the licence; it waits for the check below."""
    line, party = licence.lines.all()[0], next(one for one in licence.parties if one["role"] == "consignee")
    return shipments.declare(
        actor=exporter,
        licence=licence,
        quantities={line.line: Decimal(1)},
        consignee=party["name"],
        destination=party["country"],
        carrier="Nordsee Spedition GmbH",
        carrier_country="DE",
        leaves_from="DE",
        planned_departure=clock.today() + timedelta(days=1),
        planned_arrival=clock.today() + timedelta(days=9),
    )


def taken(licence: Licence) -> Reservation:
    """A small part of the licence that customs have reserved."""
    return drawdown.reserve(
        actor=factories.officer_of("DE", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS),
        licence=licence,
        line=licence.lines.all()[0].line,
        quantity=Decimal(1),
        unit=licence.lines.all()[0].unit,
        office="DE004851",
        declaration="26DE485112345678A0",
    )


def offline(licence: Licence) -> dict[str, str]:
    """A token that was taken, and a use told without one."""
    guard = factories.officer_of("DE", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS)
    line = licence.lines.all()[0]
    token = offline_tokens.take_token(
        actor=guard, licence=licence, line=line.line, quantity=Decimal(1), unit=line.unit, office="DE004851"
    )
    told = Told(Decimal(1), clock.now(), "26DE1", "DE004851", "", licence.number, line.line, line.unit)
    use = reconciliation.report(actor=guard, told=told)
    return {
        "tokens": str(token.uid),
        "offline-tokens": str(token.uid),
        "conflicts": str(use.conflict.uid),
    }


def exchanged() -> CustomsFile:
    """A usage file of which nothing is ours."""
    guard = factories.officer_of("DE", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS)
    return usage_files.receive(actor=guard, text=USAGE_FILE["text"])


def looked_into(licence: Licence, world: World) -> PreShipmentCheck:
    decider = world.people["DE decider"]
    assert decider is not None
    return checks.ask(actor=decider, licence=licence, reason="Look at the boxes and the seals.")


def brokered() -> dict[str, Any]:
    """A dossier with a broker between exporter and end-user."""
    content = journeys.dossier(own_reference="PAUSED-1")
    content["parties"].append(
        {**content["parties"][0], "role": "intermediary", "name": "Gulf Bridge Trading"}
    )
    return content


def liaison_package(world: World) -> LiaisonPackage:
    """A package about the broker, who stands in a case of another German exporter as well."""
    other: Organisation = factories.OrganisationFactory(jurisdiction=factories.JurisdictionFactory(code="DE"))
    journeys.file(factories.exporter_of(other), other, brokered())
    party = SharedParty.objects.get(normalised="gulf bridge trading")
    return liaison.propose(actor=world.people["DE crisis_seat"], party=party, **PACKAGE)


def duty(world: World) -> tuple[Delegation, Shift, Absence]:
    """A German customs officer's deputy, a shift there, and Germany offline."""
    administrator = world.people["DE administrator"]
    assert administrator is not None
    customs = [factories.officer_of("DE", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS) for _one in "12"]
    assert customs[0].authority is not None
    now = clock.now()
    acting = members.delegate(
        actor=administrator,
        person=customs[0],
        deputy=customs[1],
        starts_at=now,
        ends_at=now + timedelta(days=9),
    )
    (serving,) = members.add_shifts(
        actor=administrator,
        authority=customs[0].authority,
        person=customs[0],
        day=clock.today() + timedelta(days=2),
        start=time(8),
        end=time(18),
    )
    away = members.declare_offline(
        actor=administrator,
        jurisdiction=customs[0].authority.jurisdiction,
        reason="The data centre was flooded.",
        until=now + timedelta(days=9),
    )
    return acting, serving, away


def guided(case: Case) -> Guidance:
    """A question of the crisis unit that bears on a case, nobody has answered it."""
    written = guidance.propose(
        actor=factories.officer_of("FR", Role.CRISIS_SEAT),
        effect="question",
        text="Where will the goods stand?",
        legal_basis="Article 10(3)",
        valid_until=clock.now() + timedelta(days=9),
        destinations=["SG"],
    )
    issued = guidance.issue(actor=factories.officer_of("JP", Role.CRISIS_SEAT), guidance=written)
    run_deliveries()
    assert GuidedCase.objects.filter(case=case).exists()
    return issued


def reported() -> SituationReport:
    """The last report of a crisis that has ended."""
    ended = crises.in_force()
    run_deliveries()
    crises.end(ended)
    run_deliveries()
    return SituationReport.objects.get(declaration=ended)


def joined(world: World) -> JointEffect:
    """Two German cases that are to be decided with effect at one instant: waits for its second key."""
    exporter = world.people["exporter"]
    assert exporter is not None
    (organisation,) = Organisation.objects.filter(pk__in=exporter.organisation_ids)
    cases = [journeys.file(exporter, organisation) for _one in "12"]
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(lane="crisis", tier=1)
    return joint.propose(
        actor=factories.officer_of("FR", Role.CRISIS_SEAT),
        declaration=crises.in_force(set_key="pandemic-surge"),
        cases=[case.reference for case in cases],
        takes_effect_at=clock.now() + timedelta(hours=30),
        reason=REASON,
    )


def remembered() -> ClearedPair:
    """A pair that two German officers cleared."""
    (judged,) = raise_one("case:9000001", name="Zarechny Optics", country="SG")
    screening.clear(actor=factories.officer_of("DE"), hit=judged, reason=REASON, remember_days=30)
    screening.confirm_clear(actor=factories.officer_of("DE"), hit=judged)
    return ClearedPair.objects.get()


def proposed() -> Hit:
    """A strong hit that waits for the second German officer."""
    (judged,) = raise_one("case:9000002")
    return screening.clear(actor=factories.officer_of("DE"), hit=judged, reason=REASON)


def widened(licence: Licence, exporter: User) -> Consent:
    """A member to which nobody here belongs was asked to let a licence hold there."""
    others = Jurisdiction.objects.exclude(code__in=["DE", "FR", "US", "JP"])
    return consents.ask(actor=exporter, licence=licence, member=others[0].code, reason=REASON)


def invitations_and_clients(world: World, organisation: Organisation) -> dict[str, str]:
    office, administrator, adviser = (
        world.people[column] for column in ("office", "DE administrator", "DE adviser")
    )
    assert office is not None
    assert administrator is not None
    assert adviser is not None
    member = members.invite(
        actor=office, email="new@rheinwerk.example", name="New Member", organisation=organisation
    )
    officer = members.invite(
        actor=administrator,
        email="new@authority.example",
        name="New Officer",
        authority=adviser.authority,
        roles=[Role.ADVISER],
    )
    filing = members.register_client(
        actor=office, person=office, name="ERP", scopes=["cases:read", "events:read"]
    )
    hook = correspondence.register_webhook(
        actor=office, client=filing.client, url="https://hooks.example.org/", types=["licence.*"]
    ).endpoint
    desk = members.register_client(actor=administrator, person=adviser, name="Desk", scopes=["cases:read"])
    return {
        "invitation": members.invitation_token(member),
        "organisation:invitations": str(member.uid),
        "administration:invitations": str(officer.uid),
        "organisation:clients": str(filing.client.pk),
        "webhooks": str(hook.uid),
        "letters": str(dead_letter(hook).uid),
        "administration:clients": str(desk.client.pk),
        "systems": str(filing.client.pk),
        "authorities": str(adviser.authority.uid),
    }


def dead_letter(hook: WebhookEndpoint) -> Event:
    """An event of the exporter's that its webhook could not be told."""
    entry = FeedEntry.objects.filter(
        audience=audience.organisation(hook.client.user.memberships.get().organisation_id)
    )
    event = entry.order_by("event").first().event
    WebhookLetter.objects.create(
        endpoint=hook,
        event=event,
        position=0,
        attempts=9,
        reason="The answer was status 500.",
        died_at=clock.now(),
    )
    return event


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
