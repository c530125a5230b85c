"""Liaison packages: what an authority outside the alliance is told of an intermediary, by two and for a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import selectors as alliance
from core import audience, clock
from core.actors import CLOCK, Actor
from core.audience import Audience
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from core.references import new_reference
from deadlines import services as deadlines
from deadlines.calculus import DAY, Rule, midnight
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock
from escalation import intermediaries
from escalation.models import LiaisonDownload, LiaisonPackage
from escalation.models.intermediaries import LONGEST_DAYS
from escalation.policies import liaison as policies
from escalation.services.windows import ALLIANCE_CALENDAR, ALLIANCE_ZONE
from intelligence.models import SharedParty
from ledger import services as ledger
from licensing.dossier import is_country
from licensing.models import Party
from members.models import Jurisdiction, User

EXPIRY = "liaison.expiry"
FORMAT = "entente-liaison/1"
HANDLING = (
    "For the authority and the purpose named, until the day named. Not to be passed on without the alliance's "
    "consent. Confirm the receipt. That a party is named here says nothing against it."
)
WHO = Audience.of(audience.CRISIS_UNIT, audience.AUDITORS)


@aggregate_lock("liaisonpackage")
def lock_packages(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock packages; see `deadlines.registry.AggregateLock`."""
    rows = LiaisonPackage.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def _locked(package: LiaisonPackage) -> LiaisonPackage:
    """Return the row, locked, after what was due of it has been applied."""
    lock_packages([package.pk], skip_locked=False)
    deadlines.lapse_due(ref(package))
    return LiaisonPackage.objects.select_related("party", "proposed_by__authority").get(pk=package.pk)


def canonical(content: dict[str, Any]) -> bytes:
    """Return canonical JSON: sorted keys, no spaces, UTF-8; what the SHA-256 of a package is taken over."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@transaction.atomic
def propose(
    *,
    actor: User,
    party: SharedParty,
    authority: str,
    country: str,
    purpose: str,
    legal_basis: str,
    valid_until: date,
) -> LiaisonPackage:
    """Freeze what an authority outside the alliance may be told of an intermediary that several cases share.

    It holds the party's public identity, kinds of item by category with their destinations, from cases the author
    may read; no exporter, price, quantity or position. Invalid for a natural person, a member of the alliance, a
    country under embargo, or a party that no cases share.
    """
    require(policies.can_propose, actor)
    country = country.strip().upper()
    days = (valid_until - clock.today(ALLIANCE_ZONE)).days
    errors: dict[str, list[str]] = {}
    if not 3 <= len(authority.strip()) <= 200:
        errors["authority"] = [_("Name the authority in 3 to 200 characters.")]
    if not is_country(country):
        errors["country"] = [_("Use the two-letter ISO 3166 code, such as SG.")]
    elif Jurisdiction.objects.filter(code=country).exists():
        errors["country"] = [_("That is a member of the alliance: its officers read the case itself.")]
    elif alliance.country_facts(country).embargo:
        errors["country"] = [_("Nothing is told to a country under comprehensive embargo.")]
    if not 20 <= len(purpose.strip()) <= 1000:
        errors["purpose"] = [_("Say in 20 to 1,000 characters what it is to be used for.")]
    if not 3 <= len(legal_basis.strip()) <= 200:
        errors["legal_basis"] = [_("Name the rule it rests on, in at most 200 characters.")]
    if not 0 <= days <= LONGEST_DAYS:
        errors["valid_until"] = [_("Choose a day from today on and within 90 days.")]
    trade = intermediaries.told_of(actor, party)
    if Party.objects.filter(shared_party=party, kind="person").exists():
        errors["party"] = [_("A natural person is not named outside the alliance in this way.")]
    elif not any(one.party == party for one in intermediaries.watched(actor)):
        errors["party"] = [_("No cases of different leads or exporters share this party now.")]
    elif not trade:
        errors["party"] = [_("You may read none of the cases it stands in: ask a seat that may.")]
    if errors:
        raise Invalid(_("This package cannot be made."), fields=errors)
    reference, now = new_reference("LP"), clock.now()
    content = _content(reference, party, authority.strip(), country, purpose.strip(), valid_until, trade)
    package = LiaisonPackage.objects.create(
        reference=reference,
        party=party,
        authority=authority.strip(),
        country=country,
        purpose=purpose.strip(),
        legal_basis=legal_basis.strip(),
        content=content,
        sha256=hashlib.sha256(canonical(content)).hexdigest(),
        proposed_by=actor,
        proposed_at=now,
        expires_at=midnight(valid_until + DAY, ZoneInfo(ALLIANCE_ZONE)),
    )
    deadlines.set_due(
        kind=EXPIRY,
        aggregate=ref(package),
        subject=ref(package),
        start=now,
        rule=Rule(days, "calendar_days", rollover=False),
        calendar=ALLIANCE_CALENDAR,
        zone=ALLIANCE_ZONE,
        owner=actor.name,
    )
    _record("liaison.proposed", actor, package)
    return package


def _content(
    reference: str,
    party: SharedParty,
    authority: str,
    country: str,
    purpose: str,
    valid_until: date,
    trade: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "reference": reference,
        "recipient": {"authority": authority, "country": country},
        "purpose": purpose,
        "valid_until": valid_until.isoformat(),
        "party": {
            "name": party.name,
            "country": party.country,
            "identifiers": sorted(
                (
                    {"kind": entry.get("kind", ""), "value": entry.get("value", "")}
                    for entry in party.identifiers
                ),
                key=lambda entry: (entry["kind"], entry["value"]),
            ),
        },
        "trade": titled(trade),
        "handling": HANDLING,
    }


def titled(trade: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return kinds of item with what the control list calls their category."""
    titles = alliance.in_force("control_list").payload["tables"]["categories"]
    return [{**pair, "title": str(titles.get(pair["category"], ""))} for pair in trade]


@transaction.atomic
def release(*, actor: User, package: LiaisonPackage) -> LiaisonPackage:
    """Release a package, as a seat of another member than its author's."""
    package = _locked(package)
    require(policies.can_release, actor, package)
    package.release(actor)
    package.save(update_fields=["status", "released_by", "released_at"])
    _record("liaison.released", actor, package)
    return package


@transaction.atomic
def fetch(*, actor: User, package: LiaisonPackage) -> bytes:
    """Return the file to hand over, and note who fetched it. Conflict once it has expired."""
    package = _locked(package)
    if package.status == LiaisonPackage.Status.EXPIRED:
        raise Conflict(_("This package has expired; make another one if it is still needed."))
    require(policies.can_fetch, actor, package)
    LiaisonDownload.objects.create(package=package, person=actor, at=clock.now())
    _record("liaison.fetched", actor, package)
    return canonical({**package.content, "sha256": package.sha256})


@transaction.atomic
def confirm_receipt(*, actor: User, package: LiaisonPackage, note: str) -> LiaisonPackage:
    """Record that the authority has confirmed the receipt: who, and how."""
    package = _locked(package)
    require(policies.can_confirm, actor, package)
    if not 5 <= len(note.strip()) <= 500:
        raise Invalid.field("note", _("Say in 5 to 500 characters who confirmed it, and how."))
    package.received_at, package.received_note = clock.now(), note.strip()
    package.save(update_fields=["received_at", "received_note"])
    _record("liaison.received", actor, package)
    return package


@transaction.atomic
def withdraw(*, actor: User, package: LiaisonPackage, reason: str) -> LiaisonPackage:
    """Take a package back: it is handed over no more."""
    package = _locked(package)
    require(policies.can_withdraw, actor, package)
    if not 10 <= len(reason.strip()) <= 1000:
        raise Invalid.field("reason", _("Say why in 10 to 1,000 characters."))
    package.withdraw(reason.strip())
    package.save(update_fields=["status", "ended_at", "ended_because"])
    deadlines.cancel(kind=EXPIRY, subject=ref(package))
    _record("liaison.withdrawn", actor, package)
    return package


def expire(due: DueInstant) -> None:
    """The last day of a package is over."""
    package = LiaisonPackage.objects.get(pk=ref_id(due.subject, "liaisonpackage"))
    if package.status in (LiaisonPackage.Status.PROPOSED, LiaisonPackage.Status.RELEASED):
        package.expire()
        package.save(update_fields=["status", "ended_at"])
        _record("liaison.expired", CLOCK, package)


def _record(type: str, actor: Actor, package: LiaisonPackage) -> None:
    """Tell the crisis unit and the auditors; the party is named in the erasable part only."""
    ledger.record(
        type,
        actor=actor,
        subject=package,
        aggregate=ref(package),
        audience=WHO,
        facts={
            "reference": package.reference,
            "authority": package.authority,
            "country": package.country,
            "expires_at": package.expires_at.isoformat(),
            "sha256": package.sha256,
        },
        private={"party": package.party.name},
    )
