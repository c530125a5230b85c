"""What was certified of licences: one row for each edition of each."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.models import Identified
from licensing.models.licences import Licence
from members.models import Jurisdiction


class LicenceCredential(Identified):
    """What the issuer certifies of one edition of a licence, and the place of its status.

    Signed whenever it is fetched, with the key that signs then. The status itself is read from the licence when it
    is asked for, and stands nowhere else. The database refuses to change or delete a row.
    """

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="credentials")
    edition = models.PositiveSmallIntegerField()
    issuer = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    list_number = models.PositiveIntegerField()
    list_index = models.PositiveIntegerField()  # by chance: it tells nothing of when it was issued
    claims = models.JSONField()  # licensing.credentials.claims
    salt = models.CharField(max_length=43)  # 256 bits, base64url: what is concealed is salted from it
    made_at = models.DateTimeField()  # whole seconds

    objects: ClassVar[models.Manager[LicenceCredential]] = models.Manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["licence", "edition"]
        constraints = [
            models.UniqueConstraint(fields=["licence", "edition"], name="credential_one_of_an_edition"),
            models.UniqueConstraint(
                fields=["issuer", "list_number", "list_index"], name="credential_alone_in_its_place"
            ),
            models.CheckConstraint(  # licensing.credentials.bits.ENTRIES
                name="credential_in_a_list", condition=Q(list_number__gte=1, list_index__lt=131_072)
            ),
            models.CheckConstraint(name="credential_of_an_edition", condition=Q(edition__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.licence.number}, edition {self.edition}"
