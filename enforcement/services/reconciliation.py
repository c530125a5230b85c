"""What offices tell of goods they accepted without a network, held against the tokens they took.

By rule: a use within its token and its time is confirmed, and what the token held besides is free again. Everything
else is a conflict, which takes nothing of any licence; `uncovered` is how people settle it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock, signing
from core.actors import Actor
from core.errors import Invalid
from core.models import ref
from core.policies import require
from core.references import normalise_reference
from enforcement import cover, policies, units
from enforcement.models import OfflineConflict, OfflineToken, OfflineUse, Reservation
from enforcement.services import drawdown
from ledger import services as ledger
from licensing.credentials import offline, packs
from licensing.credentials.tokens import Flaw, read
from licensing.dossier import UNITS
from licensing.models import Licence
from licensing.selectors.credentials import trusted_keys
from licensing.services import locks
from members.models import Jurisdiction, User

Reason = OfflineConflict.Reason
#: Longest text of a token that is told; ours have about 900 characters.
LONGEST = 4000
NUMBER = re.compile(r"[A-Z0-9-]{1,20}")
#: How long after goods left it may be told: as far back as a customs debt is looked into where a crime made it
#: (Regulation (EU) No 952/2013 Article 103(2)).
REMEMBERED = timedelta(days=10 * 366)


@dataclass(frozen=True)
class Told:
    """What an office tells of one use: with a token, its text or its number; without one, the licence and its line.

    `unit` may be left out with a token. `used_at` is the instant at which the goods were accepted.
    """

    quantity: Decimal
    used_at: datetime
    declaration: str
    office: str
    token: str = ""
    licence: str = ""
    line: int = 0
    unit: str = ""


@dataclass(frozen=True)
class _Found:
    """What is known of what was told: its token and licence, and why no token covers it, if none does."""

    token: OfflineToken | None = None
    licence: Licence | None = None
    reason: str = ""
    detail: str = ""
    licence_number: str = ""
    line: int = 0
    unit: str = ""


@dataclass(frozen=True)
class _Ready:
    told: Told
    found: _Found
    sha256: str


def report(*, actor: User, told: Told) -> OfflineUse:
    """Take in one use; see `report_all`."""
    return report_all(actor=actor, told=[told])[0]


def report_all(*, actor: User, told: Sequence[Told]) -> list[OfflineUse]:
    """Take in uses, each in a transaction of its own, and return a row for each in their order.

    Invalid, with the place of each mistake, where one of them cannot be read: then none is taken in. The same again
    is the row that was made first. In the order of their cases, so that two batches never wait for each other.
    """
    require(policies.can_report_use, actor)
    ready = _read_all(actor, told)
    order = sorted(range(len(ready)), key=lambda at: (_case_of(ready[at]), at))
    rows: dict[int, OfflineUse] = {}
    for at in order:
        rows[at] = _report(actor, ready[at])
    return [rows[at] for at in range(len(ready))]


def _case_of(ready: _Ready) -> int:
    return ready.found.licence.case_id if ready.found.licence else 0


def _read_all(actor: User, told: Sequence[Told]) -> list[_Ready]:
    ready: list[_Ready] = []
    errors: dict[str, list[str]] = {}
    for at, one in enumerate(told):
        try:
            ready.append(_read(actor, one))
        except Invalid as wrong:
            place = f"uses[{at}]." if len(told) > 1 else ""
            errors |= {f"{place}{name}": texts for name, texts in wrong.fields.items()}
    if errors:
        raise Invalid(_("Nothing was taken in: something of it cannot be read."), fields=errors)
    return ready


def _read(actor: User, told: Told) -> _Ready:
    member = str(actor.jurisdiction_code)
    told = replace(
        told,
        token="".join(told.token.split()),
        office=told.office.strip().upper(),
        declaration=told.declaration.strip().upper(),
        licence=normalise_reference(told.licence)[:20] if told.licence.strip() else "",
        unit=told.unit.strip().upper(),
    )
    errors: dict[str, list[str]] = {}
    try:
        drawdown.named_rightly(member, told.office, told.declaration)
    except Invalid as wrong:
        errors |= wrong.fields
    if told.used_at.timestamp() > clock.now().timestamp() + packs.SKEW:
        errors["used_at"] = [_("Give the instant at which the goods were accepted: it lies in the future.")]
    elif told.used_at.timestamp() < (clock.now() - REMEMBERED).timestamp():
        errors["used_at"] = [_("Give the instant at which the goods were accepted: it lies ten years back.")]
    if not told.quantity.is_finite() or not 0 < told.quantity < Decimal(10) ** 15:
        errors["quantity"] = [_("Give a number above zero, such as 12.5.")]
    elif told.quantity != round(told.quantity, 3):
        errors["quantity"] = [_("Use at most three decimals.")]
    if len(told.token) > LONGEST:
        errors["token"] = [_("Give the token as it stands in the code, or its number such as OT-7K3M-9QX2.")]
    if errors:
        raise Invalid(_("The use cannot be read."), fields=errors)
    found = _found(told)
    if found.licence is not None:
        require(policies.can_draw, actor, found.licence)  # nobody of the exporter
    if found.token is not None:
        told = _in_its_unit(told, found.token, found.licence_number)
    elif told.unit not in UNITS:
        if told.token and not told.unit:
            unknown = _("This token is not known here: say in which unit the quantity is.")
            raise Invalid.field("unit", unknown)
        raise Invalid.field("unit", _("One of: %(all)s.") % {"all": ", ".join(UNITS)})
    return _Ready(told, found, _digest(member, told))


def _in_its_unit(told: Told, token: OfflineToken, number: str) -> Told:
    line = token.reservation.licence_line
    if (told.licence and told.licence != number) or (told.line and told.line != line.line):
        other = _(
            "The token is of line %(line)s of %(number)s. Leave licence and line out, or tell another use."
        )
        raise Invalid.field("licence", other % {"line": line.line, "number": number})
    quantity = units.convert(told.quantity, told.unit or line.unit, line.unit)
    if quantity is None:
        wrong = _("The token is in %(unit)s: tell it in that unit.") % {"unit": line.unit}
        raise Invalid.field("unit", wrong)
    return replace(told, quantity=quantity, unit=line.unit, licence=number, line=line.line)


def _digest(member: str, told: Told) -> str:
    """The name of what was told, by which the same is known again."""
    content = {name: str(value) for name, value in asdict(told).items()}
    content |= {
        "member": member,
        "quantity": f"{told.quantity.normalize():f}",
        "used_at": str(told.used_at.timestamp()),
    }
    return hashlib.sha256(signing.canonical(content)).hexdigest()


def _found(told: Told) -> _Found:
    """Look up what was shown. A token that no key signed, or that nobody took, is none, whatever it says."""
    named = _Found(
        licence=_licence(told.licence), licence_number=told.licence, line=told.line, unit=told.unit
    )
    if not told.token:
        return _because(named, Reason.WITHOUT)
    if told.token.count(".") != 2:
        token = _tokens().filter(number=normalise_reference(told.token)[:20]).first()
        return _of(token) if token else _because(named, Reason.UNKNOWN)
    try:
        claims = offline.opened(told.token, trusted_keys())
    except Flaw as flaw:
        return _because(_as_it_says(named, told.token), Reason.FORGED, flaw.code)
    token = _tokens().filter(number=str(claims["jti"])[:20], text=told.token).first()
    return _of(token) if token else _because(_as_it_says(named, told.token), Reason.UNKNOWN)


def _tokens() -> QuerySet[OfflineToken]:
    return OfflineToken.objects.select_related("reservation__licence__issued_by", "reservation__licence_line")


def _of(token: OfflineToken) -> _Found:
    held = token.reservation
    return _Found(
        token, held.licence, "", "", held.licence.number, held.licence_line.line, held.licence_line.unit
    )


def _licence(number: str) -> Licence | None:
    return Licence.objects.select_related("issued_by").filter(number=number).first() if number else None


def _because(found: _Found, reason: str, detail: str = "") -> _Found:
    return replace(found, reason=str(reason), detail=detail)


def _as_it_says(named: _Found, text: str) -> _Found:
    """Name the licence that a token claims to be of, where nothing else was named: its issuer has to know."""
    if named.licence_number:
        return named
    try:
        number = str(read(text).payload.get("licence", ""))
    except Flaw:
        return named
    licence = _licence(number) if NUMBER.fullmatch(number) else None  # a forger writes anything there
    return replace(named, licence=licence, licence_number=number) if licence else named


def _report(actor: User, ready: _Ready) -> OfflineUse:
    if ready.found.licence is not None:
        with transaction.atomic():
            locks.lock(ready.found.licence.case_id)  # what was due is applied, and stays
    return _reconcile(actor, ready)


@transaction.atomic
def _reconcile(actor: User, ready: _Ready) -> OfflineUse:
    """Confirm what a token covers, and note the rest as a conflict."""
    told, found = ready.told, ready.found
    if found.licence is not None:
        locks.lock(found.licence.case_id)
    else:  # nothing else would let two that tell the same at once wait for each other
        Jurisdiction.objects.select_for_update(no_key=True).get(pk=actor.jurisdiction_code)
    known = OfflineUse.objects.filter(sha256=ready.sha256).first()
    if known is not None:
        return known
    reservation, confirmed = None, Decimal(0)
    if found.token is not None:
        reservation = drawdown.locked_reservation(found.token.reservation)
        found = _judged(actor, told, found, reservation)
        confirmed = min(told.quantity, reservation.quantity) if not found.reason else Decimal(0)
        if confirmed:
            drawdown.draw(
                actor=actor, reservation=reservation, quantity=confirmed, declaration=told.declaration
            )
            if told.quantity > confirmed:
                found = _because(found, Reason.OVER_TOKEN)
    use = OfflineUse.objects.create(
        jurisdiction_id=str(actor.jurisdiction_code),
        office=told.office,
        token=found.token,
        presented=told.token,
        licence=found.licence,
        licence_number=found.licence_number,
        line=found.line,
        quantity=told.quantity,
        unit=told.unit,
        used_at=told.used_at,
        declaration=told.declaration,
        confirmed=confirmed,
        sha256=ready.sha256,
        reported_by=actor,
        reported_at=clock.now(),
    )
    if confirmed:
        record_use("offline_use.confirmed", actor, use, confirmed=f"{confirmed:f}")
    if found.reason:
        conflict = OfflineConflict.objects.create(
            use=use, reason=found.reason, detail=found.detail[:500], quantity=told.quantity - confirmed
        )
        record_conflict("offline_use.disputed", actor, conflict)
    return use


def _judged(actor: User, told: Told, found: _Found, reservation: Reservation) -> _Found:
    """Say why a token that exists does not cover a use, if it does not; the first reason that applies."""
    token = found.token
    assert token is not None
    status = reservation.status
    if (reservation.jurisdiction_id, reservation.office) != (actor.jurisdiction_code, told.office):
        return _because(found, Reason.FOREIGN, reservation.office)
    if token.uses.filter(confirmed__gt=0).exists() or status in ("confirmed", "cancelled"):
        return _because(found, Reason.USED_ALREADY)
    if status == Reservation.Status.RELEASED:
        return _because(found, Reason.GIVEN_BACK)
    begins = token.made_at.replace(second=0)  # clerks write minutes
    if not begins <= told.used_at < token.valid_until:
        return _because(found, Reason.OUT_OF_TIME)
    if status == Reservation.Status.EXPIRED:
        return _because(found, Reason.TOLD_LATE)
    reasons = cover.standing_reasons(reservation.licence, reservation.jurisdiction_id)
    stopped = [one.code for one in drawdown.outlasting(reservation.licence, reasons)]
    return _because(found, Reason.STOPPED, ", ".join(stopped)) if stopped else found


def record_use(type: str, actor: Actor, use: OfflineUse, **facts: object) -> None:
    """Record what became of a use, in the record of its case where it has one."""
    case = use.licence.case if use.licence else None
    ledger.record(
        type,
        actor=actor,
        subject=use,
        aggregate=ref(case) if case else ref(use),
        aggregate_label=case.reference if case else str(use),
        audience=use.audience,
        facts={
            "use": str(use.uid),
            "member": use.jurisdiction_id,
            "office": use.office,
            "declaration": use.declaration,
            "token": use.token.number if use.token else "",
            "licence": use.licence_number,
            "line": use.line,
            "quantity": f"{use.quantity:f}",
            "unit": use.unit,
            "used_at": use.used_at.isoformat(),
            **facts,
        },
    )


def record_conflict(type: str, actor: Actor, conflict: OfflineConflict, **facts: object) -> None:
    """Record what became of a conflict, in the record of its use."""
    told = {
        "conflict": str(conflict.uid),
        "because": conflict.reason,
        "uncovered": f"{conflict.quantity:f}",
        "status": str(conflict.status),
    }
    record_use(type, actor, conflict.use, **told, **facts)
