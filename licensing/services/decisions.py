"""Deciding: one person proposes, another countersigns, and only then does it take effect."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.errors import Blocked, Conflict, Invalid, Stale
from core.models import ref
from core.policies import require
from deadlines import services as deadlines
from intelligence import services as intelligence
from ledger import services as ledger
from licensing import conditions as condition_rules
from licensing import guards, trusted
from licensing import undercut as undercut_rules
from licensing.effects import joint_instant
from licensing.models import Case, Consultation, Decision, InformationRequest, Item, Party
from licensing.policies import decisions as policies
from licensing.services import (
    consultations,
    emergencies,
    provisional,
    replacing,
    rescreening,
    stops,
    undercut,
)
from licensing.services.locks import due_first, locked
from licensing.services.superseding import overtake as overtake  # also what a revision does
from members.models import User

#: Criteria a decision cites. Source: Regulation (EU) 2021/821 Article 15(1)(a) to (d), Articles 4, 5 and 3.
CRITERIA = {
    "C1": gettext_lazy("International obligations, commitments and sanctions"),
    "C2": gettext_lazy("Obligations under an arms embargo"),
    "C3": gettext_lazy("Foreign and security policy, including human rights"),
    "C4": gettext_lazy("Intended end-use and risk of diversion"),
    "C5": gettext_lazy("Catch-all: weapons of mass destruction or military end-use"),
    "C6": gettext_lazy("The item is not subject to licensing"),
}
LONGEST_VALIDITY = timedelta(days=2 * 365 + 1)  # Regulation (EU) 2021/821 Article 12(3): two years
USUAL_VALIDITY = timedelta(days=365)


@due_first("case")
@transaction.atomic
def propose(
    *,
    actor: User,
    case: Case,
    kind: str,
    criteria: list[str],
    reasons: str,
    reasons_for_exporter: str = "",
    ground_code: str = "",
    items: list[Any] | None = None,
    conditions: list[Any] | None = None,
    valid_from: date | None = None,
    valid_until: date | None = None,
    seen: str | None = None,
) -> Decision:
    """Propose a decision on the revision in hand; Blocked with every reason that stands in its way.

    `items` of a grant in part: [{"line": 1, "quantity": "5"}]. `conditions` are added to those of the
    positions in force and can only make them stricter; caps among them lower what a line grants. `seen`
    names the last proposal the person saw ("" for none): Stale, with both texts, when there is another.
    """
    case = locked(case.pk)
    require(policies.may_decide, actor, case)
    _require_seen(case, seen, reasons)
    require(policies.can_propose, actor, case)
    if kind not in Decision.Kind.values:
        raise Invalid.field("kind", _("Choose one of the decisions offered."))
    _guard(case, kind)
    errors = _unreasoned(kind, criteria, reasons, reasons_for_exporter, ground_code)
    granted: list[dict[str, Any]] = []
    terms: list[condition_rules.Condition] = []
    if kind in guards.GRANTS:
        terms = _terms(case, conditions or [], errors)
        granted = _granted(case, kind, items or [], terms, errors)
        if (
            case.status == Case.Status.PROVISIONAL
            and granted
            and (less := provisional.too_little(case, granted))
        ):
            errors["items"] = less
        valid_from, valid_until = _validity(case, valid_from, valid_until, terms, errors)
        errors |= replacing.begins_later(case, valid_from)
    if errors:
        raise Invalid(_("This is not yet a valid decision."), fields=errors)
    decision = Decision.objects.create(
        case=case,
        revision=case.revision,
        kind=kind,
        criteria=sorted(set(criteria)),
        reasons=reasons.strip(),
        reasons_for_exporter=reasons_for_exporter.strip(),
        ground_code=ground_code if kind == Decision.Kind.REFUSE else "",
        items=granted,
        conditions=terms,
        valid_from=valid_from if kind in guards.GRANTS else None,
        valid_until=valid_until if kind in guards.GRANTS else None,
        proposed_by=actor,
        proposed_at=clock.now(),
    )
    _record("decision.proposed", actor, decision)
    return decision


def last_proposal(case: Case) -> Decision | None:
    """Return the decision proposed last on a case, whatever became of it."""
    return case.decisions.order_by("-proposed_at", "-pk").first()


def _require_seen(case: Case, seen: str | None, reasons: str) -> None:
    if seen is None:
        return
    now = last_proposal(case)
    if seen != (str(now.uid) if now else ""):
        raise Stale(
            _("Someone proposed a decision while you were writing."),
            theirs=f"{now.get_kind_display()}\n{now.reasons}" if now else "",
            yours=reasons,
        )


def _unreasoned(
    kind: str, criteria: list[str], reasons: str, reasons_for_exporter: str, ground_code: str
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    unknown = [code for code in criteria if code not in CRITERIA]
    if unknown or not criteria:
        errors["criteria"] = [_("Cite at least one of: %(codes)s.") % {"codes": ", ".join(CRITERIA)}]
    if len(reasons.strip()) < 10:
        errors["reasons"] = [_("Give the reasons in at least 10 characters.")]
    if kind in (Decision.Kind.REFUSE, Decision.Kind.RETURN) and len(reasons_for_exporter.strip()) < 10:
        errors["reasons_for_exporter"] = [_("Tell the exporter why, in at least 10 characters.")]
    if kind == Decision.Kind.REFUSE and ground_code not in CRITERIA:
        errors["ground_code"] = [_("Name the criterion the refusal rests on.")]
    for name, text in (("reasons", reasons), ("reasons_for_exporter", reasons_for_exporter)):
        if len(text) > 10_000:
            errors[name] = [_("Write at most 10,000 characters.")]
    return errors


def _guard(case: Case, kind: str) -> None:
    if kind in guards.GRANTS:
        trusted.hold([case.application.organisation_id])
    found = guards.blockers(case, kind)
    if found:
        raise Blocked(_("This case cannot be decided in this way yet."), blockers=found)


def _terms(case: Case, own: list[Any], errors: dict[str, list[str]]) -> list[condition_rules.Condition]:
    """Return the conditions of the positions in force with the decider's own."""
    cleaned: list[condition_rules.Condition] = []
    try:
        cleaned = condition_rules.clean(own)
        condition_rules.require_lines(cleaned, case.revision.items.values_list("line", flat=True))
    except Invalid as invalid:
        errors.update(invalid.fields)
    merged = condition_rules.merge([guards.merged_conditions(case).conditions, cleaned])
    if merged.conflicts:
        errors["conditions"] = [_("Two of the conditions cannot both be kept.")]
    return merged.conditions


def _granted(
    case: Case,
    kind: str,
    wanted: list[Any],
    terms: list[condition_rules.Condition],
    errors: dict[str, list[str]],
) -> list[dict[str, Any]]:
    """Return the lines granted; a grant covers all, a grant in part what it names and never more than asked.

    A cap on the quantity of a line lowers it.
    """
    lines = {item.line: item for item in case.revision.items.all()}
    if kind == Decision.Kind.GRANT:
        granted = {line: item.quantity for line, item in lines.items()}
    else:
        granted = _in_part(lines, wanted, errors)
    return [
        {"line": line, "quantity": format(condition_rules.cap(terms, "quantity_cap", line, quantity), "f")}
        for line, quantity in sorted(granted.items())
    ]


def _in_part(lines: dict[int, Item], wanted: list[Any], errors: dict[str, list[str]]) -> dict[int, Decimal]:
    granted: dict[int, Decimal] = {}
    found: dict[str, list[str]] = {}
    for number, entry in enumerate(wanted):
        at = f"items[{number}]"
        line = entry.get("line") if isinstance(entry, dict) else None
        if not isinstance(line, int) or isinstance(line, bool) or line not in lines or line in granted:
            found[f"{at}.line"] = [_("Name a line of the application, each once.")]
            continue
        try:
            quantity = Decimal(str(entry.get("quantity")))
        except InvalidOperation:
            quantity = Decimal(-1)
        if not quantity.is_finite() or not 0 < quantity <= lines[line].quantity:
            found[f"{at}.quantity"] = [
                _("Give a quantity above zero and at most %(most)s.") % {"most": lines[line].quantity}
            ]
        elif quantity != round(quantity, 3):
            found[f"{at}.quantity"] = [_("Give at most three decimals.")]
        elif open_question := list(guards.unclassified([lines[line]])):
            found[f"{at}.line"] = open_question
        granted[line] = quantity
    if not granted and not found:
        found["items"] = [_("Name at least one line and its quantity.")]
    errors.update(found)
    return {} if found else granted


def _validity(
    case: Case,
    first: date | None,
    last: date | None,
    terms: list[condition_rules.Condition],
    errors: dict[str, list[str]],
) -> tuple[date, date]:
    today = clock.today(case.lead.timezone)
    first = first or today
    emergency = emergencies.state(case) == "accepted"
    longest = emergencies.LONGEST_VALIDITY if emergency else LONGEST_VALIDITY
    last = condition_rules.last_day(terms, last or first + min(USUAL_VALIDITY, longest))
    if first < today:
        errors["valid_from"] = [_("A licence cannot begin in the past.")]
    elif first - today > LONGEST_VALIDITY:
        errors["valid_from"] = [_("A licence begins within two years.")]
    if last < first:
        errors["valid_until"] = [_("The last day lies before the first.")]
    elif last - first > longest:
        errors["valid_until"] = [
            _("A licence on an emergency request is valid for %(days)s days at most.")
            % {"days": longest.days}
            if emergency
            else _("An individual licence is valid for two years at most.")
        ]
    return first, last


def _record(type: str, actor: User, decision: Decision, **facts: Any) -> None:
    case = decision.case
    ledger.record(
        type,
        actor=actor,
        subject=decision,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={
            "decision": str(decision.uid),
            "kind": decision.kind,
            "revision": decision.revision.number,
            "criteria": decision.criteria,
            "proposed_by": decision.proposed_by.name,
            **facts,
        },
    )


def _pending(decision: Decision, case: Case) -> Decision:
    found = (
        Decision.objects.select_for_update(of=("self",))
        .select_related("revision", "proposed_by")
        .get(pk=decision.pk)
    )
    found.case = case
    return found


def countersign(*, actor: User, decision: Decision) -> Decision:
    """Countersign a proposed decision: it is taken, with everything that follows from it, and takes effect at once,
    or at the later instant agreed for this case together with others.

    The guards are read again. A grant issues its licence, or makes the provisional one on the case an ordinary
    one; a refusal records its denial. Before a grant every party
    is screened once more and denials are looked up once more, each in a transaction of its own: a hit that a list
    has brought since stands in the way, as does a question to whoever denied the like, and stays although the
    countersignature is refused.
    """
    if decision.kind in guards.GRANTS and policies.can_countersign(actor, decision):
        rescreening.rescreen(case=decision.case, why="issue")
        undercut.look(case=decision.case)
    return _countersign(actor=actor, decision=decision)


@due_first("decision")
@transaction.atomic
def _countersign(*, actor: User, decision: Decision) -> Decision:
    replacing.lock_first(decision.case_id)
    case = locked(decision.case_id)
    decision = _pending(decision, case)
    if decision.status != Decision.Status.PROPOSED:
        raise Conflict(_("This decision does not wait for a countersignature."))
    require(policies.can_countersign, actor, decision)
    _still_fits(case, decision)
    decision.countersigned_by = actor
    decision.take()
    confirms = case.status == Case.Status.PROVISIONAL
    if confirms:
        by = _("%(first)s and %(second)s") % {"first": decision.proposed_by.name, "second": actor.name}
        provisional.answer_for_seats(case, by)
    decision.takes_effect_at = effect = None if confirms else joint_instant(case)
    if effect and decision.valid_from:
        decision.valid_from = max(decision.valid_from, _day_of(effect, case))
    decision.save(
        update_fields=["status", "countersigned_by", "countersigned_at", "takes_effect_at", "valid_from"]
    )
    if decision.kind in guards.GRANTS:
        undercut.tell(actor=actor, decision=decision)
    _close(case)
    later = {"takes_effect_at": effect.isoformat()} if effect else {}
    _record("decision.countersigned", actor, decision, countersigned_by=actor.name, **later)
    ledger.record(
        "case.decided",
        actor=actor,
        subject=case,
        aggregate=ref(case),
        audience=case.exporter_audience,
        facts={
            "kind": decision.kind,
            "reasons": decision.reasons_for_exporter,
            "criteria": decision.criteria,
            **later,
        },
    )
    if confirms:
        provisional.confirm(actor=actor, decision=decision)
    elif decision.kind in guards.GRANTS:
        replacing.issue(actor=actor, decision=decision)
    elif decision.kind == Decision.Kind.REFUSE:
        _record_denial(actor, decision)
    return decision


def _still_fits(case: Case, decision: Decision) -> None:
    """Between proposal and countersignature the case may have moved: read everything again."""
    if decision.revision_id != case.revision_id:
        raise Conflict(_("The application was revised after this decision was proposed."))
    _guard(case, decision.kind)
    if decision.kind not in guards.GRANTS:
        return
    merged = condition_rules.merge([guards.merged_conditions(case).conditions, decision.conditions])
    if merged.conflicts or merged.conditions != decision.conditions:
        raise Conflict(_("The conditions of the positions changed after this decision was proposed."))
    if (
        emergencies.state(case) == "accepted"
        and decision.valid_from is not None
        and decision.valid_until is not None
        and decision.valid_until - decision.valid_from > emergencies.LONGEST_VALIDITY
    ):
        raise Conflict(
            _("Emergency handling was accepted after this decision was proposed: its licence is short.")
        )
    if decision.valid_until is None or decision.valid_until < clock.today(case.lead.timezone):
        raise Conflict(_("The last day of the licence has passed; send the decision back."))
    effect = joint_instant(case)
    if refused := replacing.too_late(case, decision, together=effect is not None):
        raise Conflict(refused)
    if effect and decision.valid_until < _day_of(effect, case):
        raise Conflict(
            _("The last day of the licence lies before the instant at which it takes effect; send it back.")
        )


def _day_of(at: datetime, case: Case) -> date:
    return at.astimezone(ZoneInfo(case.lead.timezone)).date()


def _close(case: Case) -> None:
    """Take a case to its end: nothing of it is asked or falls due any more."""
    case.decide()
    case.save(update_fields=["status", "decided_at", "hold_owner", "hold_until"])
    application = case.application
    application.close()
    application.save(update_fields=["status"])
    for consultation in case.consultations.filter(status=Consultation.Status.OPEN):
        consultations.close_consultation(consultation=consultation)
    for question in case.information_requests.filter(status=InformationRequest.Status.OPEN):
        question.withdraw()
        question.save(update_fields=["status"])
    undercut.end_all(case)
    stops.end_all(case)
    emergencies.overtake(case=case)
    deadlines.cancel_all(ref(case))


def _record_denial(actor: User, decision: Decision) -> None:
    case = decision.case
    items = list(case.revision.items.all())
    buyers = list(
        case.revision.parties.filter(role__in=undercut_rules.RECEIVING).select_related("shared_party")
    )
    users = [party for party in buyers if party.role == Party.Role.END_USER]
    end_use = case.revision.dossier["end_use"]
    intelligence.record_denial(
        actor=actor,
        source_ref=ref(decision),
        jurisdiction=case.lead,
        parties=[intelligence.DeniedParty(party.shared_party, party.role, party.address) for party in buyers],
        control_codes=undercut_rules.transaction_of(items, buyers).codes,
        destination=(users or buyers)[0].country,
        ground_code=decision.ground_code,
        summary=decision.reasons_for_exporter[:1000],
        takes_effect_at=decision.takes_effect_at,
        lines=[
            {
                "code": item.control_code,
                "description": item.description,
                "quantity": format(item.quantity, "f"),
                "unit": item.unit,
            }
            for item in items
        ],
        end_use=str(end_use.get("purpose") or ""),
    )


@due_first("decision")
@transaction.atomic
def send_back(*, actor: User, decision: Decision, remark: str) -> Decision:
    """Send a proposed decision back to its proposer."""
    case = locked(decision.case_id)
    decision = _pending(decision, case)
    if decision.status != Decision.Status.PROPOSED:
        raise Conflict(_("This decision does not wait for a countersignature."))
    require(policies.can_countersign, actor, decision)
    if not remark.strip():
        raise Invalid.field("remark", _("Say why you send it back."))
    decision.send_back()
    decision.remark = remark.strip()[:4000]
    decision.save(update_fields=["status", "remark"])
    _record("decision.sent_back", actor, decision, remark=decision.remark[:1000])
    return decision
