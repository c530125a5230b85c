"""Authorisations that exporters use without a decision on each case, unpacked from their bundle."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliance.models.agreed import Bundle


class Instrument(models.Model):
    """One authorisation or template as it stands in one bundle; `alliance.instruments.parse` reads its `payload`.

    What keeps it in bounds stands in columns of its own, so that the database refuses one without safeguards.
    """

    class Kind(models.TextChoices):
        GENERAL = "general", _("General authorisation")
        GLOBAL = "global", _("Global authorisation")
        INDIVIDUAL = "individual", _("Individual authorisation")
        EMERGENCY = "emergency", _("Crisis template")

    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, related_name="instruments")
    key = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=200)
    payload = models.JSONField()
    conditions = models.PositiveSmallIntegerField()
    report_every_days = models.PositiveSmallIntegerField()
    valid_days = (
        models.PositiveSmallIntegerField()
    )  # of a registration, or of what is granted under a template
    record_years = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["bundle", "key"], name="instrument_once_in_a_bundle"),
            models.CheckConstraint(
                name="instrument_has_safeguards",
                condition=Q(
                    conditions__gte=1,
                    report_every_days__gte=1,
                    report_every_days__lte=366,
                    valid_days__gte=1,
                    valid_days__lte=1461,
                    record_years__gte=3,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title
