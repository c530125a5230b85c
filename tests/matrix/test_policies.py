"""Every act on a case or a trusted trader, asked of its policy for each role, state and jurisdiction.

`policies.txt` holds the answers: act | states of the case, or of the trader | who | allowed, or the reason why not.
After a wanted change write it anew, and read the difference: `ENTENTE_WRITE_MATRIX=1 ./entente test tests/matrix`.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from datetime import timedelta
from pathlib import Path
from typing import Any

from alliance.selectors import charter
from core import clock
from escalation import policies as escalation
from escalation.models import Guidance, GuidedCase, JointEffect, Preposition
from escalation.policies import guidance, joint
from escalation.policies import prepositions as deposits
from licensing.models import (
    Application,
    Case,
    ClockStop,
    Consultation,
    Decision,
    EmergencyRequest,
    InformationRequest,
    Licence,
    Position,
    ProvisionalGrant,
    Stake,
)
from licensing.policies import (
    applications,
    cases,
    consents,
    decisions,
    emergencies,
    information,
    licences,
    positions,
    provisional,
    stops,
)
from members.models import Membership, Organisation, Role, User
from screening import policies as screening
from screening.models import ClearedPair, Hit
from tests import factories, journeys
from tests.matrix import (
    authorisation_acts,
    change_acts,
    crisis_acts,
    denial_acts,
    mandate_acts,
    message_acts,
    shipment_acts,
    trader_acts,
)

SNAPSHOT = Path(__file__).with_name("policies.txt")
Ask = Callable[[User, Case], Any]


def acts(case: Case, authors: dict[str, User]) -> dict[str, Ask]:
    """Every act with the thing it is asked about: of the case, its French consultation and what came of them."""
    revision = case.revision
    consultation = Consultation.objects.get(case=case, jurisdiction="FR", tier=0)
    position = Position(
        consultation=consultation, revision=revision, taken_by=authors["FR"], taken_at=clock.now()
    )
    decision = Decision(case=case, revision=revision, proposed_by=authors["DE"])
    request = InformationRequest(case=case, asked_by=authors["FR"])
    stop = ClockStop(
        case=case,
        reason_code="pre_licence_check",
        owner=authors["DE"],
        opened_at=clock.now(),
        expires_at=clock.now() + timedelta(days=1),
    )
    licence = Licence(
        pk=0, case=case, issued_by_id="DE", holder=case.application.organisation, territory=["DE", "FR"]
    )
    deposit = Preposition(
        pk=0, authority=authors["FR"].authority, author=authors["FR"], proposed_at=clock.now()
    )
    hit = Hit(case_ref=f"case:{case.pk}", lead="DE", filed_by=[case.application.organisation_id])
    pair = ClearedPair(jurisdiction="DE")
    waiting = Hit(
        case_ref=f"case:{case.pk}",
        lead="DE",
        filed_by=[case.application.organisation_id],
        proposed_by=authors["DE"],
    )
    waiting.__dict__["status"] = "proposed_clear"

    together = JointEffect(proposed_by=authors["FR"], proposed_for_id="FR", proposed_at=clock.now())
    notice = Guidance(effect="deny", proposed_by=authors["FR"], proposed_for_id="FR", proposed_at=clock.now())
    noted = Guidance(effect="deny")
    noted.__dict__["status"] = "in_force"
    guided = GuidedCase(guidance=noted)

    def on_consultation(policy: Callable[..., Any]) -> Ask:
        def ask(user: User, present: Case) -> Any:
            consultation.case = present
            return policy(user, position if policy is positions.can_countersign else consultation)

        return ask

    def on_claimed(user: User, present: Case) -> Any:
        claimed = copy(consultation)
        claimed.case, claimed.officer = present, authors["FR"]
        return cases.can_take_consultation(user, claimed)

    def on(policy: Callable[..., Any], thing: Any) -> Ask:
        def ask(user: User, present: Case) -> Any:
            thing.case = present
            return policy(user, thing)

        return ask

    return {
        "claim": cases.can_claim,
        "release": cases.can_release,
        "reassign": cases.can_reassign,
        "note": cases.can_note,
        "claim consultation": on_consultation(cases.can_claim_consultation),
        "acknowledge consultation": on_consultation(cases.can_acknowledge),
        "take a claimed consultation over": on_claimed,
        "take position": on_consultation(positions.can_take),
        "countersign position": on_consultation(positions.can_countersign),
        "ask the exporter": information.can_ask,
        "answer": on(information.can_answer, request),
        "withdraw question": on(information.can_withdraw, request),
        "stop the clock": lambda user, present: stops.can_stop(user, by_days(present)),
        "stop the clock in a crisis": stops.can_stop,
        "let the clock run": on(stops.can_resume, stop),
        "void a stop": on(stops.can_void, stop),
        "void one's own stop": lambda user, present: on(
            stops.can_void, ClockStop(case=present, owner=user, reason_code="pre_licence_check")
        )(user, present),
        "extend a window": lambda user, present: on_consultation(escalation.can_extend)(
            user, by_days(present)
        ),
        "extend a window in a crisis": on_consultation(escalation.can_extend),
        "count a clock anew": escalation.can_recount,
        "refer up": lambda user, present: escalation.can_refer_up(user, present, charter("drill")),
        "appeal": lambda user, present: escalation.can_appeal(user, present, charter("drill")),
        "confirm routing": escalation.can_confirm_routing,
        "propose decision": decisions.can_propose,
        "countersign decision": on(decisions.can_countersign, decision),
        "second a provisional grant": provisional.may_second,
        "second a provisional grant in which no other member has a stake": (
            lambda user, present: provisional.may_second(user, without_stakes(present))
        ),
        "refuse to confirm a provisional grant": on(provisional.can_refuse, ProvisionalGrant()),
        "refuse to confirm a provisional grant that has ended": on(
            provisional.can_refuse, crisis_acts.in_status(ProvisionalGrant(), "confirmed")
        ),
        "change licence": on(licences.can_change, licence),
        "exhaust licence": on(licences.can_exhaust, licence),
        "surrender licence": on(licences.can_surrender, licence),
        "ask a member for its consent": on(consents.can_ask, licence),
        "consent to a licence": on(consents.can_consent, licence),
        "decline a licence": on(consents.can_decline, licence),
        "withdraw a consent": on(consents.can_withdraw, licence),
        "edit application": lambda user, present: applications.can_edit(user, present.application),
        "withdraw application": lambda user, present: applications.can_withdraw(user, present.application),
        "triage an emergency request": on(emergencies.can_triage, EmergencyRequest(case=case)),
        "countersign a deposit": lambda user, _present: deposits.can_countersign(user, deposit),
        "withdraw a deposit": lambda user, _present: deposits.can_withdraw(user, deposit),
        "read a sealed deposit": lambda user, _present: deposits.can_read(user, deposit),
        "let decisions take effect together": lambda user, _present: joint.can_propose(user),
        "agree that decisions take effect together": lambda user, _present: joint.can_agree(user, together),
        "let decisions take effect apart": lambda user, _present: joint.can_withdraw(user, together),
        "write guidance": lambda user, _present: guidance.can_write(user),
        "issue guidance": lambda user, _present: guidance.can_issue(user, notice),
        "decline guidance": lambda user, _present: guidance.can_decline(user, notice),
        "withdraw guidance": lambda user, _present: guidance.can_withdraw(user, noted),
        "acknowledge guidance": on(guidance.can_acknowledge, guided),
        "depart from guidance": on(guidance.can_answer, guided),
        "clear a hit": lambda user, _present: screening.can_clear(user, hit),
        "say what is missing to judge a hit": lambda user, _present: screening.can_mark_unsure(user, hit),
        "second a clearance": lambda user, _present: screening.can_second(user, waiting),
        "confirm a match": lambda user, _present: screening.can_confirm_match(user, hit),
        "end a cleared pair": lambda user, _present: screening.can_end_pair(user, pair),
        **denial_acts.acts(authors),
        **message_acts.acts(case, authors),
        **change_acts.acts(licence, authors),
        **{name: of_no_case(ask) for name, ask in crisis_acts.acts(authors).items()},
        **{name: of_no_case(ask) for name, ask in authorisation_acts.acts(case, authors["DE"]).items()},
        **{name: of_no_case(ask) for name, ask in shipment_acts.acts(licence, authors).items()},
    }


def of_no_case(ask: Callable[[User], Any]) -> Ask:
    return lambda user, _present: ask(user)


def by_days(case: Case) -> Case:
    """The case as it would be under a charter whose windows are days."""
    case = copy(case)
    case.lane, case.charter_key = "standard", "consultation-10wd"
    case.charter_version = charter("consultation-10wd").version
    return case


def without_stakes(case: Case) -> Case:
    """The case as it would be if it concerned no other member."""
    case = copy(case)
    case._prefetched_objects_cache = {"stakes": Stake.objects.none()}  # type: ignore[attr-defined]
    return case


def in_state(case: Case, state: str) -> Case:
    """The case as stored in a state."""
    held = state == "on_hold"
    now = clock.now()
    Case.objects.filter(pk=case.pk).update(
        status=state,
        decided_at=now if state == "decided" else None,
        hold_owner="Germany, decider" if held else "",
        hold_until=now + timedelta(days=5) if held else None,
    )
    Application.objects.filter(pk=case.application_id).update(
        status={"withdrawn": "withdrawn", "decided": "closed"}.get(state, "registered")
    )
    return Case.objects.select_related("application__organisation", "lead", "revision").get(pk=case.pk)


def people(organisation: Organisation, exporter: User) -> dict[str, User]:
    foreign = factories.OrganisationFactory(jurisdiction=factories.JurisdictionFactory(code="FR"))
    found = {"exporter": exporter, "foreign exporter": factories.exporter_of(foreign)}
    for code in ("DE", "FR", "JP"):
        found |= {f"{code} {role.value}": factories.officer_of(code, role) for role in Role}
    found["DE all roles, no second factor"] = factories.officer_of("DE", *Role, second_factor=False)
    insider = factories.officer_of("DE", *Role)
    Membership.objects.create(user=insider, organisation=organisation, role=Membership.Role.EXPORTER)
    found["DE all roles, of the exporter's organisation"] = insider
    return found


def answers(
    asked: Mapping[str, Callable[[User, Any], Any]],
    states: Iterable[tuple[str, Any]],
    everyone: dict[str, User],
) -> list[str]:
    """Ask each policy about the thing in each of its states, and return the answers, those alike together."""
    said: dict[str, dict[tuple[str, str], list[str]]] = {name: defaultdict(list) for name in asked}
    met = []
    for state, present in states:
        met.append(state)
        for name, policy in asked.items():
            for who, person in everyone.items():
                verdict = policy(person, present)
                assert bool(verdict) == (verdict.reason == ""), (name, who)
                said[name][who, verdict.reason or "ALLOWED"].append(state)
    lines = []
    for name, found in said.items():
        grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
        for (who, reason), where in found.items():
            grouped["every state" if where == met else ", ".join(where), reason].append(who)
        lines += [
            f"{name} | {which} | {'; '.join(who)} | {reason}" for (which, reason), who in grouped.items()
        ]
    return lines


def test_every_policy_answers_as_the_table_says(
    in_force: None, exporter: User, organisation: Organisation
) -> None:
    with journeys.at(clock.now()):
        case = journeys.file(exporter, organisation, journeys.dossier(own_reference="DRILL-1"))
        asked = acts(case, {code: factories.officer_of(code) for code in ("DE", "FR")})
        everyone = people(organisation, exporter)
        lines = answers(asked, ((state, in_state(case, state)) for state in Case.Status.values), everyone)
        standings = trader_acts.states(organisation, everyone["DE inspector"])
        lines += answers(trader_acts.ACTS, standings.items(), everyone)
        lines += answers(mandate_acts.ACTS, mandate_acts.states(organisation).items(), everyone)
    if os.environ.get("ENTENTE_WRITE_MATRIX"):
        SNAPSHOT.write_text("\n".join([*lines, ""]), encoding="utf-8")
    assert lines == SNAPSHOT.read_text(encoding="utf-8").splitlines()


def test_no_stranger_may_do_anything() -> None:
    """Read off the committed table, so that writing it anew cannot allow it unseen. What is done for the whole
    alliance is done by officers of any member, and by nobody else."""
    of_the_alliance = {*crisis_acts.acts({crisis_acts.FIRST: User()}), *authorisation_acts.OF_THE_ALLIANCE}
    of_the_alliance |= shipment_acts.OF_THE_ALLIANCE | trader_acts.OF_THE_ALLIANCE
    of_the_alliance |= denial_acts.OF_THE_ALLIANCE
    for line in SNAPSHOT.read_text(encoding="utf-8").splitlines():
        act, _states, who, answer = line.split(" | ")
        strangers = ("foreign", "exporter") if act in of_the_alliance else ("JP", "foreign")
        if act in shipment_acts.BY_LINK:
            assert (answer == "ALLOWED") != ("exporter" in who.split("; ")), line
        elif answer == "ALLOWED":
            allowed = set(who.split("; ")) - {"JP auditor", "JP crisis_seat"}
            assert not any(
                one.startswith(strangers) or one.endswith("no second factor") for one in allowed
            ), line
