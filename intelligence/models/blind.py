"""Denials that are matched blind: pairs of members, keyed fingerprints, questions and what matched."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import audience
from core.models import Identified
from members.models import Jurisdiction, User


class BlindPairQuerySet(models.QuerySet["BlindPair"]):
    def visible_to(self, user: User) -> Self:
        """Pairs of the person's own member; that others have one is theirs to know."""
        if audience.ALLIANCE not in user.audience.keys:
            return self.none()
        mine = user.jurisdiction_code
        return self.filter(Q(first=mine) | Q(second=mine))


class BlindPair(Identified):
    """Two members that hold one secret key between them. The platform never holds it: `key_id` is what a key says
    of itself (`intelligence.blind.key_id`), so that both see that they hold the same."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for the other member")
        AGREED = "agreed", _("Agreed")
        ENDED = "ended", _("Ended")

    first = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")  # that proposed it
    second = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    key_id = models.CharField(max_length=16)
    status = FSMField(max_length=10, choices=Status.choices, default=Status.PROPOSED, protected=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    agreed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[BlindPair]] = models.Manager.from_queryset(BlindPairQuerySet)()

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                Least("first", "second"),
                Greatest("first", "second"),
                condition=~Q(status="ended"),
                name="blind_pair_once",
            ),
            models.CheckConstraint(name="blind_pair_of_two", condition=~Q(first=F("second"))),
            models.CheckConstraint(
                name="blind_pair_agreed_by_another",
                condition=~Q(status="agreed") | (Q(agreed_by__isnull=False) & ~Q(agreed_by=F("proposed_by"))),
            ),
            models.CheckConstraint(
                name="blind_pair_ended_iff_dated",
                condition=Q(status="ended", ended_at__isnull=False)
                | (~Q(status="ended") & Q(ended_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} – {self.second_id}"

    @transition(field=status, source=Status.PROPOSED, target=Status.AGREED)
    def agree(self) -> None: ...

    @transition(field=status, source=[Status.PROPOSED, Status.AGREED], target=Status.ENDED)
    def end(self) -> None: ...

    def other(self, code: str | None) -> str:
        """The other member of the two."""
        return str(self.second_id if code == self.first_id else self.first_id)


class BlindFingerprint(models.Model):
    """One fingerprint of a member's denials for a pair, or a random one: nobody without the key can tell."""

    pair = models.ForeignKey(BlindPair, on_delete=models.CASCADE, related_name="fingerprints")
    denier = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()  # in the file, from 1
    value = models.CharField(max_length=64)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["pair", "denier", "value"], name="blind_fingerprint_once"),
        ]

    def __str__(self) -> str:
        return str(self.position)


class BlindQuery(Identified):
    """One question of a member to the other: as many fingerprints as every question has, of which none are kept."""

    pair = models.ForeignKey(BlindPair, on_delete=models.CASCADE, related_name="queries")
    asker = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return str(self.uid)


class BlindMatch(models.Model):
    """A fingerprint of a question that is one of the other member's: by its place in either file, and no more."""

    query = models.ForeignKey(BlindQuery, on_delete=models.CASCADE, related_name="matches")
    asked_position = models.PositiveIntegerField()
    denied_position = models.PositiveIntegerField()

    class Meta:
        ordering = ["asked_position"]
        constraints = [
            models.UniqueConstraint(fields=["query", "asked_position"], name="blind_match_once"),
        ]

    def __str__(self) -> str:
        return f"{self.asked_position} = {self.denied_position}"
