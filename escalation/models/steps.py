"""The steps a case has climbed."""

from typing import ClassVar

from django.db import models

from licensing.models import Case


class Step(models.Model):
    """A case's arrival at one tier of its charter; at most one for each round and tier."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="steps")
    round = models.PositiveIntegerField()
    tier = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    taken_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["case", "round", "tier"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["case", "round", "tier"], name="step_once_per_tier"),
        ]

    def __str__(self) -> str:
        return f"{self.case.reference}: round {self.round}, tier {self.tier}"
