"""What somebody is asked in an exercise, by a name that is the same each time the exercise is lived through."""

from __future__ import annotations

from dataclasses import dataclass

from escalation.exercises.dossiers import Filing
from licensing.models import Consultation

UNIT = "unit"  # the crisis unit, where no member is asked


@dataclass(frozen=True)
class Question:
    """A consultation of an exercise."""

    name: str
    filing: Filing
    consultation: int  # key of the row

    @property
    def member(self) -> str:
        return self.name.split(":")[3]

    @property
    def ministry(self) -> str:
        return self.name.split(":")[4]


def name_of(number: int, consultation: Consultation) -> str:
    """Return e.g. `017:1:0:FR:trade`: case, round, tier, member, ministry."""
    member = consultation.jurisdiction_id or UNIT
    return f"{number:03d}:{consultation.round}:{consultation.tier}:{member}:{consultation.ministry}"
