"""Crises for tests: a seat of each of two members, and a declaration at some point of its life."""

from __future__ import annotations

from typing import Any

from alliance import adopting, charter_text, declaring, preparing
from alliance.models import Declaration, PreparedSet, Review
from escalation.services import reviews
from members.models import Ministry, Role, User
from tests import factories

GIVEN: dict[str, Any] = {
    "set_key": "embargo-tightening",
    "title": "Embargo on dual-use goods",
    "objective": "Stop what would reach the aggressor within the hour.",
    "legal_basis": "Council Decision 2026/114, Article 2",
}
LAW = "Order 7/2026 of the ministry"


def measures(**changes: Any) -> dict[str, Any]:
    """A set of one measure for cameras that go to Singapore, as its payload."""
    measure = {
        "key": "one",
        "title": "Cameras to Singapore",
        "objective": "Try it out.",
        "legal_basis": "Order 7/2026, section 2",
        "effect": "no_grant",
        "scope": {"control_codes": ["6A"], "destinations": ["SG"]},
    }
    return {
        "key": "cameras",
        "version": "1",
        "title": "Cameras",
        "scenario": "peacetime",
        "objective": "Try out what one measure does.",
        "legal_basis": "Order 7/2026",
        "sunset": {"amount": 2, "unit": "months"},
        "measures": [measure],
        "exit": [
            {
                "key": "all",
                "title": "Everything",
                "sector": "general trade",
                "lifts": [{"measures": ["one"]}],
                "preconditions": [
                    {"key": "days", "sentence": "A day has gone.", "expression": "days_in_force >= 1"}
                ],
            }
        ],
        **changes,
    }


def drafted(version: str = "1", **measure: Any) -> PreparedSet:
    """A draft of that set; `measure` changes its measure."""
    payload = measures(version=version)
    payload["measures"][0].update(measure)
    return preparing.write(actor=seat("DE"), text=charter_text.write(payload))


def a_set(**measure: Any) -> str:
    """Agree on that set; return its key."""
    return preparing.agree(actor=seat("FR"), prepared=drafted(**measure)).key


def seat(code: str) -> User:
    """A seat of the crisis unit; a new person each time."""
    return factories.officer_of(code, Role.CRISIS_SEAT, ministry=Ministry.DEFENCE)


def decider(code: str) -> User:
    return factories.officer_of(code, Role.DECIDER)


def proposed(**changes: Any) -> Declaration:
    return declaring.declare(actor=seat("DE"), **{**GIVEN, **changes})


def in_force(*adopters: str, **changes: Any) -> Declaration:
    """A declaration in force that these members have adopted."""
    declaration = declaring.confirm(actor=seat("FR"), declaration=proposed(**changes))
    for code in adopters:
        adopting.adopt(actor=decider(code), declaration=declaration, legal_reference=LAW)
    return Declaration.objects.get(pk=declaration.pk)


def reviewed(declaration: Declaration) -> Review:
    """A review of the measures as of now, kept by a seat."""
    return reviews.keep(actor=seat("FR"), declaration=declaration, findings="Two evasions were found.")


def end(declaration: Declaration) -> Declaration:
    declaring.propose_end(
        actor=seat("DE"), declaration=declaration, reason="The reason for it has gone away."
    )
    return declaring.end(actor=seat("FR"), declaration=declaration)
