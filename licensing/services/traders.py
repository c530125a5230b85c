"""Applying to be trusted, the audit by an inspector, and the decision on it by another person.

The trader's row is the lock of its audits. No case is locked by any act here: whoever grants or routes holds the
trader's row under the case's lock (`licensing.trusted.hold`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import wraps
from typing import IO, Any, TypeVar, cast

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.declaring import said, set_due
from core import audience, clock
from core.actors import Actor
from core.audience import Audience
from core.errors import Blocked, Conflict, Invalid
from core.models import ref
from core.policies import require
from core.references import new_reference
from correspondence import services as correspondence
from correspondence.models import Document
from deadlines import services as deadlines
from deadlines.registry import aggregate_lock
from exemptions import icp, trust
from exemptions import trader_policies as policies
from exemptions.models import TraderAudit, TrustedTrader
from ledger import services as ledger
from licensing import trusted
from members.models import Organisation, User

EXPIRY, REAUDIT = "trader.expiry", "trader.reaudit"
AEO = "aeo_certificate"
MOST_DOCUMENTS = 10
Status = TrustedTrader.Status
Act = TypeVar("Act", bound=Callable[..., Any])


@aggregate_lock("trustedtrader")
def lock_traders(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock traders; see `deadlines.registry.AggregateLock`."""
    rows = TrustedTrader.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def locked(pk: int) -> TrustedTrader:
    """Return a trader, locked, after whatever was due of it has been applied."""
    TrustedTrader.objects.select_for_update().get(pk=pk)
    deadlines.lapse_due(f"trustedtrader:{pk}")
    return TrustedTrader.objects.select_related("organisation__jurisdiction", "inspector").get(pk=pk)


def due_first(act: Act) -> Act:
    """Apply what was due of the trader before an act, in a transaction of its own: it stays even where the act is
    then refused because of it."""

    @wraps(act)
    def after_what_was_due(**given: Any) -> Any:
        with transaction.atomic():
            locked(given["trader"].pk)
        return act(**given)

    return cast(Act, after_what_was_due)


def own_audience(trader: TrustedTrader) -> Audience:
    """The organisation and its member: who reads answers, certificates and audits."""
    return Audience.of(
        audience.organisation(trader.organisation_id),
        audience.jurisdiction(trader.organisation.jurisdiction_id),
    )


def record(
    type: str, actor: Actor, trader: TrustedTrader, to: Audience | None = None, **facts: object
) -> None:
    """Record what happened to a standing; unless told otherwise all members and the trader read it."""
    ledger.record(
        type,
        actor=actor,
        subject=trader,
        aggregate=ref(trader),
        aggregate_label=trader.reference,
        audience=to or Audience.of(audience.ALLIANCE, audience.organisation(trader.organisation_id)),
        facts={
            "reference": trader.reference,
            "member": trader.organisation.jurisdiction_id,
            "status": str(trader.status),
            "level": trader.level,
            **facts,
        },
    )


@transaction.atomic
def begin(*, actor: User, organisation: Organisation) -> TrustedTrader:
    """Begin to answer, or answer anew after a refusal or an end, with the answers given before; idempotent."""
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    trader = TrustedTrader.objects.filter(organisation=organisation).first()
    if trader is not None:
        trader = locked(trader.pk)
    require(policies.can_fill, actor, organisation, trader)
    if trader is None:
        trader = TrustedTrader.objects.create(
            reference=new_reference("TT"),
            organisation=organisation,
            questions_version=icp.questionnaire().version,
            begun_by=actor,
            begun_at=clock.now(),
        )
        record("trader.begun", actor, trader, own_audience(trader))
    elif trader.status != Status.DRAFT:
        trader.begin_anew()
        trader.save()
        record("trader.begun", actor, trader, own_audience(trader))
    return trader


@transaction.atomic
def answer(*, actor: User, trader: TrustedTrader, element: str, given: Mapping[str, object]) -> TrustedTrader:
    """Keep the answers to one element. What is not whole is kept all the same and asked for before it is sent."""
    trader = locked(trader.pk)
    require(policies.can_fill, actor, trader.organisation, trader)
    if trader.status != Status.DRAFT:
        raise Conflict(_("Begin anew first."))
    asked = icp.questionnaire().element(element)
    if asked is None:
        raise Invalid.field("element", _("There is no such part."))
    kept: dict[str, str] = {}
    for name in (*(question.key for question in asked.questions), "evidence"):
        value = given.get(name) or ""
        if not isinstance(value, str) or len(value) > icp.LONGEST:
            raise Invalid.field(name, _("Write at most %(most)d characters.") % {"most": icp.LONGEST})
        if name != "evidence" and value and value not in icp.ANSWERS:
            raise Invalid.field(name, _("Answer yes, partly or no."))
        kept[name] = value.strip()
    trader.answers = {**trader.answers, element: kept}
    trader.questions_version = icp.questionnaire().version
    trader.save(update_fields=["answers", "questions_version"])
    record("trader.answered", actor, trader, own_audience(trader), element=element)
    return trader


@transaction.atomic
def certify(
    *, actor: User, trader: TrustedTrader, number: str, upload: IO[bytes] | None = None, filename: str = ""
) -> TrustedTrader:
    """Keep the number of the certificate of an authorised economic operator, and the certificate as a file."""
    trader = locked(trader.pk)
    require(policies.can_fill, actor, trader.organisation, trader)
    if trader.status != Status.DRAFT:
        raise Conflict(_("Begin anew first."))
    number = number.strip().upper()
    if len(number) > 40:
        raise Invalid.field("number", _("Write at most 40 characters."))
    if upload is not None:
        if not number:
            raise Invalid.field("number", _("Give the number of the certificate you attach."))
        if certificates(trader) >= MOST_DOCUMENTS:
            raise Invalid.field("file", _("Attach at most %(most)d files.") % {"most": MOST_DOCUMENTS})
        correspondence.store_document(
            actor=actor,
            upload=upload,
            filename=filename,
            aggregate=ref(trader),
            audience=own_audience(trader),
            kind=AEO,
        )
    trader.aeo_number = number
    trader.save(update_fields=["aeo_number"])
    record("trader.answered", actor, trader, own_audience(trader), element="aeo")
    return trader


def certificates(trader: TrustedTrader) -> int:
    """Count the certificates attached."""
    return Document.objects.filter(aggregate=ref(trader), kind=AEO).count()


def unfinished(trader: TrustedTrader) -> dict[str, list[str]]:
    """Return what has to be answered before it is sent, by part; empty when it is whole."""
    found = {
        one.key: [_("Finish “%(title)s”.") % {"title": one.title}] for one in icp.unanswered(trader.answers)
    }
    if trader.aeo_number and not certificates(trader):
        found["aeo"] = [_("Attach the certificate, or leave its number out.")]
    return found


@transaction.atomic
def apply(*, actor: User, trader: TrustedTrader) -> TrustedTrader:
    """Send the answers: from now on they stand. Invalid names each part that is not whole."""
    trader = locked(trader.pk)
    require(policies.can_apply, actor, trader)
    if missing := unfinished(trader):
        raise Invalid(_("Some parts are not finished."), fields=missing)
    trader.apply()
    trader.save()
    record("trader.applied", actor, trader, own_audience(trader), questions=trader.questions_version)
    return trader


@due_first
@transaction.atomic
def begin_audit(*, actor: User, trader: TrustedTrader) -> TrustedTrader:
    """Take what waits for an inspector: an application, a standing to be regained, or the next audit of one."""
    trader = locked(trader.pk)
    require(policies.can_begin_audit, actor, trader)
    if trader.status == Status.GRANTED:
        trader.begin_reaudit(actor)
    else:
        trader.begin_audit(actor)
    trader.save()
    record("trader.audit_begun", actor, trader, own_audience(trader))
    return trader


def latest(trader: TrustedTrader) -> TraderAudit | None:
    """Return the audit that waits for a decision, if one does."""
    return trader.audits.filter(decision="").select_related("inspector").order_by("-number").first()


@due_first
@transaction.atomic
def report_audit(
    *,
    actor: User,
    trader: TrustedTrader,
    visited_on: date,
    findings: Mapping[str, Mapping[str, str]],
    summary: str,
) -> TraderAudit:
    """Say what was found at the site, at every element; it is never changed afterwards."""
    trader = locked(trader.pk)
    require(policies.can_report_audit, actor, trader)
    if latest(trader) is not None:
        raise Conflict(_("An audit waits for a decision already."))
    errors: dict[str, list[str]] = {}
    kept: dict[str, dict[str, str]] = {}
    for element in icp.questionnaire().elements:
        found = findings.get(element.key) or {}
        finding, remark = found.get("finding", ""), str(found.get("remark", "")).strip()
        if finding not in trust.FINDINGS:
            errors[element.key] = [_("Say whether it is met, partly met or missing.")]
        elif len(remark) > 2000:
            errors[f"{element.key}_remark"] = [_("Write at most 2000 characters.")]
        elif finding != "met" and not remark:
            errors[f"{element.key}_remark"] = [_("Say what is missing, so that the trader can mend it.")]
        kept[element.key] = {"finding": finding, "remark": remark}
    today = clock.today(trader.organisation.jurisdiction.timezone)
    if visited_on > today or (today - visited_on).days > 365:
        errors["visited_on"] = [_("The visit was in the last 365 days, today at the latest.")]
    try:
        summary = said(summary, "summary", 4000)
    except Invalid as error:
        errors["summary"] = error.fields["summary"]
    if errors:
        raise Invalid(_("The audit is not complete."), fields=errors)
    audit = TraderAudit.objects.create(
        trader=trader,
        number=trader.audits.count() + 1,
        inspector=actor,
        visited_on=visited_on,
        questions_version=trader.questions_version,
        findings=kept,
        score=trust.audit_score(kept),
        summary=summary,
        reported_at=clock.now(),
    )
    record("trader.audited", actor, trader, own_audience(trader), number=audit.number, score=audit.score)
    return audit


def judged(trader: TrustedTrader, audit: TraderAudit) -> tuple[int, list[str], trust.Record]:
    """Return the level that audit and record give now, what the next one asks for, and the record."""
    found = trusted.record_of(trader.organisation)
    aeo = bool(trader.aeo_number) and certificates(trader) > 0
    level, why = trust.level_for(audit.findings, found, aeo)
    return level, why, found


@due_first
@transaction.atomic
def grant(*, actor: User, trader: TrustedTrader, reasons: str) -> TrustedTrader:
    """Trust a trader for three years, at the level that audit and record give; a second person after the inspector.

    Blocked, with what is missing, where they give none.
    """
    trader = locked(trader.pk)
    audit = latest(trader)
    require(policies.can_decide, actor, trader, audit)
    assert audit is not None
    reasons = said(reasons, "reasons")
    level, why, found = judged(trader, audit)
    if not level:
        raise Blocked(_("Audit and record give no level."), blockers=why)
    if trader.organisation.status != Organisation.Status.VETTED:
        raise Blocked(_("It cannot be trusted now."), blockers=[_("The organisation is suspended.")])
    now = clock.now()
    _decide(audit, actor, TraderAudit.Decision.GRANTED, reasons, level, found)
    owner = trader.organisation.name
    until = set_due(EXPIRY, ref(trader), trust.VALID_DAYS, owner=owner).due_at
    set_due(REAUDIT, ref(trader), trust.REAUDIT_DAYS, owner=owner)
    trader.grant(actor, level, now, until)
    trader.save()
    record("trader.granted", actor, trader, audit=audit.number, until=until.isoformat())
    return trader


@due_first
@transaction.atomic
def refuse(*, actor: User, trader: TrustedTrader, reasons: str) -> TrustedTrader:
    """Refuse, for a reason the trader reads; it may begin anew with the answers it gave."""
    trader = locked(trader.pk)
    audit = latest(trader)
    require(policies.can_decide, actor, trader, audit)
    assert audit is not None
    reasons = said(reasons, "reasons")
    _level, _why, found = judged(trader, audit)
    _decide(audit, actor, TraderAudit.Decision.REFUSED, reasons, 0, found)
    trader.refuse(reasons)
    trader.save()
    deadlines.cancel_all(ref(trader))
    to = None if trader.was_granted else own_audience(trader)
    record("trader.refused", actor, trader, to, audit=audit.number, reason=reasons)
    return trader


def _decide(
    audit: TraderAudit, actor: User, decision: str, reasons: str, level: int, found: trust.Record
) -> None:
    score = trust.score_of(found)
    audit.decision, audit.reasons, audit.level = decision, reasons, level
    audit.decided_by, audit.decided_at = actor, clock.now()
    audit.record = {
        "score": score.points,
        "lines": [[line.kind, line.count, line.points] for line in score.lines],
        "years": found.years,
    }
    audit.save()
