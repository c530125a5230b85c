"""Everyone and everything the matrix asks with: people by column, things by the noun of their address."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from members.models import User
from tests.matrix.answers import ANSWERS

ABSENT = {
    "cases": "EN-0000-0000",
    "denials": "DN-0000-0000",
    "prepositions": "PP-0000-0000",
    "in-force": "no-such-charter",
    "in-library": "no-such-measures",
    "crises": "CR-0000-0000",
    "waivers": "WV-0000-0000",
    "registrations": "RG-0000-0000",
    "uses": "UD-0000-0000",
    "authorisations": "AU-0000-0000",
    "granted-authorisations": "AU-0000-0000",
    "for": "no-such-authorisation",
    "new": "no-such-template",
    "shipments": "SH-0000-0000",
    "drawdown": "EL-0000-0000",
    "checks": "PC-0000-0000",
    "traders": "TT-0000-0000",
    "mandates": "MD-0000-0000",
    "parts": "no-such-part",
    "report": "99",
    "situations": "99",
    "steps": "no-such-step",
    "facts": "no-such-fact",
    "guidance": "GN-0000-0000",
    "reports": "SR-0000-0000",
    "situation-reports": "SR-0000-0000",
    "together": "JE-0000-0000",
    "joint-effects": "JE-0000-0000",
    "applications": "EA-0000-0000",
    "licences": "EL-0000-0000",
    "licence-changes": "LC-0000-0000",
    "verify": "EL-0000-0000",
    "clients": "99999999",
    "systems": "99999999",
    "invitation": "absent",
    "deliveries": "absent",
    "suspicious-orders": "SO-0000-0000",
}


@dataclass
class World:
    """People by column of the matrix, and the things of the German exporter by the noun of their address."""

    people: dict[str, User | None] = field(default_factory=dict)
    strangers: dict[str, User] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)

    def answers(self, name: str) -> dict[str, Any]:
        """Return what an operation is asked with."""
        given = next(given for beginning, given in ANSWERS if name.startswith(beginning))
        officer, case = self.people["DE licensing_officer"], self.things["cases"]
        own = {
            "licence": self.things["licences"],
            "officer": str(officer.uid if officer else ""),
            "owner": str(officer.uid if officer else ""),
            "cases": case,
            "case": case,
            "hits": self.things["proposed" if name == "api:hit-confirmations" else "hits"],
            "exporter": self.things["exporter"],
            "crisis": self.things["waivable"],
        }
        if name.startswith("api:"):  # there a name that a body does not have is refused
            named = {key: value for key, value in own.items() if not isinstance(given.get(key, 0), int)}
            return {**given, **{k: [v] if isinstance(given[k], list) else v for k, v in named.items()}}
        return {**own, **given}


def absent(noun: str) -> str:
    """An id of the same form that names nothing."""
    return ABSENT.get(noun, str(uuid.UUID(int=7)))
