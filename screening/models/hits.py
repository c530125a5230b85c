"""What resembles a listed party, with what officers made of it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.audience import PUBLIC
from core.models import Identified
from intelligence.models import SharedParty
from members.models import User
from screening.models.lists import Snapshot


class HitQuerySet(models.QuerySet["Hit"]):
    def visible_to(self, user: User) -> Self:
        """Hits of cases the officer's jurisdiction has a part in; an exporter never learns what matched."""
        if not user.is_officer:
            return self.none()
        return self.filter(audience__overlap=sorted(user.audience.keys - {PUBLIC}))


class Hit(Identified):
    """A party of a case that resembles a list entry, and what officers of the lead made of it.

    A strong one is cleared by two of them. `reason` is that of the last judgement; of an unsure one, what is
    missing. The fingerprints tell whether either side has changed since; "" in hits older than they are.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("To be judged")
        UNSURE = "unsure", _("Unsure: waits for information")
        PROPOSED_CLEAR = "proposed_clear", _("Clearance waits for a second officer")
        CLEARED = "cleared", _("Cleared: not the listed party")
        CONFIRMED = "confirmed", _("Confirmed: the listed party")

    case_ref = models.CharField(max_length=60)
    subject_ref = models.CharField(max_length=60)  # the party of the revision that raised it first
    lead = models.CharField(max_length=2)  # jurisdiction whose officers judge it
    audience = ArrayField(models.CharField(max_length=100))
    filed_by = ArrayField(  # organisations that take part as exporter or agent: their people judge nothing
        models.BigIntegerField(), default=list, blank=True
    )
    shared_party = models.ForeignKey(SharedParty, on_delete=models.PROTECT, related_name="hits")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="hits")
    list_key = models.CharField(max_length=40)
    entry_id = models.CharField(max_length=100)
    entry_name = models.CharField(max_length=400)
    queried_name = models.CharField(max_length=300)
    matched_name = models.CharField(max_length=400)
    rule = models.CharField(max_length=20)
    score = models.DecimalField(max_digits=4, decimal_places=3)
    strong = models.BooleanField()
    explanation = models.JSONField()
    alignment = models.JSONField(default=list, blank=True)  # [{asked, listed, similarity, rule, weight}]
    party_sha256 = models.CharField(max_length=64, blank=True)  # of the party's side, see screening.pairs
    entry_sha256 = models.CharField(max_length=64, blank=True)  # of all that the list says of the entry
    raised_at = models.DateTimeField()
    status = FSMField(max_length=15, choices=Status.choices, default=Status.OPEN, protected=True)
    reason = models.TextField(blank=True)
    remember_days = models.PositiveSmallIntegerField(null=True, blank=True)  # once cleared, for new cases
    unsure_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    proposed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    resolved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)
    pair = models.ForeignKey(  # that cleared it when it was raised
        "ClearedPair", null=True, blank=True, on_delete=models.PROTECT, related_name="cleared"
    )
    opened_by = models.ForeignKey(  # by whose end or expiry it was opened again
        "ClearedPair", null=True, blank=True, on_delete=models.PROTECT, related_name="opened"
    )

    objects: ClassVar[models.Manager[Hit]] = HitQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-score", "pk"]
        indexes = [
            models.Index(fields=["case_ref"], name="hit_by_case"),
            models.Index(  # what keeps a case from being lifted in its backlog: few among all hits
                fields=["case_ref"],
                name="hit_strong_standing",
                condition=Q(strong=True) & ~Q(status="cleared"),
            ),
            models.Index(fields=["shared_party", "list_key", "entry_id"], name="hit_by_pair"),
            models.Index(fields=["lead", "status", "-score"], name="hit_queue"),
            GinIndex(fields=["audience"], name="hit_by_audience"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "case_ref",
                    "shared_party",
                    "list_key",
                    "entry_id",
                    "rule",
                    "score",
                    "party_sha256",
                    "entry_sha256",
                ],
                name="hit_once_per_case_pair_and_closeness",
            ),
            models.CheckConstraint(
                name="hit_four_eyes",
                condition=~Q(status="cleared")
                | Q(strong=False, proposed_by__isnull=True, resolved_by__isnull=False)
                | (
                    Q(proposed_by__isnull=False, resolved_by__isnull=False) & ~Q(proposed_by=F("resolved_by"))
                ),
            ),
            models.CheckConstraint(
                name="hit_resolved_iff_dated",
                condition=Q(status__in=["cleared", "confirmed"], resolved_at__isnull=False)
                | (Q(status__in=["open", "unsure", "proposed_clear"]) & Q(resolved_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="hit_by_pair_is_cleared", condition=Q(pair__isnull=True) | Q(status="cleared")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.queried_name} ~ {self.matched_name}"

    @transition(field=status, source=[Status.OPEN, Status.UNSURE], target=Status.PROPOSED_CLEAR)
    def propose_clear(self) -> None: ...

    @transition(
        field=status, source=[Status.OPEN, Status.UNSURE, Status.PROPOSED_CLEAR], target=Status.CLEARED
    )
    def clear(self) -> None:
        self.resolved_at = clock.now()

    @transition(field=status, source=Status.CLEARED, target=Status.OPEN)
    def reopen(self) -> None:
        self.resolved_at = None

    @transition(field=status, source=Status.PROPOSED_CLEAR, target=Status.OPEN)
    def reject_clear(self) -> None: ...

    @transition(
        field=status, source=[Status.OPEN, Status.UNSURE, Status.PROPOSED_CLEAR], target=Status.UNSURE
    )
    def mark_unsure(self) -> None: ...

    @transition(
        field=status, source=[Status.OPEN, Status.UNSURE, Status.PROPOSED_CLEAR], target=Status.CONFIRMED
    )
    def confirm(self) -> None:
        self.resolved_at = clock.now()


class ClearedPairQuerySet(models.QuerySet["ClearedPair"]):
    def visible_to(self, user: User) -> Self:
        """Pairs of the officer's own jurisdiction; none before the second factor is set up."""
        if not user.serves:
            return self.none()
        return self.filter(jurisdiction=user.jurisdiction_code)

    def standing(self) -> Self:
        """Pairs that clear what is raised now."""
        return self.filter(ended_at__isnull=True, expires_at__gt=clock.now())


class ClearedPair(Identified):
    """A party and a list entry that officers of a jurisdiction found to be two, remembered for its new cases.

    It holds while neither side changes: until it expires or an officer ends it.
    """

    jurisdiction = models.CharField(max_length=2)
    shared_party = models.ForeignKey(SharedParty, on_delete=models.PROTECT, related_name="cleared_pairs")
    list_key = models.CharField(max_length=40)
    entry_id = models.CharField(max_length=100)
    party_sha256 = models.CharField(max_length=64)
    entry_sha256 = models.CharField(max_length=64)
    hit = models.ForeignKey(Hit, on_delete=models.PROTECT, related_name="remembered")  # judged first
    strong = models.BooleanField()
    reason = models.TextField()
    cleared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cleared_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_reason = models.TextField(blank=True)

    objects: ClassVar[models.Manager[ClearedPair]] = ClearedPairQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-cleared_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "shared_party", "list_key", "entry_id"],
                name="cleared_pair_once",
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="cleared_pair_four_eyes",
                condition=Q(strong=False, seconded_by__isnull=True)
                | (Q(seconded_by__isnull=False) & ~Q(seconded_by=F("cleared_by"))),
            ),
            models.CheckConstraint(
                name="cleared_pair_expires_later", condition=Q(expires_at__gt=F("cleared_at"))
            ),
            models.CheckConstraint(
                name="cleared_pair_ended_iff_told",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ended_reason="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shared_party} is not {self.list_key} {self.entry_id}"

    @property
    def stands(self) -> bool:
        """Whether it clears what is raised now."""
        return self.ended_at is None and self.expires_at > clock.now()
