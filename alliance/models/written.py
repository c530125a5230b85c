"""What members agree on and somebody writes in the workbench: versions that are followed and never changed."""

from __future__ import annotations

from django.db import models

from core import clock
from core.models import Identified
from members.models import User


class WrittenHere(Identified):
    """A version of something agreed. `text` is the YAML as its author wrote it, `payload` what it says."""

    key = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    text = models.TextField()
    payload = models.JSONField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    retired_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_because = models.TextField(blank=True, max_length=1000)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.key} {self.version}"

    def note_retired(self, by: User, because: str) -> None:
        self.retired_by, self.retired_at, self.retired_because = by, clock.now(), because
