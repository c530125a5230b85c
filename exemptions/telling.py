"""A finding on a ground in words: the two tests side by side, regime by regime, as pages and the API show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from alliance.aid import Acceptability, CarveOut, Licence
from exemptions.grounds import GroundFinding

_NAMES = {**dict(CarveOut.choices), **dict(Licence.choices), **dict(Acceptability.choices)}


@dataclass(frozen=True)
class Said:
    """An outcome as a tag; `unconfirmed`: it is what the table says, and does not count as it is only recalled."""

    outcome: str
    unconfirmed: bool = False

    @property
    def title(self) -> str:
        return str(_NAMES.get(self.outcome, self.outcome))


@dataclass(frozen=True)
class Line:
    """What one regime answers under one test. `row` is "" where none of its rows knows the combination."""

    regime: str
    place: str
    row: str
    sentence: str
    said: Said
    legal_basis: str


@dataclass(frozen=True)
class Test:
    """One of the two tests: its question, the strictest answer, and what each regime says."""

    question: str
    explained: str
    answer: Said
    lines: tuple[Line, ...]

    __test__ = False


@dataclass(frozen=True)
class Reached:
    """A destination of aid with its conditions."""

    code: str
    name: str
    said: Said
    conditions: tuple[str, ...]
    legal_basis: str


@dataclass(frozen=True)
class Told:
    """A finding for people."""

    state: str
    reason: str
    rule: str
    row: str
    version: str
    tests: tuple[Test, Test]
    reached: tuple[Reached, ...]


def told(finding: Mapping[str, Any]) -> Told | None:
    """Return a finding, as an assessment keeps it, in words; None where the table was not asked."""
    cited: Sequence[Mapping[str, Any]] = finding.get("cited") or ()
    if not cited:
        return None
    several = len({one["place"] for one in cited}) > 1
    return Told(
        state=str(finding["state"]),
        reason=str(finding["reason"]),
        rule=str(finding["rule"]),
        row=str(finding["row"]),
        version=str(finding["version"]),
        tests=(
            Test(
                _("Are the sanctions lifted?"),
                _("This is about asset freezes only. A yes here is no licence."),
                Said(str(finding["carve_out"])),
                tuple(_line(one, "carve_out", 0, several) for one in cited),
            ),
            Test(
                _("Is an export licence needed?"),
                _("This is about export control only. A licence lifts no sanction."),
                Said(str(finding["licence"])),
                tuple(_line(one, "licence", 1, several) for one in cited),
            ),
        ),
        # A destination of which nothing is agreed is an ordinary one, and not worth a line.
        reached=tuple(
            Reached(
                code=place["code"],
                name=place["name"],
                said=Said(place["acceptability"]),
                conditions=tuple(place["conditions"]),
                legal_basis=place["legal_basis"],
            )
            for place in finding["reached"]
            if place["legal_basis"]
        ),
    )


def _line(one: Mapping[str, Any], test: str, index: int, several: bool) -> Line:
    return Line(
        regime=one["regime_title"],
        place=one["place"] if several else "",
        row=one["row"],
        sentence=one["sentence"],
        said=Said(one["said"][index], one[f"{test}_confidence"] == "recalled"),
        legal_basis=one[f"{test}_basis"],
    )


def told_finding(finding: GroundFinding) -> Told | None:
    return told({name: getattr(finding, name) for name in finding.__dataclass_fields__})
