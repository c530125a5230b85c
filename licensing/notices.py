"""Telling whoever waits for a step that it has come: notices by event type."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from core.instants import in_zones
from core.models import ref_id
from correspondence import services as correspondence
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import Case, Consent, Consultation, Decision, InformationRequest, Licence, Position
from licensing.policies.cases import CASEWORKERS
from licensing.recipients import countersigners, exporters, handlers, holders, officers, speakers
from licensing.services.claims import return_work
from members.models import Role, User


def case_path(case: Case, tab: str = "") -> str:
    """The page of a case on the workbench."""
    return f"/workbench/cases/{case.reference}/" + (f"{tab}/" if tab else "")


def exporter_path(case: Case) -> str:
    """The page of a case on the exporter's side."""
    return f"/applications/{case.application.reference}/"


def case_of(event: Event) -> Case:
    return Case.objects.select_related("lead", "application").get(pk=ref_id(event.aggregate, "case"))


def _consultation(event: Event) -> Consultation:
    return Consultation.objects.select_related("case", "jurisdiction", "officer").get(pk=event.subject_id)


def _position(event: Event) -> Position:
    return Position.objects.select_related(
        "consultation__case", "consultation__jurisdiction", "taken_by"
    ).get(pk=event.subject_id)


def tell(recipients: Iterable[User], event: Event, subject: str, text: str, path: str) -> None:
    people = [person for person in recipients if str(person.uid) != event.actor_id]
    correspondence.notify(recipients=people, event=event, subject=subject, text=text, path=path)


# Consultations -------------------------------------------------------------------------------------------


@subscribe("consultation.opened")
def tell_addressee(event: Event) -> None:
    consultation = _consultation(event)
    if consultation.status == Consultation.Status.OPEN:
        tell(
            speakers(consultation),
            event,
            _("%(case)s: your position is asked") % {"case": consultation.case.reference},
            _("%(who)s is consulted. A position is due by %(due)s.")
            % {"who": consultation.addressee, "due": f"{consultation.due_at:%Y-%m-%d %H:%M UTC}"},
            case_path(consultation.case, "consultations"),
        )


@subscribe("consultation.reminded")
def remind_addressee(event: Event) -> None:
    consultation = _consultation(event)
    if consultation.status != Consultation.Status.OPEN:
        return
    tell(
        [consultation.officer] if consultation.officer else speakers(consultation),
        event,
        _("%(case)s: %(percent)s %% of your window has passed")
        % {"case": consultation.case.reference, "percent": event.facts.get("percent", "")},
        _("%(who)s has not answered yet. The window ends at %(due)s.")
        % {"who": consultation.addressee, "due": f"{consultation.due_at:%Y-%m-%d %H:%M UTC}"},
        case_path(consultation.case, "consultations"),
    )


@subscribe("window.lapsed")
def tell_of_lapse(event: Event) -> None:
    consultation = _consultation(event)
    case = consultation.case
    people = {*speakers(consultation), *handlers(case, Role.DECIDER)}
    tell(
        people,
        event,
        _("%(case)s: a window lapsed") % {"case": case.reference},
        _("%(who)s did not answer in time. The charter's rule for silence was applied.")
        % {"who": consultation.addressee},
        case_path(case, "consultations"),
    )


@subscribe("position.taken")
def tell_of_position(event: Event) -> None:
    position = _position(event)
    consultation = position.consultation
    case = consultation.case
    if position.status == Position.Status.PROPOSED:
        tell(
            speakers(consultation, countersigning=True).exclude(pk=position.taken_by_id or 0),
            event,
            _("%(case)s: a position waits for your countersignature") % {"case": case.reference},
            _("%(who)s has proposed a position.") % {"who": consultation.addressee},
            case_path(case, "consultations"),
        )
    elif position.kind == Position.Kind.OBJECT:
        _tell_of_objection(event, position)


@subscribe("position.countersigned")
def tell_of_countersignature(event: Event) -> None:
    position = _position(event)
    if position.status == Position.Status.IN_FORCE and position.kind == Position.Kind.OBJECT:
        _tell_of_objection(event, position)


def _tell_of_objection(event: Event, position: Position) -> None:
    case = position.consultation.case
    tell(
        handlers(case, Role.DECIDER),
        event,
        _("%(case)s: %(who)s objects") % {"case": case.reference, "who": position.consultation.addressee},
        _("The objection binds: no licence while it stands.")
        if position.binding
        else _("The objection is advisory."),
        case_path(case, "consultations"),
    )


@subscribe("position.returned")
def tell_author(event: Event) -> None:
    position = _position(event)
    if position.taken_by is not None:
        tell(
            [position.taken_by],
            event,
            _("%(case)s: your position was returned") % {"case": position.consultation.case.reference},
            _("The countersigner returned it and said why."),
            case_path(position.consultation.case, "consultations"),
        )


# The ladder ----------------------------------------------------------------------------------------------


@subscribe("case.settled")
def tell_deciders(event: Event) -> None:
    case = case_of(event)
    if case.is_open and case.settled_at is not None:
        tell(
            handlers(case, Role.DECIDER),
            event,
            _("%(case)s: ready to decide") % {"case": case.reference},
            _("Everyone who was to be asked has answered. A decision is due."),
            case_path(case, "decision"),
        )


@subscribe("case.escalated")
def tell_of_escalation(event: Event) -> None:
    case = case_of(event)
    tell(
        handlers(case, Role.DECIDER),
        event,
        _("%(case)s: one tier up") % {"case": case.reference},
        _("The case has climbed to the tier “%(name)s”.") % {"name": event.facts.get("name", "")},
        case_path(case),
    )


@subscribe("case.held")
def tell_of_hold(event: Event) -> None:
    case = case_of(event)
    tell(
        handlers(case, Role.DECIDER),
        event,
        _("%(case)s: on hold, and yours to end") % {"case": case.reference},
        _("No tier answered. The hold ends by itself; until then you may refuse, or wait."),
        case_path(case),
    )


@subscribe("decision.overdue")
def tell_of_overdue_decision(event: Event) -> None:
    case = case_of(event)
    tell(
        handlers(case, Role.DECIDER),
        event,
        _("%(case)s: not decided in time") % {"case": case.reference},
        _("The time to decide has passed and the case moves on by itself."),
        case_path(case, "decision"),
    )


# Decisions -----------------------------------------------------------------------------------------------


def _decision(event: Event) -> Decision:
    return Decision.objects.select_related("case__lead", "proposed_by").get(pk=event.subject_id)


@subscribe("decision.proposed")
def tell_countersigners(event: Event) -> None:
    decision = _decision(event)
    if decision.status == Decision.Status.PROPOSED:
        tell(
            countersigners(decision.case).exclude(pk=decision.proposed_by_id),
            event,
            _("%(case)s: a decision waits for your countersignature") % {"case": decision.case.reference},
            _("%(who)s proposed it.") % {"who": decision.proposed_by.name},
            case_path(decision.case, "decision"),
        )


@subscribe("decision.sent_back")
def tell_proposer(event: Event) -> None:
    decision = _decision(event)
    tell(
        [decision.proposed_by],
        event,
        _("%(case)s: your decision was sent back") % {"case": decision.case.reference},
        _("The countersigner sent it back and said why."),
        case_path(decision.case, "decision"),
    )


@subscribe("decision.overtaken")
def tell_overtaken(event: Event) -> None:
    decision = _decision(event)
    tell(
        [decision.proposed_by],
        event,
        _("%(case)s: your decision was overtaken") % {"case": decision.case.reference},
        decision.remark,
        case_path(decision.case, "decision"),
    )


# What the exporter waits for -----------------------------------------------------------------------------


@subscribe("application.registered")
def tell_registered(event: Event) -> None:
    case = case_of(event)
    correspondence.notify(
        recipients=exporters(case),
        event=event,
        subject=_("%(case)s: registered") % {"case": case.reference},
        text=_("Your application is complete and registered. It is being assessed now."),
        path=exporter_path(case),
    )


@subscribe("information.requested")
def tell_asked(event: Event) -> None:
    case = case_of(event)
    question = InformationRequest.objects.get(pk=event.subject_id)
    if question.status == InformationRequest.Status.OPEN:
        tell(
            exporters(case),
            event,
            _("%(case)s: a question to you") % {"case": case.reference},
            _("Please answer by %(due)s.") % {"due": f"{question.due_at:%Y-%m-%d %H:%M UTC}"},
            exporter_path(case),
        )


@subscribe("information.answered")
def tell_answered(event: Event) -> None:
    case = case_of(event)
    question = InformationRequest.objects.select_related("asked_by").get(pk=event.subject_id)
    tell(
        {question.asked_by, *([case.officer] if case.officer else [])},
        event,
        _("%(case)s: the exporter answered") % {"case": case.reference},
        _("The answer is with the case."),
        case_path(case, "questions"),
    )


@subscribe("case.decided")
def tell_decided(event: Event) -> None:
    case = case_of(event)
    tell(
        exporters(case),
        event,
        _("%(case)s: decided") % {"case": case.reference},
        " ".join(
            filter(
                None,
                [
                    _("A decision has been taken on your application. Read it there with its reasons."),
                    _effect(event, case),
                ],
            )
        ),
        exporter_path(case),
    )
    consulted = Consultation.objects.filter(case=case, officer__isnull=False).select_related("officer")
    tell(
        {consultation.officer for consultation in consulted if consultation.officer},
        event,
        _("%(case)s: decided") % {"case": case.reference},
        _("The lead has decided a case you worked on."),
        case_path(case, "decision"),
    )


def _effect(event: Event, case: Case) -> str:
    """Say from when what happened has effect, in UTC and in the lead's time; empty where it has at once."""
    at = event.facts.get("takes_effect_at")
    if not at:
        return ""
    told = in_zones(datetime.fromisoformat(at), [case.lead.timezone])
    return _("It takes effect at %(at)s, and not before.") % {"at": told}


def _tell_holder(event: Event, subject: str, text: str) -> None:
    licence = Licence.objects.select_related("case__application", "case__lead").get(pk=event.subject_id)
    tell(
        holders(licence),
        event,
        subject % {"number": licence.number},
        " ".join(filter(None, [text, _effect(event, licence.case)])),
        exporter_path(licence.case),
    )


@subscribe("licence.issued")
def tell_issued(event: Event) -> None:
    if not event.facts.get("confirm_by"):  # else `provisional_notices` says what it is
        _tell_holder(event, _("%(number)s: licence issued"), _("Your licence is ready to fetch."))


@subscribe("licence.suspended")
def tell_suspended(event: Event) -> None:
    _tell_holder(event, _("%(number)s: suspended"), _("Do not export under this licence for now."))


@subscribe("licence.reinstated")
def tell_reinstated(event: Event) -> None:
    _tell_holder(event, _("%(number)s: valid again"), _("The suspension of this licence was lifted."))


@subscribe("licence.revoked")
def tell_revoked(event: Event) -> None:
    _tell_holder(event, _("%(number)s: revoked"), _("Do not export under this licence any more."))


@subscribe("licence.expired")
def tell_expired(event: Event) -> None:
    _tell_holder(event, _("%(number)s: expired"), _("The last day of this licence is over."))


def _consent(event: Event) -> Consent:
    related = ("licence__case__application", "licence__case__lead", "jurisdiction")
    return Consent.objects.select_related(*related).get(pk=event.subject_id)


@subscribe("consent.asked")
def tell_member_asked(event: Event) -> None:
    row = _consent(event)
    if row.status == Consent.Status.ASKED and row.due_at is not None:
        tell(
            officers(row.jurisdiction_id, [Role.DECIDER]),
            event,
            _("%(number)s: may it hold in your member?") % {"number": row.licence.number},
            _("The holder asks, because: %(why)s Answer by %(due)s; without an answer it does not hold.")
            % {"why": row.asked_because, "due": in_zones(row.due_at, [row.jurisdiction.timezone])},
            f"/workbench/licences/{row.licence.number}/",
        )


def _tell_of_consent(event: Event, subject: str, text: str) -> None:
    row = _consent(event)
    said = {"number": row.licence.number, "member": row.jurisdiction.name}
    customs = officers(row.jurisdiction_id, [Role.CUSTOMS_OFFICER])
    path = f"/workbench/licences/{row.licence.number}/"
    told = " ".join(filter(None, [text % said, row.ended_because]))
    tell(holders(row.licence), event, subject % said, told, f"/licences/{row.licence.number}/")
    tell(handlers(row.licence.case, Role.DECIDER), event, subject % said, told, path)
    if event.type in ("licence.widened", "licence.narrowed"):
        tell(customs, event, subject % said, text % said, path)


@subscribe("licence.widened")
def tell_widened(event: Event) -> None:
    _tell_of_consent(
        event,
        _("%(number)s: holds in %(member)s too"),
        _("%(member)s has consented. A new edition of the licence is ready to fetch."),
    )


@subscribe("licence.narrowed")
def tell_narrowed(event: Event) -> None:
    _tell_of_consent(
        event,
        _("%(number)s: does not hold in %(member)s any more"),
        _("%(member)s has taken back its consent. Nothing leaves from there under this licence."),
    )


@subscribe("consent.declined")
def tell_declined(event: Event) -> None:
    _tell_of_consent(event, _("%(number)s: shall not hold in %(member)s"), _("%(member)s does not consent."))


@subscribe("consent.lapsed")
def tell_not_answered(event: Event) -> None:
    _tell_of_consent(
        event,
        _("%(number)s: no answer from %(member)s"),
        _("%(member)s has not answered in time: the licence does not hold there. You can ask again."),
    )


# Leavers -------------------------------------------------------------------------------------------------


@subscribe("person.left")
def take_back_work(event: Event) -> None:
    person = User.objects.get(pk=event.subject_id)
    returned = return_work(person=person)
    if returned and person.authority is not None:
        tell(
            officers(person.authority.jurisdiction_id, CASEWORKERS),
            event,
            _("Work of %(name)s is free to claim") % {"name": person.name},
            _("%(count)s claimed pieces of work went back to the queue.") % {"count": returned},
            "/workbench/",
        )
