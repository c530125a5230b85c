"""What escalation keeps: steps of cases, guidance, pre-positions, shared intermediaries, exercises, reports."""

from escalation.models.exercises import Answer, Exercise, Improvement
from escalation.models.guidance import Guidance, GuidedCase, GuidedCaseQuerySet, Reading
from escalation.models.intermediaries import LiaisonDownload, LiaisonPackage, SharedIntermediary
from escalation.models.joint import JointCase, JointEffect
from escalation.models.prepositions import Opening, Preposition
from escalation.models.reports import SituationReport
from escalation.models.steps import Step

__all__ = [
    "Answer",
    "Exercise",
    "Guidance",
    "GuidedCase",
    "GuidedCaseQuerySet",
    "Improvement",
    "JointCase",
    "JointEffect",
    "LiaisonDownload",
    "LiaisonPackage",
    "Opening",
    "Preposition",
    "Reading",
    "SharedIntermediary",
    "SituationReport",
    "Step",
]
