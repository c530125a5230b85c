"""What waiting costs: the second clock of a case."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from licensing.harm import Curve
from licensing.models.cases import Case


class Harm(models.Model):
    """The harm of delay of a case, as its assessment in force judged it: hundredths of a point an hour.

    Fields are those of `licensing.harm.Curve`; `lines` says why, `version` under which bundle.
    """

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.CASCADE, related_name="harm")
    base = models.PositiveIntegerField()
    rise = models.PositiveIntegerField()
    most = models.PositiveIntegerField()
    needed_by = models.DateTimeField(null=True, blank=True)
    run_up = models.PositiveIntegerField()  # hours
    peak = models.PositiveIntegerField()
    after = models.PositiveIntegerField()
    lines = models.JSONField()  # of licensing.harm.Line
    version = models.CharField(max_length=40, blank=True)
    judged_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="harm_most_is_reached_from_base", condition=Q(most__gte=F("base"))),
            models.CheckConstraint(
                name="harm_after_is_no_more_than_before", condition=Q(after__lte=F("base"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.base}"

    @property
    def curve(self) -> Curve:
        return Curve(
            base=self.base,
            rise=self.rise,
            most=self.most,
            needed_by=self.needed_by,
            run_up=self.run_up,
            peak=self.peak,
            after=self.after,
        )

    def rate(self, at: datetime) -> int:
        """Return the hundredths of a point that the next hour costs."""
        return self.curve.rate(self.case.opened_at, at)
