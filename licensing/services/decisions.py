"""Deciding: one person proposes, another countersigns, and only then does it take effect."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.errors import Blocked, Conflict, Invalid
from core.models import ref
from core.policies import require
from deadlines import services as deadlines
from intelligence import services as intelligence
from ledger import services as ledger
from licensing import conditions as condition_rules
from licensing import guards
from licensing.models import Case, Decision, Licence, Party
from licensing.policies import decisions as policies
from licensing.services import licences
from licensing.services.locks import locked
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
) -> Decision:
    """Propose a decision on the revision in hand; Blocked with every reason that stands in its way.

    `items` of a grant in part: [{"line": 1, "quantity": "5"}]. `conditions` are added to those of the
    positions in force and can only make them stricter.
    """
    case = locked(case.pk)
    require(policies.can_propose, actor, case)
    if kind not in Decision.Kind.values:
        raise Invalid.field("kind", _("Choose one of the decisions offered."))
    _guard(case, kind)
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
    granted: list[dict[str, Any]] = []
    terms: list[condition_rules.Condition] = []
    if kind in guards.GRANTS:
        granted = _granted(case, kind, items or [], errors)
        valid_from, valid_until = _validity(case, valid_from, valid_until, errors)
        merged = condition_rules.merge(
            [guards.merged_conditions(case).conditions, condition_rules.clean(conditions or [])]
        )
        if merged.conflicts:
            errors["conditions"] = [_("Two of the conditions cannot both be kept.")]
        terms = merged.conditions
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


def _guard(case: Case, kind: str) -> None:
    found = guards.blockers(case, kind)
    if found:
        raise Blocked(_("This case cannot be decided in this way yet."), blockers=found)


def _granted(case: Case, kind: str, wanted: list[Any], errors: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Return the lines granted; a grant covers all, a grant in part what it names and never more than asked."""
    lines = {item.line: item for item in case.revision.items.all()}
    if kind == Decision.Kind.GRANT:
        return [{"line": line, "quantity": str(item.quantity)} for line, item in sorted(lines.items())]
    granted: dict[int, Decimal] = {}
    for number, entry in enumerate(wanted):
        at = f"items[{number}]"
        line = entry.get("line") if isinstance(entry, dict) else None
        if not isinstance(line, int) or line not in lines or line in granted:
            errors[f"{at}.line"] = [_("Name a line of the application, each once.")]
            continue
        try:
            quantity = Decimal(str(entry.get("quantity")))
        except InvalidOperation:
            quantity = Decimal(-1)
        if not quantity.is_finite() or not 0 < quantity <= lines[line].quantity:
            errors[f"{at}.quantity"] = [
                _("Give a quantity above zero and at most %(most)s.") % {"most": lines[line].quantity}
            ]
            continue
        granted[line] = quantity
    if not granted and not errors:
        errors["items"] = [_("Name at least one line and its quantity.")]
    return [{"line": line, "quantity": str(quantity)} for line, quantity in sorted(granted.items())]


def _validity(
    case: Case, first: date | None, last: date | None, errors: dict[str, list[str]]
) -> tuple[date, date]:
    today = clock.today(case.lead.timezone)
    first = first or today
    last = last or first + USUAL_VALIDITY
    for condition in guards.merged_conditions(case).conditions:
        if condition["code"] == "valid_until":
            last = min(last, date.fromisoformat(condition["value"]))
    if first < today:
        errors["valid_from"] = [_("A licence cannot begin in the past.")]
    if last < first:
        errors["valid_until"] = [_("The last day lies before the first.")]
    elif last - first > LONGEST_VALIDITY:
        errors["valid_until"] = [_("An individual licence is valid for two years at most.")]
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


@transaction.atomic
def countersign(*, actor: User, decision: Decision) -> Decision:
    """Countersign a proposed decision: it takes effect, with everything that follows from it.

    The guards are read again. A grant issues its licence, a refusal records its denial.
    """
    case = locked(decision.case_id)
    decision = _pending(decision, case)
    if decision.status != Decision.Status.PROPOSED:
        raise Conflict(_("This decision does not wait for a countersignature."))
    require(policies.can_countersign, actor, decision)
    if decision.revision_id != case.revision_id:
        raise Conflict(_("The application was revised after this decision was proposed."))
    _guard(case, decision.kind)
    decision.countersigned_by = actor
    decision.take()
    decision.save(update_fields=["status", "countersigned_by", "countersigned_at"])
    case.decide()
    case.save(update_fields=["status", "decided_at", "hold_owner", "hold_until"])
    application = case.application
    application.close()
    application.save(update_fields=["status"])
    deadlines.cancel_all(ref(case))
    _record("decision.countersigned", actor, decision, countersigned_by=actor.name)
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
        },
    )
    if decision.kind in guards.GRANTS:
        licences.issue(actor=actor, decision=decision)
    elif decision.kind == Decision.Kind.REFUSE:
        _record_denial(actor, decision)
    return decision


def _record_denial(actor: User, decision: Decision) -> None:
    case = decision.case
    items = list(case.revision.items.all())
    buyers = list(
        case.revision.parties.filter(role__in=[Party.Role.END_USER, Party.Role.CONSIGNEE]).select_related(
            "shared_party"
        )
    )
    users = [party for party in buyers if party.role == Party.Role.END_USER]
    intelligence.record_denial(
        actor=actor,
        source_ref=ref(decision),
        jurisdiction=case.lead,
        parties=[party.shared_party for party in buyers],
        control_codes=sorted({item.control_code for item in items if item.control_code}),
        destination=(users or buyers)[0].country,
        ground_code=decision.ground_code,
        summary=decision.reasons_for_exporter[:1000],
    )


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
    decision.remark = remark.strip()
    decision.save(update_fields=["status", "remark"])
    _record("decision.sent_back", actor, decision, remark=decision.remark[:1000])
    return decision


@transaction.atomic
def overtake(*, case: Case, why: str) -> None:
    """Let a pending decision lapse because the case changed under it; the caller holds the case's lock."""
    for decision in Decision.objects.select_for_update().filter(case=case, status=Decision.Status.PROPOSED):
        decision.lapse()
        decision.remark = why
        decision.save(update_fields=["status", "remark"])


def licence_of(decision: Decision) -> Licence | None:
    """Return the licence a decision issued, if it did."""
    return Licence.objects.filter(decision=decision).first()
