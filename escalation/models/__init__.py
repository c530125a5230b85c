"""What escalation keeps: the steps a case has climbed."""

from escalation.models.steps import Step

__all__ = ["Step"]
