"""Published lists in versions, and their entries."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class SourceList(models.Model):
    """A published list of parties."""

    key = models.CharField(max_length=40, unique=True)  # e.g. us-ofac-sdn
    title = models.CharField(max_length=200)
    publisher = models.CharField(max_length=200)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.title


class Snapshot(models.Model):
    """One version of a list, loaded whole or not at all."""

    source_list = models.ForeignKey(SourceList, on_delete=models.PROTECT, related_name="snapshots")
    version = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)  # of the files, in their order
    loaded_at = models.DateTimeField()
    in_force_from = models.DateTimeField()
    in_force_until = models.DateTimeField(null=True, blank=True)
    entries_count = models.PositiveIntegerField()
    names_count = models.PositiveIntegerField()
    orphans = models.JSONField(default=list)  # rows that name no entry of the list

    class Meta:
        ordering = ["source_list", "-in_force_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["source_list"], name="snapshot_one_in_force", condition=Q(in_force_until__isnull=True)
            ),
            models.CheckConstraint(
                name="snapshot_ends_later",
                condition=Q(in_force_until__isnull=True) | Q(in_force_until__gte=F("in_force_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_list.key} {self.version}"


class Entry(models.Model):
    """A listed party, vessel or aircraft."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="entries")
    entry_id = models.CharField(max_length=40)  # the publisher's
    kind = models.CharField(max_length=10)  # company | person | vessel | aircraft
    name = models.CharField(max_length=400)
    programmes = models.CharField(max_length=300, blank=True)
    remarks = models.TextField(blank=True)
    countries = models.JSONField(default=list)  # as the publisher writes them
    identifiers = models.JSONField(default=list)  # normalised numbers

    class Meta:
        ordering = ["snapshot", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "entry_id"], name="entry_once_per_snapshot")
        ]

    def __str__(self) -> str:
        return self.name


class EntryName(models.Model):
    """A name an entry is known by."""

    class Kind(models.TextChoices):
        PRIMARY = "primary", _("Primary name")
        ALIAS = "alias", _("Alias")
        WEAK = "weak", _("Weak alias")

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(max_length=400)
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta:
        ordering = ["entry", "pk"]

    def __str__(self) -> str:
        return self.name
