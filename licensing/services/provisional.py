"""Provisional grants: made by the clock under a charter, confirmed by two members, or repealed.

Source: Regulation (EU) No 182/2011 Article 8: what is urgent applies at once, is put to the others within a short
time, and is repealed where they do not agree. What may be granted is a share; the rest waits for people.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from core import clock
from core.actors import CLOCK, Actor
from core.audience import jurisdiction
from core.errors import Blocked, Conflict
from core.models import ref
from deadlines import services as deadlines
from deadlines.calculus import Rule, derive
from exemptions import allowances
from exemptions.allowances import Share
from ledger import services as ledger
from licensing import conditions as condition_rules
from licensing import guards, trusted, waived
from licensing.dossier.goods import COUNTED
from licensing.effects import joint_instant
from licensing.models import Assessment, Case, Decision, Licence, Position, ProvisionalGrant
from licensing.services import credentials, emergencies, licences, undercut
from licensing.services.superseding import overtake
from members.models import Role, User

CONFIRMATION = "licence.confirmation"
THOUSANDTH = Decimal("0.001")


def bars(case: Case) -> Iterator[str]:
    """Say what bars a provisional grant on a case for good: what is critical or stopped, or anybody objected to, is
    for people to decide; and what was granted so before is not granted so again."""
    if case.critical:
        yield _("The case is critical: nothing critical is granted because somebody said nothing.")
    if ProvisionalGrant.objects.filter(case=case).exists():
        yield _("The case had its provisional grant; there is no second one.")
    assessment = Assessment.objects.filter(case=case, revision=case.revision_id).order_by("-made_at").first()
    for stop in assessment.hard_stops if assessment else []:
        yield _("The assessment stops this case: %(reason)s") % {"reason": stop.get("reason", "")}
    for position in guards.positions_in_force(case):
        if position.kind == Position.Kind.OBJECT:
            yield _("%(who)s objects.") % {"who": position.consultation.addressee}
    if joint_instant(case) is not None:
        yield _("What is decided on this case takes effect together with others.")
    if (former := case.application.replaces) is not None:
        yield _(
            "It is to replace %(number)s, which holds meanwhile: two persons decide, and silence grants nothing "
            "beside it."
        ) % {"number": former.number}


def share_of(case: Case, share: int, allowance: Share) -> list[dict[str, Any]]:
    """Return the lines of which a share can be licensed: pieces whole, all else in thousandths, rounded down.

    Of the charter's share the provider gets what its record allows (`exemptions.allowances`). A cap among the
    conditions of the positions in force lowers it further; a line of which nothing is left is left out.
    """
    terms = guards.merged_conditions(case).conditions
    found = []
    for item in case.revision.items.order_by("line"):
        allowed = allowance.of(item.quantity * share / 100)
        quantity = whole(condition_rules.cap(terms, "quantity_cap", item.line, allowed), item.unit)
        if quantity > 0:
            found.append({"line": item.line, "quantity": format(quantity, "f")})
    return found


def whole(quantity: Decimal, unit: str) -> Decimal:
    """Return what of a quantity can be licensed: pieces whole, all else in thousandths, rounded down."""
    return quantity.quantize(Decimal(1) if unit in COUNTED else THOUSANDTH, rounding=ROUND_FLOOR)


@transaction.atomic
def grant(
    *, case: Case, charter_key: str, charter_version: str, tier: int, share: int, confirm_within: Rule
) -> ProvisionalGrant:
    """Grant a share of each line, by the clock, until it is confirmed; Blocked with every reason against it.

    `share`: the charter's, in percent. A provider whose record of the last two years has lapses gets less of it,
    and one with a delivery past its date and unverified nothing. The caller holds the case's lock and has had its
    parties screened. All that a grant by two persons waits for is waited for here too, but for what the seats said
    nothing to.
    """
    trusted.hold([case.application.organisation_id])
    found = list(bars(case))
    case.grant_provisionally()
    case.settled_at = None
    case.save(update_fields=["status", "settled_at"])
    found += guards.blockers(case, Decision.Kind.GRANT)
    found += undercut.unasked(case)
    allowance = allowances.share_for(case.application.organisation)
    lines = share_of(case, share, allowance)
    if allowance.open:
        found.append(f"{allowance.sentence} {allowance.regain}")
    elif not lines:
        found.append(_("Of no line is anything left to license when its share is rounded down."))
    now, zone = clock.now(), case.lead.timezone
    version = deadlines.calendar_in_force(case.lead.calendar, now)
    confirm_by = derive(now, confirm_within, version, zone).due_at
    last = (confirm_by - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
    terms = guards.merged_conditions(case).conditions
    if condition_rules.last_day(terms, last) < last:
        found.append(_("A condition ends the licence before it could be confirmed."))
    if found:
        raise Blocked(_("This case cannot be granted provisionally."), blockers=found)
    licence = licences.make(
        actor=CLOCK,
        case=case,
        decision=None,
        items=lines,
        conditions=terms,
        valid_from=clock.today(zone),
        valid_until=last,
        takes_effect_at=None,
        renewable=False,
        confirm_by=confirm_by,
    )
    deadlines.set_due(
        kind=CONFIRMATION,
        aggregate=ref(case),
        subject=ref(licence),
        start=now,
        rule=confirm_within,
        calendar=case.lead.calendar,
        zone=zone,
        owner=case.lead.name,
    )
    granted = ProvisionalGrant.objects.create(
        case=case,
        licence=licence,
        charter_key=charter_key,
        charter_version=charter_version,
        tier=tier,
        share=share,
        allowance=allowance.percent,
        lines=lines,
        granted_at=now,
    )
    _record(
        "provisional.granted",
        CLOCK,
        granted,
        charter=f"{charter_key} {charter_version}",
        tier=tier,
        share=share,
        allowance=allowance.percent,
        confirm_by=confirm_by.isoformat(),
    )
    return granted


def standing(case: Case) -> ProvisionalGrant:
    """Return the provisional grant that waits on a case, locked; the case is locked already."""
    rows = ProvisionalGrant.objects.select_for_update(of=("self",)).select_related("licence")
    found = rows.filter(case=case, status=ProvisionalGrant.Status.STANDING).first()
    if found is None:
        raise Conflict(_("No provisional grant waits for confirmation on this case."))
    found.case = found.licence.case = case
    return found


def too_little(case: Case, granted: list[dict[str, Any]]) -> list[str]:
    """Name the lines of which a confirmation would cover less than has been granted provisionally."""
    given = {entry["line"]: Decimal(entry["quantity"]) for entry in granted}
    return [
        _("Line %(line)s: at least the %(quantity)s that were granted provisionally.") % entry
        for entry in standing(case).lines
        if given.get(entry["line"], Decimal(0)) < Decimal(entry["quantity"])
    ]


@transaction.atomic(savepoint=False)
def confirm(*, actor: User, decision: Decision) -> Licence:
    """Make the provisional licence an ordinary one, as the decision of two members says, in the transaction of the
    second signature. What the waiver it rests on has to bear more is counted; Blocked where it does not fit."""
    case = decision.case
    granted = standing(case)
    licence = granted.licence
    assert decision.valid_until is not None
    assert licence.confirm_by is not None
    if clock.now() >= licence.confirm_by:
        raise Conflict(_("The time to confirm this is over."))
    if not can_proceed(licence.confirm):
        raise Conflict(_("The licence is suspended: it is made valid again before it is confirmed."))
    waiver = waived.waiver_for(case)
    licence.confirm()
    licence.decision = decision
    licence.conditions = decision.conditions
    licence.territory = _territory(licence, actor)
    licence.edition, licence.edition_at = licence.edition + 1, licence.confirmed_at
    licence.valid_until = waived.last_day(waiver, decision.valid_until) if waiver else decision.valid_until
    licence.renewable = emergencies.state(case) != "accepted"
    licence.save()
    licences.write_lines(licence, decision.items)
    if waiver:
        waived.use(actor=actor, waiver=waiver, licence=licence)
    credentials.certify(licence)
    licences.await_expiry(licence)
    granted.confirm()
    granted.ended_by = actor
    granted.save(update_fields=["status", "ended_at", "ended_by"])
    _record(
        "provisional.confirmed",
        actor,
        granted,
        edition=licence.edition,
        confirmed_by=[decision.proposed_by.name, actor.name],
        valid_until=licence.valid_until.isoformat(),
    )
    return licence


def _territory(licence: Licence, second: User) -> list[str]:
    """The members that have consented: those that had when it was granted, and the one whose decider confirms it. A
    seat of the crisis unit speaks for no member."""
    own = {second.jurisdiction_code} if Role.DECIDER in second.roles else set()
    return sorted({*licence.territory, *filter(None, own)})


def answer_for_seats(case: Case, by: str) -> None:
    """Note that two members confirm what the seats of the ladder said nothing to; the case is locked."""
    case.requirements.filter(kind__in=guards.OF_SEATS, satisfied_at__isnull=True).update(
        satisfied_by=by[:200], satisfied_at=clock.now()
    )


@transaction.atomic(savepoint=False)
def repeal(*, actor: Actor, case: Case, reason: str, at: datetime | None = None) -> ProvisionalGrant:
    """End the provisional grant that waits on a case, at once and for good; the case is in review again.

    `at`: the instant from which it is over, where the clock comes to it later. The caller holds the case's lock,
    and says what becomes of the case.
    """
    granted = standing(case)
    licence = granted.licence
    licence.repeal()
    licence.status_reason = reason[:500]
    licence.save(update_fields=["status", "status_reason"])
    deadlines.cancel(kind=CONFIRMATION, subject=ref(licence))
    overtake(case=case, why=_("The provisional grant was repealed."), actor=actor)
    case.end_provisional()
    case.save(update_fields=["status"])
    granted.repeal()
    granted.ended_at = at or clock.now()
    granted.ended_by = actor if isinstance(actor, User) else None
    granted.reason = reason[:2000]
    granted.save(update_fields=["status", "ended_at", "ended_by", "reason"])
    _record("provisional.repealed", actor, granted, reason=reason, at=granted.ended_at.isoformat())
    return granted


def _record(type: str, actor: Actor, granted: ProvisionalGrant, **facts: Any) -> None:
    """Record an event on the case with the licence as its subject, for everyone on whose territory it holds too."""
    case, licence = granted.case, granted.licence
    customs = [jurisdiction(code) for code in licence.territory]
    ledger.record(
        type,
        actor=actor,
        subject=licence,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.holder_audience | customs,
        facts={"number": licence.number, "lines": granted.lines, **facts},
    )
