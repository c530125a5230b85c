"""What escalation keeps: steps of cases, guidance, pre-positions, shared intermediaries, exercises."""

from escalation.models.exercises import Answer, Exercise, Improvement
from escalation.models.guidance import Guidance, GuidedCase, GuidedCaseQuerySet, Reading
from escalation.models.intermediaries import LiaisonDownload, LiaisonPackage, SharedIntermediary
from escalation.models.prepositions import Opening, Preposition
from escalation.models.steps import Step

__all__ = [
    "Answer",
    "Exercise",
    "Guidance",
    "GuidedCase",
    "GuidedCaseQuerySet",
    "Improvement",
    "LiaisonDownload",
    "LiaisonPackage",
    "Opening",
    "Preposition",
    "Reading",
    "SharedIntermediary",
    "Step",
]
