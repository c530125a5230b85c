"""The keys with which members sign what anyone verifies: licences, status lists, border packs."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from core.models import Identified
from members.models.people import Jurisdiction, User

ALGORITHM = "ES256"


class IssuerKeyQuerySet(models.QuerySet["IssuerKey"]):
    def signing(self) -> Self:
        """Those that sign now: at most one for each member."""
        return self.filter(retired_at__isnull=True, revoked_at__isnull=True)

    def visible_to(self, user: User) -> Self:
        """Everyone may know the public keys of every member; the rows are for its own officers."""
        if not user.serves:
            return self.none()
        return self.filter(jurisdiction=user.jurisdiction_code)


class IssuerKey(Identified):
    """One key of a member. It signs until it is retired or revoked, and stays published.

    What it signed before it was retired goes on to verify. What is dated from `revoked_at` on does not, whoever
    signed it; that instant may lie before the one at which it was revoked. Instants are whole seconds: so are those
    of what is signed.
    """

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="issuer_keys")
    kid = models.CharField(max_length=16, unique=True)  # the beginning of its thumbprint (RFC 7638)
    algorithm = models.CharField(max_length=10, default=ALGORITHM)
    public = models.JSONField()  # JWK of the public part
    sealed = models.TextField()  # core.sealing, the private part
    valid_from = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)  # from then on nothing it signed counts
    revoked_on = models.DateTimeField(null=True, blank=True)  # when that was said
    revoked_because = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(  # null: by itself, when the member first signed
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[IssuerKeyQuerySet] = IssuerKeyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["jurisdiction", "-valid_from", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction"],
                name="issuer_key_one_signs",
                condition=Q(retired_at__isnull=True, revoked_at__isnull=True),
            ),
            models.CheckConstraint(name="issuer_key_algorithm_known", condition=Q(algorithm=ALGORITHM)),
            models.CheckConstraint(
                name="issuer_key_retired_later",
                condition=Q(retired_at__isnull=True) | Q(retired_at__gte=F("valid_from")),
            ),
            models.CheckConstraint(
                name="issuer_key_revoked_with_its_reason",
                condition=Q(
                    revoked_at__isnull=True,
                    revoked_on__isnull=True,
                    revoked_by__isnull=True,
                    revoked_because="",
                )
                | (
                    Q(
                        revoked_at__gte=F("valid_from"),
                        revoked_on__gte=F("revoked_at"),
                        revoked_by__isnull=False,
                    )
                    & ~Q(revoked_because="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction_id} {self.kid}"

    @property
    def signs(self) -> bool:
        return self.retired_at is None and self.revoked_at is None

    def counts_at(self, at: datetime) -> bool:
        """Whether what it signed at an instant counts."""
        if at < self.valid_from or (self.retired_at is not None and at > self.retired_at):
            return False
        return self.revoked_at is None or at < self.revoked_at
