"""Licences in the shapes of UK customs: as records of a licenceData file, and as a payload of its gateway.

Quantity codes: UK Trade Tariff, "quantity codes" (23 kilogramme, 30 number, …).
"""

from __future__ import annotations

import textwrap
from datetime import date

from enforcement.adapters import payloads
from enforcement.adapters.payloads import Address, Good, Party, Payload
from enforcement.adapters.records import Record, plain
from licensing.conditions import describe
from licensing.credentials.claims import PRICED
from licensing.models import Licence
from members.models import Organisation

#: The number by which customs know a unit.
QUANTITY_CODES = {
    "NAR": "30", "KGM": "23", "GRM": "21", "TNE": "25", "LTR": "76", "MTR": "57", "MTK": "45", "MTQ": "87",
    "SET": "19",
}  # fmt: skip
#: What the gateway calls a unit, where it has another name.
GATEWAY_UNITS = {"TNE": "TON"}
#: An exporter that customs do not know by a number of theirs: name and address have to be given.
UNREGISTERED = "UNREG"
INDIVIDUAL, EXPORT, BY_QUANTITY, DESTINATION = "SIE", "E", "Q", "D"
ADDRESS_LINES, LONGEST_LINE = 5, 35


def reference_of(licence: Licence, action: str, run: int) -> str:
    """Return the name of a transaction: the same licence may be in the next run again."""
    return f"{licence.number.replace('-', '')}{action[0].upper()}{run}"


def record_of(licence: Licence, action: str, run: int) -> Record:
    """Return a licence as a transaction; one that ends says no more than that."""
    number, days = reference_of(licence, action, run), (_day(licence.valid_from), _day(licence.valid_until))
    fields = (number, action, licence.number, INDIVIDUAL, EXPORT, *days)
    return Record("licence", fields, () if action == "cancel" else tuple(_inside(licence, days)))


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")


def _inside(licence: Licence, days: tuple[str, str]) -> list[Record]:
    holder = licence.holder
    found = [
        Record("trader", (UNREGISTERED, "", *days, plain(holder.name, 105), *_address(holder), "")),
        *(Record("country", (code, "", DESTINATION)) for code in licence.destinations),
    ]
    for one in licence.parties:
        if one["role"] == "end_user":
            empty = ("",) * (ADDRESS_LINES + 1)
            found.append(Record("foreignTrader", (plain(one["name"], 105), *empty, one["country"])))
    conditions = "; ".join(describe(one) for one in licence.conditions if one["code"] not in PRICED)
    found.append(Record("restrictions", (plain(conditions, 2000) or "None beyond the law",)))
    for line in licence.lines.all():
        quantity = f"{line.quantity.normalize():f}"
        code = QUANTITY_CODES[line.unit]
        described = plain(line.description, 280)
        found.append(
            Record("line", (str(line.line), "", "", "", "", described, BY_QUANTITY, "", code, "", quantity))
        )
    return found


def _address(holder: Organisation) -> tuple[str, ...]:
    """An address that stands on one line, as an amendment writes it, goes on in the next of theirs."""
    lines = [
        part for line in holder.address.splitlines() for part in textwrap.wrap(plain(line, 500), LONGEST_LINE)
    ]
    return tuple([*lines, *[""] * ADDRESS_LINES][:ADDRESS_LINES])


def payload_of(licence: Licence, action: str = "insert") -> Payload:
    """Return a licence as the gateway's payload. An update names itself as what it takes the place of."""
    holder, countries = licence.holder, {licence.holder.jurisdiction_id: licence.holder.jurisdiction.name}
    address = Address(
        tuple(line for line in _address(holder) if line),
        "",
        (holder.jurisdiction_id, countries[holder.jurisdiction_id]),
    )
    end_user = next((one for one in licence.parties if one["role"] == "end_user"), None)
    goods = tuple(
        Good(
            f"{licence.uid}/{line.line}",
            plain(line.description, 100),
            line.description,
            GATEWAY_UNITS.get(line.unit, line.unit),
            line.quantity,
        )
        for line in licence.lines.all()
    )
    return Payload(
        str(licence.uid),
        licence.number,
        "siel",
        action,
        licence.valid_from,
        licence.valid_until,
        Party(holder.name, address, str(holder.uid)),
        Party(end_user["name"], Address((), "", (end_user["country"], end_user["country"])))
        if end_user
        else None,
        (),
        goods,
        str(licence.uid) if action == "update" else "",
    )


def payload_text(licence: Licence, action: str = "insert") -> str:
    return payloads.write(payload_of(licence, action))
