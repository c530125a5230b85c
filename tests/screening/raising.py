"""Raises hits as an assessment of a case would, for tests of what officers make of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from core.audience import Audience, jurisdiction
from intelligence.services import share_party
from screening import services
from screening.lists.loading import load_ofac
from screening.matching import Match, screen
from screening.models import Hit
from screening.services import Side

FICTIONAL = Path(__file__).resolve().parents[2] / "screening" / "fixtures" / "demo"
LISTED = "Kavir Mavad Pishrafteh"  # an alias in the fictional list
REASON = "Another firm: founded elsewhere, other directors."
NEAR = {"rule": "near", "score": 0.9}  # what makes a match one that is not strong


def load() -> None:
    """Put the fictional list into force."""
    load_ofac(**{name: FICTIONAL / f"{name}.csv" for name in ("sdn", "alt", "add")})


def found(name: str = LISTED, **change: Any) -> Match:
    """Return what a name resembles most, changed."""
    return replace(screen(name)[0], **change)


def raise_one(
    case: str = "case:900000",
    *,
    lead: str = "DE",
    name: str = LISTED,
    side: dict[str, Any] | None = None,
    country: str = "SG",
    **change: Any,
) -> list[Hit]:
    """Raise the hit of one party of a case; `side` is what the case says of it beside its name and country."""
    audience = Audience.of(jurisdiction(lead))
    party = share_party(name=name, country=country, kind="end_user", source_ref=case, audience=audience)
    return services.raise_hits(
        case_ref=case,
        lead=lead,
        audience=audience,
        matches=[("party:1", party, name, found(name, **change))],
        sides={"party:1": Side.of(name, **{"country": country, **(side or {})})},
    )
