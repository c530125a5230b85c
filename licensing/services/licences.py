"""Licences: issuing, changing their status, and telling anyone whether one holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from core import clock
from core.actors import CLOCK, Actor
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import Verdict, require
from core.references import new_reference, normalise_reference
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from ledger import services as ledger
from licensing import conditions as condition_rules
from licensing import guards, waived
from licensing.models import Case, Decision, Licence, LicenceLine, Party, Position
from licensing.policies import licences as policies
from licensing.selectors.standings import Standing, standing
from licensing.services import credentials, emergencies, locks, superseding
from members.models import Jurisdiction, User

EXPIRY = "licence.expiry"
#: What does not end a licence while it is provisional: its case is open, and there it is refused or withdrawn.
KEPT_OPEN = frozenset({"revoke", "surrender"})


@transaction.atomic
def issue(*, actor: User, decision: Decision, items: list[Any] | None = None) -> Licence:
    """Issue the licence of a countersigned grant, in the transaction of the countersignature.

    `items`: where it covers less than was granted. Under a waiver of a crisis measure it ends no later than
    the waiver and is counted against its cap; Blocked where it does not fit.
    """
    case = decision.case
    assert decision.valid_from is not None
    assert decision.valid_until is not None
    licence = make(
        actor=actor,
        case=case,
        decision=decision,
        items=decision.items if items is None else items,
        conditions=decision.conditions,
        valid_from=decision.valid_from,
        valid_until=decision.valid_until,
        takes_effect_at=decision.takes_effect_at,
        renewable=emergencies.state(case) != "accepted",
    )
    await_expiry(licence)
    return licence


@transaction.atomic(savepoint=False)
def make(
    *,
    actor: Actor,
    case: Case,
    decision: Decision | None,
    items: list[Any],
    conditions: list[Any],
    valid_from: date,
    valid_until: date,
    takes_effect_at: datetime | None,
    renewable: bool,
    confirm_by: datetime | None = None,
) -> Licence:
    """Write a licence on the revision in hand and tell of it; the caller holds the case's lock and has asked the
    guards. `decision` None: the clock grants it, to be confirmed by an instant."""
    effect = takes_effect_at
    waiver = waived.waiver_for(case)
    wanted, valid_until = valid_until, waived.last_day(waiver, valid_until) if waiver else valid_until
    if valid_until < valid_from or (confirm_by and valid_until < wanted):
        raise Conflict(_("The waiver ends before this licence would."))
    licence = Licence.objects.create(
        number=new_reference("EL"),
        case=case,
        decision=decision,
        holder=case.application.organisation,
        issued_by=case.lead,
        parties=(parties := named(case)),
        destinations=sorted({p["country"] for p in parties if p["role"] in ("consignee", "end_user")}),
        territory=territory(case),
        conditions=conditions,
        national_reference=case.national_reference,
        issued_at=clock.now(),
        takes_effect_at=effect,
        valid_from=valid_from,
        valid_until=valid_until,
        renewable=renewable,
        confirm_by=confirm_by,
    )
    write_lines(licence, items)
    if waiver:
        waived.use(actor=actor, waiver=waiver, licence=licence)
    credentials.certify(licence)
    ledger.record(
        "licence.issued",
        actor=actor,
        subject=licence,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.holder_audience,
        facts={
            "number": licence.number,
            "valid_from": licence.valid_from.isoformat(),
            "valid_until": licence.valid_until.isoformat(),
            "territory": licence.territory,
            "renewable": licence.renewable,
            **({"takes_effect_at": effect.isoformat()} if effect else {}),
            **({"confirm_by": confirm_by.isoformat()} if confirm_by else {}),
        },
    )
    return licence


def named(case: Case) -> list[dict[str, str]]:
    """Return the parties that a licence names: those of the revision in hand, without owners."""
    parties = case.revision.parties.exclude(role=Party.Role.OWNER)
    return [{"role": p.role, "name": p.name, "country": p.country} for p in parties]


def write_lines(licence: Licence, granted: list[Any]) -> None:
    """Write what a licence covers, by line and quantity; a line that is there is changed and none is taken away."""
    items = {item.line: item for item in licence.case.revision.items.all()}
    for entry in granted:
        item, quantity = items[entry["line"]], Decimal(entry["quantity"])
        value = (item.value * quantity / item.quantity).quantize(Decimal("0.01"))
        LicenceLine.objects.update_or_create(
            licence=licence,
            line=item.line,
            defaults={
                "control_code": item.control_code,
                "hs_code": item.hs_code,
                "description": item.description,
                "quantity": quantity,
                "unit": item.unit,
                "value": condition_rules.cap(licence.conditions, "value_cap", item.line, value),
                "currency": item.currency,
            },
        )


def await_expiry(licence: Licence) -> None:
    """Let the last day of a licence fall due."""
    case = licence.case
    days = (licence.valid_until - clock.today(case.lead.timezone)).days
    deadlines.set_due(
        kind=EXPIRY,
        aggregate=ref(case),
        subject=ref(licence),
        start=clock.now(),
        rule=Rule(days, "calendar_days", rollover=False),
        calendar=case.lead.calendar,
        zone=case.lead.timezone,
        owner=case.lead.name,
    )


#: Positions by which a member consents to a licence that holds on its territory; silence where the charter says
#: that it means no objection.
CONSENTING = frozenset(
    {Position.Kind.NO_OBJECTION, Position.Kind.CONDITIONS, Position.Kind.DEEMED_NO_OBJECTION}
)


def territory(case: Case) -> list[str]:
    """The members in which a licence holds: the lead, and those asked that have consented and of which no authority
    objects. One that was silent, abstained or was not asked may consent later (`licensing.services.consents`)."""
    said: dict[str, set[str]] = {}
    for position in guards.positions_in_force(case):
        if code := position.consultation.jurisdiction_id:
            said.setdefault(code, set()).add(position.kind)
    consenting = {
        code for code, kinds in said.items() if kinds & CONSENTING and Position.Kind.OBJECT not in kinds
    }
    return sorted({case.lead_id} | consenting)


def _change(
    actor: User,
    licence: Licence,
    policy: Callable[[User, Licence], Verdict],
    name: str,
    event: str,
    reason: str,
) -> Licence:
    locks.lock_cases([licence.case_id], skip_locked=False)
    licence = (
        Licence.objects.select_for_update(of=("self",))
        .select_related("case__lead", "case__application", "issued_by")
        .get(pk=licence.pk)
    )
    require(policy, actor, licence)
    reason = reason.strip()
    if not reason:
        raise Invalid.field("reason", _("Give the reason; it is kept with the licence."))
    change = getattr(licence, name)
    if not possible(licence, name):
        raise Conflict(
            _("A licence that is %(status)s cannot be changed in this way.")
            % {"status": licence.get_status_display().lower()}
        )
    change()
    licence.status_reason = reason[:500]
    licence.save(update_fields=["status", "status_reason"])
    if licence.status not in (Licence.Status.ISSUED, Licence.Status.SUSPENDED):
        deadlines.cancel(kind=EXPIRY, subject=ref(licence))
        superseding.end_changes(
            licence, why=_("The licence is %(status)s.") % {"status": licence.get_status_display().lower()}
        )
    ledger.record(
        event,
        actor=actor,
        subject=licence,
        aggregate=ref(licence.case),
        aggregate_label=licence.case.reference,
        audience=superseding.heard_of(licence),
        facts={"number": licence.number, "status": str(licence.status), "reason": licence.status_reason},
    )
    return licence


def possible(licence: Licence, name: str) -> bool:
    """Whether the status of a licence allows a change today; one past its last day changes no more."""
    today = clock.today(licence.issued_by.timezone)
    if licence.effective_status(today) == Licence.Status.EXPIRED:
        return False
    if licence.provisional and (name in KEPT_OPEN or licence.unconfirmed(today, clock.now())):
        return False
    return bool(can_proceed(getattr(licence, name)))


@transaction.atomic
def suspend(*, actor: User, licence: Licence, reason: str) -> Licence:
    """Suspend a licence until it is reinstated."""
    return _change(actor, licence, policies.can_change, "suspend", "licence.suspended", reason)


@transaction.atomic
def reinstate(*, actor: User, licence: Licence, reason: str) -> Licence:
    """Make a suspended licence valid again."""
    return _change(actor, licence, policies.can_change, "reinstate", "licence.reinstated", reason)


@transaction.atomic
def revoke(*, actor: User, licence: Licence, reason: str) -> Licence:
    """Revoke a licence for good."""
    return _change(actor, licence, policies.can_change, "revoke", "licence.revoked", reason)


@transaction.atomic
def surrender(*, actor: User, licence: Licence, reason: str) -> Licence:
    """Give a licence back, as its holder: at once and for good. What customs have reserved may still be
    confirmed in its time, since the goods were covered when they were presented; nothing new leaves."""
    return _change(actor, licence, policies.can_surrender, "surrender", "licence.surrendered", reason)


@transaction.atomic
def mark_exhausted(*, actor: User, licence: Licence, reason: str) -> Licence:
    """Note that everything a licence covers has been exported."""
    return _change(actor, licence, policies.can_exhaust, "exhaust", "licence.exhausted", reason)


def expire(due: DueInstant) -> None:
    """The last day of a licence is over."""
    licence = (
        Licence.objects.select_for_update(of=("self",))
        .select_related("case__lead", "case__application")
        .get(pk=ref_id(due.subject, "licence"))
    )
    if licence.status in (Licence.Status.ISSUED, Licence.Status.SUSPENDED):
        licence.expire()
        licence.save(update_fields=["status"])
        superseding.end_changes(licence, why=_("The last day of the licence is over."))
        ledger.record(
            "licence.expired",
            actor=CLOCK,
            subject=licence,
            aggregate=ref(licence.case),
            aggregate_label=licence.case.reference,
            audience=superseding.heard_of(licence),
            facts={"number": licence.number, "valid_until": licence.valid_until.isoformat()},
        )


@dataclass(frozen=True)
class Verification:
    """What anyone may know of a licence number; an unknown one says so and nothing else."""

    number: str
    status: str
    issuer: Jurisdiction | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    territory: tuple[str, ...] = ()
    reason: str = ""  # which measure of a crisis suspends it, or at which instant it takes effect
    takes_effect_at: datetime | None = None  # where that is later than its issue
    edition: int = 0  # of the licence as it holds now; 0 for an unknown one
    member: str = ""  # the member it was asked for; empty for wherever it holds
    confirm_by: datetime | None = None  # of a provisional licence that nobody has confirmed


#: Of a licence that could be used, or could be before long: whether a member has consented matters for no other.
USABLE = frozenset({"valid", "not_yet_valid", "suspended"})


def verification(number: str, on: date | None = None, *, member: str = "") -> Verification:
    """Tell whether a licence holds on a day of its issuer, or now, in a member where one is named; measures of
    crises count for now.

    Status: valid, not_valid_here, not_yet_valid, suspended, revoked, expired, exhausted, surrendered, replaced
    or unknown. Invalid where `member` is none.
    """
    member = member.strip().upper()
    if member and not Jurisdiction.objects.filter(code=member).exists():
        raise Invalid.field("member", _("Choose a member of the alliance, by its two letters."))
    number = normalise_reference(number)
    licence = Licence.objects.select_related("issued_by").filter(number=number).first()
    if licence is None:
        return Verification(number, "unknown", member=member)
    now = standing(licence) if on is None else Standing(licence.effective_status(on))
    status = "valid" if now.status == Licence.Status.ISSUED else now.status
    if member and member not in licence.territory and status in USABLE:
        status = "not_valid_here"
    return Verification(
        licence.number,
        status,
        licence.issued_by,
        licence.valid_from,
        licence.valid_until,
        tuple(licence.territory),
        "" if now.reason == licence.status_reason else now.reason,
        licence.takes_effect_at,
        licence.edition,
        member,
        licence.confirm_by if licence.provisional else None,
    )
