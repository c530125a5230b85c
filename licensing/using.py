"""Using an authorisation: every party is screened and every measure and denial looked up before the rules judge it.

Exemptions and screening do not know each other; here, above both, they meet. Nothing is recorded by another way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import crises, instruments
from alliance import selectors as alliance
from alliance.measures import Effect, Trade
from alliance.use_facts import PURPOSES
from core import clock
from core.errors import Invalid
from core.models import ref
from exemptions import registering
from exemptions import using as uses
from exemptions.bench import Asked, Bounds, Line, Party, Surroundings
from exemptions.judging import judge
from exemptions.models import Registration, Use
from intelligence import selectors as intelligence
from intelligence import services as parties_shared
from intelligence.identical import Named, Transaction
from intelligence.models import SharedParty
from licensing import undercut
from licensing.dossier import UNITS
from licensing.models import Application
from licensing.services import applications
from members.models import Organisation, User
from screening import selectors as screening
from screening.end_use import vagueness
from screening.indexes import addresses_of, index_of
from screening.lists.store import lists_in_force
from screening.matching import Match, screen, screen_address, together

MOST_LINES, MOST_PARTIES = 50, 10
ROLES = ("consignee", "end_user", "other")
RECEIVING = ("consignee", "end_user")
CODE = re.compile(r"\d[A-E]\d{3}(\.[a-z0-9]+)*|EAR99|NLR|NONE")
CURRENCY = re.compile(r"[A-Z]{3}")
COUNTRY = re.compile(r"[A-Z]{2}")
LARGEST = Decimal("999999999999")
STOPPING = (Effect.NO_GRANT, Effect.SUSPEND_LICENCES)
LEAVES_WITHIN = timedelta(days=90)  # of its declaration; later it is declared again


def check(asked: Asked) -> None:
    """Raise Invalid, naming every field that is missing or does not fit, before anything is judged."""
    errors: dict[str, list[str]] = {}

    def wrong(path: str, message: str) -> None:
        errors.setdefault(path, []).append(message)

    if not 1 <= len(asked.lines) <= MOST_LINES:
        wrong("lines", _("Name 1 to %(most)d items.") % {"most": MOST_LINES})
    for number, line in enumerate(asked.lines):
        _check_line(f"lines.{number}", line, wrong)
    if not CURRENCY.fullmatch(asked.currency):
        wrong("currency", _("Give the currency in three letters, such as EUR."))
    if not 2 <= len(asked.parties) <= MOST_PARTIES:
        wrong("parties", _("Name the consignee, the end-user and at most eight others."))
    roles = [one.role for one in asked.parties]
    for role in ("consignee", "end_user"):
        if roles.count(role) != 1:
            wrong("parties", _("Name one consignee and one end-user."))
            break
    for number, party in enumerate(asked.parties):
        _check_party(f"parties.{number}", party, wrong)
    if asked.purpose not in PURPOSES:
        wrong("purpose", _("Say what the export is for."))
    if not 30 <= len(asked.end_use.strip()) <= 4000:
        wrong("end_use", _("Say in 30 to 4,000 characters what the end-user does with the goods."))
    else:
        for missing in vagueness(asked.end_use):
            wrong("end_use", missing)
    if len(asked.statement_by) > 200 or len(asked.own_reference) > 60:
        wrong("statement_by", _("Give at most 200 characters."))
    if errors:
        raise Invalid(_("Some answers need to be corrected."), fields=errors)


def _check_line(path: str, line: Line, wrong: Any) -> None:
    if not CODE.fullmatch(instruments.code_of(line.control_code)) and not alliance.not_controlled(
        line.control_code
    ):
        wrong(f"{path}.control_code", _("Give a control list code, such as 6A003 or 5A001.b.2."))
    if not 3 <= len(line.description.strip()) <= 500:
        wrong(f"{path}.description", _("Describe the item in 3 to 500 characters."))
    if line.hs_code and not re.fullmatch(r"\d{6,10}", line.hs_code):
        wrong(f"{path}.hs_code", _("Give 6 to 10 digits of the customs tariff."))
    if line.unit not in UNITS:
        wrong(f"{path}.unit", _("Choose a unit."))
    for name, number, places in (("quantity", line.quantity, 3), ("value", line.value, 2)):
        if not number.is_finite() or not 0 < number <= LARGEST or number != round(number, places):
            wrong(
                f"{path}.{name}",
                _("Give a number above zero, with at most %(places)d decimals.") % {"places": places},
            )


def _check_party(path: str, party: Party, wrong: Any) -> None:
    if party.role not in ROLES:
        wrong(f"{path}.role", _("Must be one of %(choices)s.") % {"choices": ", ".join(ROLES)})
    if not 2 <= len(party.name.strip()) <= 200:
        wrong(f"{path}.name", _("Give the full name."))
    if not 5 <= len(party.address.strip()) <= 400:
        wrong(f"{path}.address", _("Give street, place and country."))
    if not COUNTRY.fullmatch(party.country) or not alliance.country_facts(party.country).known:
        wrong(f"{path}.country", _("Choose a country."))


def surroundings(asked: Asked, *, member: str, shared: Mapping[Party, SharedParty]) -> Surroundings:
    """Screen every party against the lists in force, and look up denials and measures of crises: what stands now.

    `shared`: whom the parties are known as to the members, as far as they are.
    """
    lists = lists_in_force()
    index, addresses = index_of(lists), addresses_of(lists)
    listed: list[str] = []
    resembling: list[str] = []
    for party in asked.parties:
        by_name = screen(party.name, country=party.country, index=index)
        for match in together(by_name, screen_address(party.address, addresses=addresses)):
            (listed if match.strong else resembling).append(_sentence(party, match))
    receiving = {one.country for one in asked.parties if one.role in RECEIVING}
    denied = {one.denial.denied_by for one in undercut.found(_transaction(asked, shared), lead=member)}
    trade = Trade(
        lead=member,
        control_codes=frozenset(asked.codes),
        destinations=frozenset(receiving),
        parties=frozenset(str(one.uid) for one in shared.values()),
    )
    return Surroundings(
        listed=tuple(dict.fromkeys(listed)),
        resembling=tuple(dict.fromkeys(resembling)),
        denied=tuple(
            _("%(code)s has denied an essentially identical transaction.") % {"code": code}
            for code in sorted(denied)
        ),
        measures=tuple(
            _("The crisis %(reference)s (%(crisis)s) stops this: %(measure)s.")
            % {
                "reference": one.crisis.reference,
                "crisis": one.crisis.title,
                "measure": one.measure.title,
            }
            for one in crises.bearing(trade)
            if one.measure.effect in STOPPING
        ),
        stale=tuple(screening.stale_lists(clock.now())),
        lists=tuple(lists),
    )


def _transaction(asked: Asked, shared: Mapping[Party, SharedParty]) -> Transaction:
    return Transaction(
        lines=tuple(undercut.line_of(one.control_code, one.quantity, one.unit) for one in asked.lines),
        receivers=tuple(
            Named(one.name, one.role, one.country, shared[one].pk if one in shared else None)
            for one in asked.parties
            if one.role in RECEIVING
        ),
    )


def _sentence(party: Party, match: Match) -> str:
    found = (
        _("%(name)s is “%(entry)s” on %(list)s.")
        if match.strong
        else _("%(name)s resembles “%(entry)s” on %(list)s.")
    )
    return found % {"name": party.name, "entry": match.entry_name, "list": match.list_key}


def _shared(registration: Registration, asked: Asked) -> Surroundings:
    """What stands now, with the parties made known to the exporter's member as those of an application are."""
    known = parties_shared.share_parties(
        sightings=[parties_shared.Sighting(one.name, one.country, one.role) for one in asked.parties],
        source_ref=ref(registration),
        audience=registering.audience_of(registration),
    )
    member = registration.organisation.jurisdiction_id
    return surroundings(asked, member=member, shared=dict(zip(asked.parties, known, strict=True)))


@registering.due_first
@transaction.atomic
@alliance.pinned()
def declare(*, actor: User, registration: Registration, asked: Asked) -> Use:
    """Declare one use; return it as it was answered: recorded, refused, or waiting for an officer.

    Invalid names the fields that keep it from being judged. A refusal is an answer, not an error: it is kept with
    its reasons, so that nothing entered is lost.
    """
    asked = tidy(asked)
    check(asked)
    held = uses.lock(registration)
    return uses.keep(actor=actor, registration=held, asked=asked, around=_shared(held, asked))


@transaction.atomic
@alliance.pinned()
def accept(*, actor: User, use: Use, reason: str) -> Use:
    """Record a use that waited for an officer, unless a rule refuses it by now: everything is looked up again."""
    held = uses.lock(Registration.objects.select_related("organisation").get(pk=use.registration_id))
    return uses.accept(actor=actor, use=use, around=_shared(held, Asked.of(use.answers)), reason=reason)


def tidy(asked: Asked) -> Asked:
    """Return a use with blanks and spellings as they are kept."""
    return replace(
        asked,
        lines=tuple(
            replace(
                one,
                control_code=instruments.code_of(one.control_code),
                description=" ".join(one.description.split()),
                hs_code=re.sub(r"[.\s]", "", one.hs_code),
            )
            for one in asked.lines
        ),
        parties=tuple(
            replace(
                one,
                name=" ".join(one.name.split()),
                address=" ".join(one.address.split()),
                country=one.country.strip().upper(),
            )
            for one in asked.parties
        ),
        end_use=asked.end_use.strip(),
        statement_by=asked.statement_by.strip(),
    )


@dataclass(frozen=True)
class Holding:
    """Whether goods may leave under a use now, and why not. `until`: when it has to be declared again."""

    holds: bool
    reasons: tuple[str, ...]
    until: datetime


@alliance.pinned()
def holding(use: Use) -> Holding:
    """Ask whether a use on record still holds: registration, authorisation, bars, measures and lists as of now.

    The cap was counted when it was recorded, and what an officer accepted stays accepted; whatever refuses it today
    does so here.
    """
    held = Registration.objects.select_related(
        "organisation__jurisdiction", "authorisation__declaration"
    ).get(pk=use.registration_id)
    until = min(use.declared_at + LEAVES_WITHIN, held.valid_until)
    if use.status != Use.Status.RECORDED:
        return Holding(False, (str(use.get_status_display()),), until)
    if until <= clock.now():
        return Holding(False, (_("It was not used in time: declare it again."),), until)
    asked = Asked.of(use.answers)
    known = intelligence.known_parties((one.name, one.country) for one in asked.parties)
    shared = {one: known[key] for one in asked.parties if (key := (one.name, one.country)) in known}
    around = surroundings(asked, member=held.organisation.jurisdiction_id, shared=shared)
    bench = uses.bench_of(held, asked, around)
    bounds: Bounds | None = bench.bounds and replace(bench.bounds, left=LARGEST)
    against = [one.reason for one in judge(replace(bench, bounds=bounds)) if one.verdict == "refused"]
    return Holding(not against, tuple(against), until)


@transaction.atomic
def apply_instead(*, actor: User, use: Use) -> Application:
    """Start an application for a licence with what was declared; the rest is still to be filled in."""
    organisation: Organisation = use.registration.organisation
    asked = Asked.of(use.answers)
    site = next(one for one in asked.parties if one.role == "end_user")
    dossier: dict[str, Any] = {
        "title": _("After %(reference)s") % {"reference": use.reference},
        "own_reference": asked.own_reference,
        "items": [
            {
                "line": number,
                "control_code": one.control_code,
                "classification_requested": False,
                "hs_code": one.hs_code,
                "description": one.description,
                "quantity": f"{one.quantity:f}",
                "unit": one.unit,
                "value": f"{one.value:f}",
                "currency": asked.currency,
                "serial_numbers": [],
                "components_from": [],
            }
            for number, one in enumerate(asked.lines, 1)
        ],
        "parties": [
            {
                "role": one.role if one.role != "other" else "intermediary",
                "kind": "company",
                "name": one.name,
                "aliases": [],
                "address": one.address,
                "country": one.country,
                "identifiers": [],
                "website": "",
            }
            for one in asked.parties
        ],
        "end_use": {
            "site": site.address,
            "site_country": site.country,
            "purpose": asked.end_use,
            "undertakings": [],
            "military_end_user": asked.military_end_user,
        },
    }
    return applications.start(actor=actor, organisation=organisation, dossier=dossier)
