"""What licences take of the caps of waivers."""

from django.db import models
from django.db.models import Q

from exemptions.models import Waiver
from licensing.models.licences import Licence


class WaiverUse(models.Model):
    """A licence that was issued under a waiver, and what it takes of the waiver's cap, in the waiver's unit."""

    waiver = models.ForeignKey(Waiver, on_delete=models.PROTECT, related_name="uses")
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="waiver_uses")
    amount = models.DecimalField(max_digits=18, decimal_places=3)

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(name="waiver_use_positive", condition=Q(amount__gt=0))]

    def __str__(self) -> str:
        return f"{self.waiver.reference}: {self.licence.number}"
