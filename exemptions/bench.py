"""A use of an authorisation, and everything the rules hold it against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from alliance import instruments
from alliance.instruments import Terms


@dataclass(frozen=True)
class Line:
    description: str
    control_code: str
    hs_code: str
    quantity: Decimal
    unit: str
    value: Decimal


@dataclass(frozen=True)
class Party:
    role: str  # consignee | end_user | other
    name: str
    address: str
    country: str


@dataclass(frozen=True)
class Asked:
    """A use as it is declared. `informed`: by an authority, or aware, of an end-use that needs a licence."""

    lines: tuple[Line, ...]
    currency: str
    parties: tuple[Party, ...]
    purpose: str
    end_use: str
    military_end_user: bool
    informed: bool
    free_zone: bool
    statements: tuple[str, ...]
    statement_by: str = ""
    statement_on: date | None = None
    own_reference: str = ""

    @property
    def destination(self) -> str:
        return next(one.country for one in self.parties if one.role == "end_user")

    @property
    def codes(self) -> list[str]:
        return [instruments.code_of(one.control_code) for one in self.lines]

    @property
    def countries(self) -> list[str]:
        return sorted({one.country for one in self.parties})

    @property
    def value(self) -> Decimal:
        return sum((one.value for one in self.lines), Decimal(0))

    def kept(self) -> dict[str, Any]:
        """Return the answers as JSON keeps them."""
        found = asdict(self)
        for line in found["lines"]:
            line.update(quantity=f"{line['quantity']:f}", value=f"{line['value']:f}")
        found["statement_on"] = self.statement_on.isoformat() if self.statement_on else None
        return found

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Asked:
        lines = [
            Line(**{**one, "quantity": Decimal(one["quantity"]), "value": Decimal(one["value"])})
            for one in kept["lines"]
        ]
        day = kept["statement_on"]
        return cls(
            **{
                **kept,
                "lines": tuple(lines),
                "parties": tuple(Party(**one) for one in kept["parties"]),
                "statements": tuple(kept["statements"]),
                "statement_on": date.fromisoformat(day) if day else None,
            }
        )


@dataclass(frozen=True)
class Surroundings:
    """What the floors above found on the parties and the trade: nothing is judged without it."""

    listed: tuple[str, ...]  # strong matches, a sentence each
    resembling: tuple[str, ...]  # weaker ones
    denied: tuple[str, ...]  # denials of an essentially identical transaction
    measures: tuple[str, ...]  # of crises, that stop it
    stale: tuple[str, ...]  # lists older than they may be
    lists: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Bounds:
    """What was granted under a template, as it stands now. `off`: why it does not hold, empty where it does."""

    off: str
    control_codes: tuple[str, ...]
    destinations: tuple[str, ...]
    recipients: tuple[str, ...]
    cap_of: str
    unit: str
    left: Decimal
    crisis: bool


@dataclass(frozen=True)
class Bench:
    """A use and everything it is held against, under the locks of whoever records it."""

    asked: Asked
    terms: Terms | None  # in force now; None where the instrument is not
    member: str
    status: str  # of the registration, as everyone reads it
    why: str  # it is not active
    usable_from: datetime
    barred: str  # why, empty where it is not
    bounds: Bounds | None
    around: Surroundings
    today: date
