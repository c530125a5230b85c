"""Published lists in versions, and their entries.

An entry is written when a version brings it or changes it, and kept with the versions it stands in: from the
snapshot `since` to before the snapshot `until`. The snapshots of one list follow one another in the order of
their keys, so that the entries of any version can be told however many came after.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

#: What free text is searched in, as the indexes have it: names, and the rest of what a list says of an entry.
NAME_WORDS = SearchVector("name", config="simple")
OWN_WORDS = SearchVector(
    "entry_id", "part", "programmes", "remarks", "identifiers", "addresses", config="simple"
)

RETRY = timedelta(hours=1)  # after a failed fetch, where the list's own interval is longer


class SourceList(models.Model):
    """A published list of parties, and how it is kept up to date."""

    key = models.CharField(max_length=40, unique=True)  # e.g. us-ofac-sdn
    title = models.CharField(max_length=200)
    publisher = models.CharField(max_length=200)
    format = models.CharField(max_length=40, blank=True)  # a key of screening.lists.formats
    mapping = models.JSONField(default=dict, blank=True)  # what the columns are, for a format that asks
    urls = models.JSONField(default=list, blank=True)  # of the files, in the format's order; empty: by hand
    every_hours = models.PositiveIntegerField(null=True, blank=True)  # between two fetches
    max_age_hours = models.PositiveIntegerField(null=True, blank=True)  # past it the fast lanes close
    validators = models.JSONField(default=dict, blank=True)  # by URL: etag, modified, sha256 of what was kept
    checked_at = models.DateTimeField(null=True, blank=True)  # last known to be what the publisher publishes
    tried_at = models.DateTimeField(null=True, blank=True)  # last fetch, whatever came of it
    failed_at = models.DateTimeField(null=True, blank=True)  # first failure since the last success
    failure = models.TextField(blank=True)  # why the last fetch failed

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                name="list_failure_iff_dated",
                condition=Q(failed_at__isnull=True, failure="")
                | (Q(failed_at__isnull=False) & ~Q(failure="")),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def next_check(self) -> datetime | None:
        """When it is fetched by itself; None for a list that is loaded by hand or was never tried."""
        if not self.urls or self.every_hours is None or self.tried_at is None:
            return None
        pause = timedelta(hours=self.every_hours)
        return self.tried_at + (min(pause, RETRY) if self.failed_at else pause)


class Snapshot(models.Model):
    """One version of a list, loaded whole or not at all, and how it differs from the one before."""

    source_list = models.ForeignKey(SourceList, on_delete=models.PROTECT, related_name="snapshots")
    version = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)  # of the files, in their order
    published = models.CharField(max_length=40, blank=True)  # as the files say
    loaded_at = models.DateTimeField()
    in_force_from = models.DateTimeField()
    in_force_until = models.DateTimeField(null=True, blank=True)
    entries_count = models.PositiveIntegerField()
    names_count = models.PositiveIntegerField()
    added_count = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)
    removed_count = models.PositiveIntegerField(default=0)
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


class Kept(models.Model):
    """A row of a list, kept with the versions it stands in."""

    source_list = models.ForeignKey(SourceList, on_delete=models.PROTECT, related_name="+")
    since = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+")
    until = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        abstract = True

    @staticmethod
    def of(snapshot: Snapshot) -> Q:
        """What stands in one version of a list, whatever has come into force since."""
        return Q(source_list=snapshot.source_list_id, since__lte=snapshot.pk) & (
            Q(until__isnull=True) | Q(until__gt=snapshot.pk)
        )

    def stands_in(self, snapshot: Snapshot) -> bool:
        """Whether it belongs to one version of its list."""
        begun = self.source_list_id == snapshot.source_list_id and self.since_id <= snapshot.pk
        return begun and (self.until_id is None or self.until_id > snapshot.pk)


class Entry(Kept):
    """A listed party, vessel or aircraft."""

    sha256 = models.CharField(max_length=64, blank=True)  # of all that the files say of it
    entry_id = models.CharField(max_length=100)  # the publisher's
    kind = models.CharField(max_length=10)  # company | person | vessel | aircraft
    name = models.CharField(max_length=400)
    part = models.CharField(max_length=200, blank=True)  # which list a compilation has it from
    listed = models.BooleanField(default=True)  # False: there only because of who owns it
    programmes = models.CharField(max_length=300, blank=True)
    remarks = models.TextField(blank=True)
    countries = models.JSONField(default=list)  # as the publisher writes them
    identifiers = models.JSONField(default=list)  # normalised numbers
    born = models.JSONField(default=list)  # 1962, 1962-03 or 1962-03-17
    addresses = models.JSONField(default=list)

    class Meta:
        ordering = ["pk"]
        indexes = [GinIndex(OWN_WORDS, name="entry_own_words")]
        constraints = [
            models.UniqueConstraint(
                fields=["source_list", "entry_id"],
                name="entry_once_in_force",
                condition=Q(until__isnull=True),
            ),
            models.UniqueConstraint(fields=["since", "entry_id"], name="entry_begins_once"),
            models.CheckConstraint(
                name="entry_ends_later", condition=Q(until__isnull=True) | Q(until__gt=F("since"))
            ),
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
        indexes = [GinIndex(NAME_WORDS, name="entry_name_words")]

    def __str__(self) -> str:
        return self.name


class OwnershipLink(Kept):
    """One party of a list holds a share of another; both are entries of the list, by the publisher's numbers."""

    owner = models.CharField(max_length=100)
    owned = models.CharField(max_length=100)
    share = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True
    )  # percent; None: unknown

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source_list", "owner", "owned"],
                name="link_once_in_force",
                condition=Q(until__isnull=True),
            ),
            models.CheckConstraint(
                name="link_ends_later", condition=Q(until__isnull=True) | Q(until__gt=F("since"))
            ),
            models.CheckConstraint(
                name="link_share_is_a_percentage", condition=Q(share__isnull=True) | Q(share__range=(0, 100))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} > {self.owned}"
