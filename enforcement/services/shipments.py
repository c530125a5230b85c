"""Shipments: declared by the holder, let go when the licence holds, cancelled or stopped before they leave.

The case is locked first, so that two declarations at one time never take more of a licence than there is; the
database counts again under the lock of the licence's line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.declaring import said
from core import clock
from core.actors import CLOCK, Actor
from core.errors import Blocked, Invalid
from core.models import ref
from core.policies import require
from core.references import new_reference
from deadlines import services as deadlines
from enforcement import expectations, policies, selectors
from enforcement.models import Shipment, ShipmentLine, ShipmentParty
from enforcement.services.common import locked, locked_licence, record
from exemptions import allowances
from intelligence.services import share_party
from ledger import services as ledger
from licensing.dossier import UNITS, is_country
from licensing.dossier.goods import COUNTED
from licensing.dossier.identifiers import container_problem, problem
from licensing.models import Licence
from licensing.services import locks
from licensing.services.rescreening import rescreen
from members.models import Jurisdiction, User

VERIFICATION = "delivery.verification"
MOST_COUNTRIES, MOST_DAYS_ON_THE_WAY = 10, 365
MOST_CONTAINERS = 100
RECEIVING = ("consignee", "end_user")
Status = Shipment.Status


@locks.due_first("licence")
@transaction.atomic
def declare(
    *,
    actor: User,
    licence: Licence,
    quantities: Mapping[int, Decimal],
    consignee: str,
    destination: str,
    carrier: str,
    carrier_country: str,
    leaves_from: str,
    planned_departure: date,
    planned_arrival: date,
    via: Sequence[str] = (),
    vessel: str = "",
    flag: str = "",
    imo: str = "",
    own_reference: str = "",
    containers: Sequence[str] = (),
) -> Shipment:
    """Declare a shipment under a licence: what leaves, for whom, with whom, from where and when.

    `quantities`: by the number of the licence's line, in the line's unit. Blocked where the licence does not hold
    now; Invalid names every answer that does not fit the licence, and how much is left of a line.
    """
    locks.lock(licence.case_id)
    licence = locked_licence(licence)
    require(policies.can_declare, actor, licence)
    if reasons := selectors.licence_stands(licence):
        raise Blocked(_("Nothing is shipped under this licence now."), blockers=reasons)
    errors: dict[str, list[str]] = {}
    rows = _lines(licence, quantities, errors)
    consignee_named = _receiver(licence, consignee, destination, errors)
    _carriage(carrier, carrier_country, vessel, imo, errors)
    if vessel.strip() and not is_country(flag):
        errors["flag"] = [_("Say under whose flag it sails, by two letters, such as PA.")]
    _way(licence, leaves_from, via, errors)
    boxes = _containers(containers, errors)
    _days(licence, planned_departure, planned_arrival, errors)
    if len(own_reference.strip()) > 60:
        errors["own_reference"] = [_("Use at most 60 characters.")]
    if errors:
        raise Invalid(_("This shipment does not fit the licence."), fields=errors)
    shipment = Shipment.objects.create(
        reference=new_reference("SH"),
        licence=licence,
        leaves_from=Jurisdiction.objects.get(code=leaves_from),
        via=list(via),
        destination=destination,
        planned_departure=planned_departure,
        planned_arrival=planned_arrival,
        own_reference=own_reference.strip(),
        containers=boxes,
        verification=expectations.why(licence),
        declared_by=actor,
        declared_at=clock.now(),
    )
    for line, quantity in rows:
        ShipmentLine.objects.create(shipment=shipment, licence_line_id=line, quantity=quantity)
    _take_part(shipment, consignee_named, destination, "consignee")
    _take_part(shipment, carrier, carrier_country, "carrier")
    if vessel.strip():
        _take_part(shipment, vessel, flag, "vessel", imo)
    rescreen(case=licence.case, why="shipment", further=_parties(shipment))
    record(
        "shipment.declared",
        actor,
        shipment,
        route=shipment.route,
        planned_departure=planned_departure.isoformat(),
        planned_arrival=planned_arrival.isoformat(),
        lines={str(row.licence_line.line): f"{row.quantity:f}" for row in shipment.lines.all()},
        verification=shipment.verification,
    )
    return shipment


def _lines(
    licence: Licence, quantities: Mapping[int, Decimal], errors: dict[str, list[str]]
) -> list[tuple[int, Decimal]]:
    """Return (key of the licence's line, quantity) of what is shipped."""
    left = {one.line.line: one for one in selectors.left_of(licence)}
    found = []
    for number, quantity in quantities.items():
        place = f"quantities.{number}"
        if number not in left:
            errors[place] = [_("The licence has no line %(line)s.") % {"line": number}]
            continue
        one = left[number]
        unit = one.line.unit
        if not quantity.is_finite() or quantity <= 0 or quantity != round(quantity, 3):
            errors[place] = [_("Give a number above zero with at most three decimals, such as 12.5.")]
        elif unit in COUNTED and quantity != quantity.to_integral_value():
            errors[place] = [_("Give a whole number of these.")]
        elif quantity > one.left:
            errors[place] = [
                _(
                    "Of line %(line)s %(left)s %(unit)s are left: the rest is declared or has left. "
                    "Ship less, or apply for more."
                )
                % {
                    "line": number,
                    "left": f"{one.left.normalize():f}",
                    "unit": str(UNITS.get(unit, unit)).lower(),
                }
            ]
        else:
            found.append((one.line.pk, quantity))
    if not quantities:
        errors["quantities"] = [_("Say how much of at least one line is shipped.")]
    return found


def _receiver(licence: Licence, consignee: str, destination: str, errors: dict[str, list[str]]) -> str:
    """Return the name of a consignee or end-user of the licence, as the licence has it."""
    if destination not in licence.destinations:
        errors["destination"] = [
            _("The licence is for %(all)s. Apply for another where the goods go elsewhere.")
            % {"all": ", ".join(licence.destinations)}
        ]
    named = " ".join(consignee.casefold().split())
    own = [party for party in licence.parties if party["role"] in RECEIVING]
    for party in own:
        if " ".join(party["name"].casefold().split()) == named:
            if party["country"] != destination and "destination" not in errors:
                errors["destination"] = [
                    _("The licence has %(name)s in %(country)s.")
                    % {"name": party["name"], "country": party["country"]}
                ]
            return str(party["name"])
    errors["consignee"] = [
        _("Name a consignee or end-user of the licence: %(all)s.")
        % {"all": ", ".join(dict.fromkeys(party["name"] for party in own))}
    ]
    return consignee


def _carriage(carrier: str, country: str, vessel: str, imo: str, errors: dict[str, list[str]]) -> None:
    if not 2 <= len(carrier.strip()) <= 300:
        errors["carrier"] = [_("Name who carries it, in 2 to 300 characters.")]
    if not is_country(country):
        errors["carrier_country"] = [_("Use the two-letter ISO 3166 code, such as SG.")]
    if vessel.strip() and not 2 <= len(vessel.strip()) <= 300:
        errors["vessel"] = [_("Name the vessel in 2 to 300 characters.")]
    if imo.strip() and not vessel.strip():
        errors["vessel"] = [_("Name the vessel that has this IMO number.")]
    if imo.strip() and (len(imo.strip()) > 60 or problem("imo", imo.strip()) is not None):
        errors["imo"] = [_("The check digit of this IMO number does not fit. Compare it with the source.")]


def _containers(numbers: Sequence[str], errors: dict[str, list[str]]) -> list[str]:
    """Return the numbers of containers in their plain form; each that is none is named by its place."""
    plain = ["".join(number.upper().replace("-", "").split()) for number in numbers]
    if len(plain) > MOST_CONTAINERS:
        errors["containers"] = [_("Name at most %(most)d containers.") % {"most": MOST_CONTAINERS}]
        return []
    for place, number in enumerate(plain):
        if (wrong := container_problem(number)) is not None:
            errors[f"containers[{place}]"] = [f"{number[:20]}: {wrong[1]}"]
        elif plain.index(number) != place:
            errors[f"containers[{place}]"] = [_("%(number)s is named twice.") % {"number": number}]
    return plain


def _way(licence: Licence, leaves_from: str, via: Sequence[str], errors: dict[str, list[str]]) -> None:
    if leaves_from not in licence.territory:
        errors["leaves_from"] = [
            _("The licence holds in %(all)s: goods leave from there, or from a member once it has consented.")
            % {"all": ", ".join(licence.territory)}
        ]
    if len(via) > MOST_COUNTRIES or not all(is_country(code) for code in via):
        errors["via"] = [
            _("List at most %(most)d countries by their two letters, such as SG, in order.")
            % {"most": MOST_COUNTRIES}
        ]


def _days(licence: Licence, leaves: date, arrives: date, errors: dict[str, list[str]]) -> None:
    today = clock.today(licence.issued_by.timezone)
    if not max(today, licence.valid_from) <= leaves <= licence.valid_until:
        errors["planned_departure"] = [
            _("It leaves while the licence is valid, and not in the past: %(first)s to %(last)s.")
            % {
                "first": max(today, licence.valid_from).isoformat(),
                "last": licence.valid_until.isoformat(),
            }
        ]
    if not 0 <= (arrives - leaves).days <= MOST_DAYS_ON_THE_WAY:
        errors["planned_arrival"] = [
            _("It arrives after it has left, and within %(most)d days.") % {"most": MOST_DAYS_ON_THE_WAY}
        ]


def _take_part(shipment: Shipment, name: str, country: str, role: str, imo: str = "") -> None:
    identifiers = [{"scheme": "imo", "value": imo.strip()}] if imo.strip() else []
    known = share_party(
        name=name.strip(),
        country=country,
        identifiers=identifiers,
        kind=role,
        source_ref=ref(shipment),
        audience=shipment.licence.case.audience,
    )
    ShipmentParty.objects.create(
        shipment=shipment,
        shared_party=known,
        role=role,
        kind="vessel" if role == "vessel" else "company",
        name=name.strip(),
        country=country,
        identifiers=identifiers,
    )


def _parties(shipment: Shipment) -> list[ShipmentParty]:
    return list(shipment.parties.select_related("shared_party"))


@locks.due_first("shipment")
@transaction.atomic
def depart(*, actor: User, shipment: Shipment) -> Shipment:
    """Say that a shipment leaves now. Blocked while its licence does not hold, its parties have to be looked at, or
    a pre-shipment check that bears on it is not passed; where its delivery has to be verified, the date is set."""
    shipment = locked(shipment)
    require(policies.can_depart, actor, shipment)
    rescreen(case=shipment.licence.case, why="shipment", further=_parties(shipment))
    if reasons := selectors.holding_up(shipment):
        raise Blocked(_("This shipment cannot leave yet."), blockers=reasons)
    shipment.depart(actor)
    if shipment.verification:
        _expect(shipment)
    shipment.save()
    record(
        "shipment.departed",
        actor,
        shipment,
        route=shipment.route,
        **({"verify_by": shipment.verify_by.isoformat()} if shipment.verify_by else {}),
    )
    return shipment


def _expect(shipment: Shipment) -> None:
    """Set the date by which the delivery is verified, and let the provider's allowance know of it."""
    licence = shipment.licence
    arrival = datetime.combine(shipment.planned_arrival, time(), tzinfo=UTC)
    due = deadlines.set_due(
        kind=VERIFICATION,
        aggregate=ref(licence.case),
        subject=ref(shipment),
        start=max(arrival, clock.now()),
        rule=expectations.VERIFY_WITHIN,
        calendar=licence.issued_by.calendar,
        zone=licence.issued_by.timezone,
        owner=licence.holder.name,
    )
    shipment.verify_by = due.due_at
    allowances.expect(
        holder=licence.holder, source_ref=ref(shipment), label=shipment.reference, due_at=due.due_at
    )


@locks.due_first("shipment")
@transaction.atomic
def cancel(*, actor: User, shipment: Shipment, reason: str) -> Shipment:
    """Cancel a shipment that has not left: what it takes of the licence is free again."""
    shipment = locked(shipment)
    require(policies.can_cancel, actor, shipment)
    shipment.cancel(said(reason, "reason", 500))
    shipment.save()
    record("shipment.cancelled", actor, shipment, reason=shipment.ended_because)
    return shipment


@locks.due_first("shipment")
@transaction.atomic
def stop(*, actor: User, shipment: Shipment, reason: str) -> Shipment:
    """Stop a shipment before it leaves, for good: another has to be declared."""
    shipment = locked(shipment)
    require(policies.can_stop, actor, shipment)
    stop_now(actor, shipment, said(reason, "reason", 500))
    return shipment


def stop_now(actor: Actor, shipment: Shipment, because: str) -> None:
    """Stop a declared shipment behind the lock of its case."""
    shipment.stop(because[:500])
    shipment.save()
    record("shipment.stopped", actor, shipment, reason=shipment.ended_because, route=shipment.route)


@transaction.atomic
def stop_after_repeal(*, licence_id: int) -> list[Shipment]:
    """The provisional licence was repealed: what has not left is stopped, and what is on its way is listed.

    Returns what is in transit: nobody can call it back from here, so customs on its way are told.
    """
    licence = Licence.objects.get(pk=licence_id)
    locks.lock(licence.case_id)
    licence = locked_licence(licence)
    rows = Shipment.objects.select_for_update(of=("self",)).filter(licence=licence)
    rows = rows.select_related("licence__case__lead", "licence__case__application", "leaves_from")
    because = _("The provisional licence %(number)s was repealed.") % {"number": licence.number}
    for shipment in rows.filter(status=Status.DECLARED).order_by("pk"):
        stop_now(CLOCK, shipment, because)
    moving = list(rows.filter(status=Status.IN_TRANSIT).order_by("pk"))
    if moving:
        reach = moving[0].audience
        for shipment in moving[1:]:
            reach |= shipment.audience
        ledger.record(
            "shipment.listed",
            actor=CLOCK,
            subject=licence,
            aggregate=ref(licence.case),
            aggregate_label=licence.case.reference,
            audience=reach,
            facts={
                "licence": licence.number,
                "in_transit": [shipment.reference for shipment in moving],
                "routes": {shipment.reference: shipment.route for shipment in moving},
                "reason": because,
            },
        )
    return moving
