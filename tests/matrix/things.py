"""One of each thing an address can name, and one of each person."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

from alliance import authoring, charter_text
from api.examples import CHARTER, DOSSIER, SUSPICION
from api.views.denials import NOTICES
from core import clock
from correspondence import services as correspondence
from correspondence.models import Document
from deadlines import selectors as deadlines
from escalation.models import GuidedCase
from escalation.services import prepositions
from intelligence import blinding, imports
from intelligence import services as intelligence
from intelligence.models import BlindPair
from ledger.testing import run_deliveries
from licensing.models import Case, Consultation, Decision, Key, Licence, LicenceChange, TwoKeys, UndercutCheck
from licensing.services import (
    applications,
    changes,
    decisions,
    information,
    messages,
    positions,
    stops,
    suspicions,
)
from members import services as members
from members.models import Mandate, Membership, Ministry, Organisation, Role, User
from screening import services as screening
from screening.lists.loading import load_ofac
from screening.models import ClearedPair, Hit
from sharing.models import SharedObject
from sharing.stix import collection_id
from tests import appetite, crises, factories, journeys, mandates
from tests.exemptions.traders import applied
from tests.matrix.answers import AGENT, EMERGENCY, REASON, SEALED
from tests.matrix.crisis_things import exercise, guided, held, joined, liaison_package, reported, waivable
from tests.matrix.goods_things import (
    authorised,
    brokered,
    confirmed,
    exchanged,
    looked_into,
    monitored,
    offline,
    shipped,
    taken,
    widened,
)
from tests.matrix.people_things import duty, invitations_and_clients
from tests.matrix.world import World
from tests.screening.raising import raise_one

FICTIONAL = Path(__file__).resolve().parents[2] / "screening" / "fixtures" / "demo"


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


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


def signed(decision: Decision, by: User) -> Key:
    """A key on a case that is over: nothing open waits for a second one."""
    keys = TwoKeys.objects.create(case=decision.case, revision=decision.revision, because=[])
    assert by.authority is not None
    return Key.objects.create(
        two_keys=keys, interest="security", reasons="Weighed at length.", signed_by=by, authority=by.authority
    )


def asked_to_change(licence: Licence, exporter: User) -> LicenceChange:
    """A request of the holder that waits for a recommendation."""
    return changes.ask_amendment(
        actor=exporter,
        licence=licence,
        changes=[{"path": "national_reference", "to": "BAFA-77"}],
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
