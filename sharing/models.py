"""Collections by releasability, the versions of STIX objects, and which stand in which collection since when."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.expressions import Combinable

from core import audience
from core.models import Identified
from escalation.models import Guidance
from intelligence.models import Denial
from licensing.models import SuspiciousOrder
from members.models import Jurisdiction, User


def readable_by(user: User, at: str = "") -> list[Combinable]:
    """What has to hold of an object (at `at`, as queries name it) for a person to read it: that the person may read
    what it is of where that stands. What is of no thing alone tells nothing of any.

    Asked row by row, so that a page costs what it holds and not what there is.
    """
    sources: dict[str, Any] = {"denial": Denial, "report": SuspiciousOrder, "guidance": Guidance}
    return [
        Q(**{f"{at}{name}__isnull": True})
        | Exists(model.objects.visible_to(user).filter(pk=OuterRef(f"{at}{name}")))
        for name, model in sources.items()
    ]


class SharedObjectQuerySet(models.QuerySet["SharedObject"]):
    def visible_to(self, user: User) -> Self:
        """The objects of what the person may read where it stands, and those of no thing alone."""
        return self.filter(*readable_by(user))


class ContributionQuerySet(models.QuerySet["Contribution"]):
    def visible_to(self, user: User) -> Self:
        """What the person sent in, or a system that acts for them."""
        return self.filter(by=user.pk) if audience.ALLIANCE in user.audience.keys else self.none()


class Contribution(Identified):
    """STIX objects that a member's system sent in at once, and what became of each. Never changed.

    `outcomes` is [{"id", "version", "message", "taken"}] in the order in which they were sent.
    """

    collection = models.ForeignKey("Collection", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    outcomes = models.JSONField()

    objects: ClassVar[models.Manager[Contribution]] = (  # type: ignore[assignment]
        ContributionQuerySet.as_manager()
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Contribution of {self.member_id}"


class SharedObject(models.Model):
    """One version of a STIX object, as it was shared. Never changed: what changes is shared as a further version.

    Of at most one thing, which says who may read it; of none where it tells nothing of any (markings, members).
    What a member contributed is for whoever reads the collection.
    """

    stix_id = models.CharField(max_length=120)
    type = models.CharField(max_length=60)
    version = models.DateTimeField()  # its `modified`; `created` where it has none
    content = models.JSONField()
    denial = models.ForeignKey(Denial, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(
        SuspiciousOrder, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    guidance = models.ForeignKey(Guidance, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    contribution = models.ForeignKey(
        Contribution, null=True, blank=True, on_delete=models.PROTECT, related_name="objects_taken"
    )

    objects: ClassVar[models.Manager[SharedObject]] = (  # type: ignore[assignment]
        SharedObjectQuerySet.as_manager()
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["stix_id", "version"], name="shared_version_once"),
            models.CheckConstraint(
                name="shared_object_of_one_thing",
                condition=Q(denial__isnull=True, report__isnull=True, guidance__isnull=True)
                | Q(denial__isnull=True, report__isnull=True, contribution__isnull=True)
                | Q(denial__isnull=True, guidance__isnull=True, contribution__isnull=True)
                | Q(report__isnull=True, guidance__isnull=True, contribution__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.stix_id


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, user: User) -> Self:
        """That of all members, and those releasable to the person's in which something stands that they may read.

        Officers with a second factor alone: an exporter, and a member that is not among those named, learn of none.
        """
        if audience.ALLIANCE not in user.audience.keys:
            return self.none()
        something = Entry.objects.filter(*readable_by(user, "object__"), collection=OuterRef("pk")).exclude(
            object__denial__isnull=True, object__report__isnull=True, object__guidance__isnull=True
        )
        return self.filter(
            Q(audience=[audience.ALLIANCE]) | Exists(something), audience__overlap=sorted(user.audience.keys)
        )


class Collection(models.Model):
    """What is releasable to one set of members. `uid` follows from the set."""

    uid = models.UUIDField(unique=True)
    audience = ArrayField(models.CharField(max_length=80))
    made_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Collection]] = (  # type: ignore[assignment]
        CollectionQuerySet.as_manager()
    )

    class Meta:
        ordering = ["pk"]
        indexes = [GinIndex(fields=["audience"], name="collection_audience")]
        constraints = [
            models.UniqueConstraint(fields=["audience"], name="collection_once"),
            models.CheckConstraint(name="collection_of_someone", condition=Q(audience__len__gt=0)),
        ]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def members(self) -> list[str]:
        """Codes of the members to whom it is releasable; empty for all."""
        if audience.ALLIANCE in self.audience:
            return []
        return sorted(key.removeprefix("jurisdiction:") for key in self.audience)


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, user: User) -> Self:
        """Of what the person may read, in collections releasable to the person's member."""
        if audience.ALLIANCE not in user.audience.keys:
            return self.none()
        mine = Collection.objects.filter(audience__overlap=sorted(user.audience.keys))
        return self.filter(*readable_by(user, "object__"), collection__in=mine)


class Entry(models.Model):
    """That a version stands in a collection since an instant.

    Instants grow in the order in which entries become visible, and no two are the same: whoever asks for what was
    added after the last one that it has read misses none.
    """

    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="entries")
    object = models.ForeignKey(SharedObject, on_delete=models.PROTECT, related_name="entries")
    stix_id = models.CharField(max_length=120)  # these two are the object's: to find its other versions here
    version = models.DateTimeField()
    added_at = models.DateTimeField(unique=True)

    objects: ClassVar[models.Manager[Entry]] = EntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["added_at"]
        indexes = [models.Index(fields=["collection", "added_at"], name="entry_by_date")]
        constraints = [
            models.UniqueConstraint(fields=["collection", "stix_id", "version"], name="entry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.object} in {self.collection}"
