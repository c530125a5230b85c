"""What the risk score is made of: plain values, gathered by whoever knows the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class CountryInput:
    code: str
    embargo: bool
    of_concern: bool
    fatf: str | None
    transshipment: bool
    trusted: bool
    known: bool
    role: str  # destination | route


@dataclass(frozen=True)
class ItemInput:
    line: int
    reasons: tuple[str, ...]
    classified: bool
    chpl_tier: str | None


@dataclass(frozen=True)
class MatchInput:
    """A listed party that a party resembles and that officers have not cleared.

    `strong`: the same name or number, and not a weak alias.
    """

    score: float
    rule: str
    list_key: str
    entry_name: str
    strong: bool


@dataclass(frozen=True)
class PartyInput:
    name: str
    role: str
    country: str
    address: str
    website: str | None
    incorporated_on: date | None
    matches: tuple[MatchInput, ...] = ()


@dataclass(frozen=True)
class EndUseInput:
    purpose: str
    site: str
    undertakings: tuple[str, ...]
    military_end_user: bool | None
    prohibited_end_use: bool | None


@dataclass(frozen=True)
class RouteInput:
    legs: int
    transit: tuple[str, ...]
    last_minute_change: bool


@dataclass(frozen=True)
class CommercialInput:
    payment: str
    third_party_payer: bool | None


@dataclass(frozen=True)
class ScoreFacts:
    """Everything the score is made of."""

    countries: tuple[CountryInput, ...]
    items: tuple[ItemInput, ...]
    parties: tuple[PartyInput, ...]
    end_use: EndUseInput
    route: RouteInput
    commercial: CommercialInput
    denied_before: bool
    exemption_claimed: bool
    today: date
    emergency_requests: int = 0  # of the exporter in 365 days, this case's own among them
