"""What escalation keeps: steps of cases, pre-positions, shared intermediaries, exercises."""

from escalation.models.exercises import Exercise, Improvement
from escalation.models.intermediaries import LiaisonDownload, LiaisonPackage, SharedIntermediary
from escalation.models.prepositions import Opening, Preposition
from escalation.models.steps import Step

__all__ = [
    "Exercise",
    "Improvement",
    "LiaisonDownload",
    "LiaisonPackage",
    "Opening",
    "Preposition",
    "SharedIntermediary",
    "Step",
]
