"""What escalation keeps: the steps a case has climbed, pre-positions, and intermediaries that cases share."""

from escalation.models.intermediaries import LiaisonDownload, LiaisonPackage, SharedIntermediary
from escalation.models.prepositions import Opening, Preposition
from escalation.models.steps import Step

__all__ = ["LiaisonDownload", "LiaisonPackage", "Opening", "Preposition", "SharedIntermediary", "Step"]
