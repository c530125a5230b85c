"""The cases of an exercise: dossiers drawn from the number, each with the truth that only the exercise knows."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from escalation.exercises.people import dice
from escalation.exercises.plans import ARRIVALS, Plan

#: Kinds of cases and how many of a hundred: (kind, share, whether it may be granted).
MIX = (
    ("critical", 38, True),
    ("ordinary", 24, True),
    ("alone", 12, True),
    ("relief", 10, True),
    ("diversion", 10, False),  # looks sound on paper: somebody has to see through it
    ("military", 3, False),
    ("listed", 3, False),
)
CRITICAL = (
    ("5A004", "847180", "Test appliance for network security", "NAR"),
    ("3A090", "854231", "Accelerator card for scientific computing", "NAR"),
    ("4A090", "847150", "Computing server for weather models", "NAR"),
)
ORDINARY = (
    ("6A003", "900710", "High-speed camera for combustion research", "NAR"),
    ("5A002", "851762", "Network encryptor for a hospital trust", "NAR"),
    ("2B001", "845961", "Five-axis milling machine for turbine blades", "NAR"),
)
RELIEF = ("1C991", "300241", "Vaccines and test kits for a district hospital", "KGM")
BUYERS = (
    ("SG", "SGSIN", "Straits", "8 Research Link, Singapore"),
    ("BR", "BRSSZ", "Santos", "Rua do Porto 40, Santos"),
    ("CL", "CLVAP", "Valparaiso", "Avenida Costanera 12, Valparaiso"),
    ("MY", "MYPKG", "Klang", "Jalan Universiti 2, Klang"),
    ("ZA", "ZADUR", "Durban", "14 Harbour Road, Durban"),
)
TRADES = ("Combustion", "Meteorology", "Turbine", "Hydrology", "Optics", "Oncology", "Seismic", "Marine")
BODIES = ("Laboratory", "Institute", "Works", "Observatory", "Foundation", "University Press")
PORTS = {
    "DE": "DEHAM", "FR": "FRLEH", "US": "USNYC", "JP": "JPTYO", "GB": "GBFXT", "NL": "NLRTM", "PL": "PLGDN",
    "CA": "CAMTR", "KR": "KRPUS", "AU": "AUSYD",
}  # fmt: skip
LISTED = ("VOLKHOV INSTRUMENT PLANT", "QINGHE MICROELECTRONICS CO., LTD.", "SAHEL MACHINE TOOLS LLC")


@dataclass(frozen=True)
class Filing:
    """One application: who files it when, what it says, and whether it may be granted."""

    number: int
    hour: float
    lead: str
    kind: str
    sound: bool
    dossier: dict[str, Any]


def filings(plan: Plan) -> list[Filing]:
    """Return the applications of an exercise in the order in which they arrive."""
    arrive = sorted(_hours(plan))
    return [_filing(plan, number, hour) for number, hour in enumerate(arrive, start=1)]


def _hours(plan: Plan) -> list[float]:
    """Draw when applications arrive: evenly, and in the hour of a surge so many times as often."""
    roll = dice(plan, "arrivals")
    surges = {inject.start: int(inject.what) for inject in plan.injects if inject.kind == "surge"}
    weights = [surges.get(hour, 1) for hour in range(ARRIVALS)]
    return [hour + roll.random() for hour in roll.choices(range(ARRIVALS), weights, k=plan.cases)]


def _filing(plan: Plan, number: int, hour: float) -> Filing:
    roll = dice(plan, "case", number)
    kind, _share, sound = roll.choices(MIX, [share for _k, share, _s in MIX])[0]
    lead = roll.choice(plan.members)
    others = [member for member in plan.members if member != lead]
    return Filing(number, hour, lead, kind, sound, _dossier(roll, number, kind, lead, others))


def _dossier(roll: random.Random, number: int, kind: str, lead: str, others: list[str]) -> dict[str, Any]:
    critical = kind in ("critical", "military", "listed") or (kind == "diversion" and roll.random() < 0.7)
    code, hs, what, unit = (
        RELIEF if kind == "relief" else roll.choice(CRITICAL) if critical else roll.choice(ORDINARY)
    )
    country, port, town, address = roll.choice(BUYERS)
    place = lead if kind == "alone" else roll.choice(others)
    parts = [] if kind == "alone" or roll.random() < 0.5 else [roll.choice(others)]
    buyer = roll.choice(LISTED) if kind == "listed" else f"{town} {roll.choice(TRADES)} {roll.choice(BODIES)}"
    buyer = f"{buyer} {number}" if kind != "listed" else buyer
    quantity = roll.randint(1, 9)
    return {
        "own_reference": f"EX-{number:03d}",
        "title": what,
        "items": [
            {
                "line": 1,
                "control_code": code,
                "classification_requested": False,
                "hs_code": hs,
                "description": what,
                "quantity": str(quantity),
                "unit": unit,
                "value": f"{quantity * 1800}.00",
                "currency": "EUR",
                "serial_numbers": [],
                "components_from": parts,
            }
        ],
        "parties": [
            {
                "role": role,
                "kind": "company",
                "name": buyer,
                "aliases": [],
                "address": address,
                "country": country,
                "identifiers": [],
                "website": f"https://buyer-{number}.example",
                "incorporated_on": "2009-05-04",
            }
            for role in ("consignee", "end_user")
        ],
        "end_use": {
            "site": f"{address}, hall {roll.randint(1, 9)}",
            "site_country": country,
            "purpose": f"{what}, installed and run by the buyer's own staff in {town}; the results are published.",
            "undertakings": ["no_wmd", "no_military", "no_reexport", "allow_checks"],
            "military_end_user": kind == "military",
            "prohibited_end_use": False,
        },
        "route": {
            "goods_location": place,
            "legs": [{"origin": PORTS[place], "destination": port, "mode": "sea"}],
        },
        "documents": [],
        "ground": (
            {
                "kind": "humanitarian",
                "provider": "red_cross",
                "supply": "medical",
                "reference": "Appeal 2026-14",
                "explanation": "Equipment of the relief operation after the floods, for district hospitals.",
            }
            if kind == "relief"
            else {"kind": "none"}
        ),
        "commercial": {"payment": "bank_transfer", "third_party_payer": False},
        "declaration": {"name": "Mara Lindt", "capacity": "Export manager", "accepted": True},
    }
