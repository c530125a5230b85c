"""What escalation keeps: the steps a case has climbed, and what members deposited beforehand."""

from escalation.models.prepositions import Opening, Preposition
from escalation.models.steps import Step

__all__ = ["Opening", "Preposition", "Step"]
