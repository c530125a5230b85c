"""What the members tell one another: parties known to the alliance, where they appeared, and denials."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import audience
from core.models import Identified
from members.models import Jurisdiction, User


def whole_alliance() -> list[str]:
    """Audience of what every member may read."""
    return [audience.ALLIANCE]


class SharedPartyQuerySet(models.QuerySet["SharedParty"]):
    def visible_to(self, user: User) -> Self:
        """Parties with at least one link that the person may read."""
        links = PartyLink.objects.visible_to(user).filter(party=models.OuterRef("pk"))
        return self.filter(models.Exists(links))


class SharedParty(Identified):
    """A company, body or person that several cases may name; one row for a normalised name and country.

    `identifiers` is `[{"scheme": "lei", "value": "..."}]`.
    """

    name = models.CharField(max_length=300)
    normalised = models.CharField(max_length=300)
    country = models.CharField(max_length=2)  # ISO 3166-1 alpha-2
    identifiers = models.JSONField(default=list)
    first_seen_at = models.DateTimeField()

    objects: ClassVar[models.Manager[SharedParty]] = models.Manager.from_queryset(SharedPartyQuerySet)()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "shared parties"
        constraints = [
            models.UniqueConstraint(fields=["normalised", "country"], name="shared_party_once"),
        ]

    def __str__(self) -> str:
        return self.name


class PartyLinkQuerySet(models.QuerySet["PartyLink"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(audience__overlap=sorted(user.audience.keys))


class PartyLink(models.Model):
    """Where a party appeared: `source_ref` names the place by value, `audience` who may know of it."""

    party = models.ForeignKey(SharedParty, on_delete=models.PROTECT, related_name="links")
    kind = models.CharField(max_length=40)  # of the source's own words: end_user, consignee, denied, ...
    source_ref = models.CharField(max_length=60)
    audience = ArrayField(models.CharField(max_length=80))
    linked_at = models.DateTimeField()

    objects: ClassVar[models.Manager[PartyLink]] = models.Manager.from_queryset(PartyLinkQuerySet)()

    class Meta:
        ordering = ["-linked_at", "-pk"]
        indexes = [GinIndex(fields=["audience"], name="party_link_audience")]
        constraints = [
            models.UniqueConstraint(fields=["party", "kind", "source_ref"], name="party_link_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.source_ref}"


class DenialQuerySet(models.QuerySet["Denial"]):
    def visible_to(self, user: User) -> Self:
        """Officers with a second factor of the members to which it is releasable; never exporters."""
        if audience.ALLIANCE in user.audience.keys:
            return self.filter(audience__overlap=sorted(user.audience.keys))
        return self.none()

    def known_to(self, member: str) -> Self:
        """Denials that the officers of a member may read, and by which its cases are judged."""
        return self.filter(audience__overlap=[audience.ALLIANCE, audience.jurisdiction(member)])

    def valid(self) -> Self:
        return self.filter(status=Denial.Status.VALID)


class Denial(Identified):
    """A refusal as the members know it: what was to go where and to whom, and why it was refused.

    Members heed it from the instant it is recorded; `takes_effect_at`: when the refusal does, where that is later.
    Reviewed every three years while it is valid (Reg (EU) 2021/821 Art 16(2)). `source_ref` names the
    refusing decision, or the row of the file it was read from, by value. `audience`: whom it may be released to,
    the member that recorded it always among them. `notified_by`: the government that denied, where that is no
    member and told `jurisdiction`, which answers for the notice. `lines` is what was refused: [{"code",
    "description", "quantity", "unit"}], the quantity as text, both "" where the notice does not say.
    """

    class Status(models.TextChoices):
        VALID = "valid", _("Valid")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    reference = models.CharField(max_length=20, unique=True)
    source_ref = models.CharField(max_length=60, unique=True)
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="denials")
    parties = models.ManyToManyField(SharedParty, through="DenialParty", related_name="denials")
    control_codes = ArrayField(models.CharField(max_length=20))  # headings, see intelligence.names.headings
    lines = models.JSONField(default=list, db_default=[])
    end_use = models.TextField(blank=True, default="", db_default="")
    destination = models.CharField(max_length=2)
    ground_code = models.CharField(max_length=60)
    summary = models.TextField()  # the reason, for whoever may read the denial
    regime_reference = models.CharField(
        max_length=60, blank=True, default="", db_default=""
    )  # by which the regime's notices know it
    national_reference = models.CharField(max_length=60, blank=True, default="", db_default="")
    notified_by = models.CharField(max_length=2, blank=True, default="", db_default="")  # ISO 3166-1 alpha-2
    audience = ArrayField(
        models.CharField(max_length=80), default=whole_alliance, db_default=[audience.ALLIANCE]
    )
    decided_at = models.DateTimeField()
    takes_effect_at = models.DateTimeField(null=True, blank=True)  # null: when decided
    review_due = models.DateTimeField()
    reviews = models.PositiveSmallIntegerField(default=0)
    status = FSMField(max_length=20, choices=Status.choices, default=Status.VALID, protected=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.TextField(blank=True, default="", db_default="")

    objects: ClassVar[models.Manager[Denial]] = models.Manager.from_queryset(DenialQuerySet)()

    class Meta:
        ordering = ["-decided_at", "-pk"]
        indexes = [
            GinIndex(fields=["control_codes"], name="denial_control_codes"),
            models.Index(fields=["destination"], condition=Q(status="valid"), name="denial_valid"),
            GinIndex(fields=["audience"], name="denial_audience"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "notified_by", "regime_reference"],
                condition=~Q(regime_reference=""),
                name="denial_once_by_reference",
            ),
            models.CheckConstraint(name="denial_released_to_someone", condition=Q(audience__len__gt=0)),
            models.CheckConstraint(
                name="denial_takes_effect_later",
                condition=Q(takes_effect_at__isnull=True) | Q(takes_effect_at__gte=F("decided_at")),
            ),
            models.CheckConstraint(
                name="denial_withdrawn_iff_dated",
                condition=Q(status="withdrawn", withdrawn_at__isnull=False)
                | Q(status="valid", withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @transition(field=status, source=Status.VALID, target=Status.WITHDRAWN)
    def withdraw(self) -> None: ...

    @property
    def denied_by(self) -> str:
        """Code of the government that denied: a member, or whoever told one."""
        return self.notified_by or self.jurisdiction_id

    @property
    def releasable_to(self) -> list[str]:
        """Codes of the members to which it may be released; empty for all."""
        if audience.ALLIANCE in self.audience:
            return []
        return sorted(key.removeprefix("jurisdiction:") for key in self.audience)


class DenialParty(models.Model):
    """A party of a denial, in its role there, with the address the notice gives."""

    class Role(models.TextChoices):
        END_USER = "end_user", _("End-user")
        CONSIGNEE = "consignee", _("Consignee")
        THIRD_PARTY = "third_party", _("Third party")

    denial = models.ForeignKey(Denial, on_delete=models.CASCADE, related_name="named")
    sharedparty = models.ForeignKey(SharedParty, on_delete=models.CASCADE, related_name="+")
    entity_type = models.CharField(max_length=15, choices=Role, default=Role.END_USER, db_default="end_user")
    address = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        db_table = "intelligence_denial_parties"
        unique_together = (("denial", "sharedparty"),)
        constraints = [
            models.CheckConstraint(
                name="denial_party_role_known",
                condition=Q(entity_type__in=["end_user", "consignee", "third_party"]),
            ),
        ]

    def __str__(self) -> str:
        return str(self.sharedparty)


class DenialImportQuerySet(models.QuerySet["DenialImport"]):
    def visible_to(self, user: User) -> Self:
        """Files that officers of the person's member brought in."""
        if audience.ALLIANCE in user.audience.keys:
            return self.filter(jurisdiction=user.jurisdiction_code)
        return self.none()


class DenialImport(Identified):
    """A file of denial notices, read whole and without an error, that waits for a second officer.

    `notices` is what was read (`intelligence.importing.Notice` as plain values); nothing of it is a denial before
    it is confirmed, and then all of it is at once.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for a second officer")
        RECORDED = "recorded", _("Recorded")
        SENT_BACK = "sent_back", _("Sent back")

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    notices = models.JSONField()
    audience = ArrayField(models.CharField(max_length=80), default=whole_alliance)
    status = FSMField(max_length=10, choices=Status.choices, default=Status.PROPOSED, protected=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    seconded_at = models.DateTimeField(null=True, blank=True)
    remark = models.TextField(max_length=2000, blank=True)  # why it was sent back

    objects: ClassVar[models.Manager[DenialImport]] = models.Manager.from_queryset(DenialImportQuerySet)()

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "sha256"],
                condition=~Q(status="sent_back"),
                name="denial_import_once",
            ),
            models.CheckConstraint(
                name="denial_import_four_eyes",
                condition=Q(status="proposed", seconded_by__isnull=True, seconded_at__isnull=True)
                | (
                    ~Q(status="proposed")
                    & Q(seconded_by__isnull=False, seconded_at__isnull=False)
                    & ~Q(seconded_by=F("proposed_by"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.filename

    @transition(field=status, source=Status.PROPOSED, target=Status.RECORDED)
    def confirm(self) -> None: ...

    @transition(field=status, source=Status.PROPOSED, target=Status.SENT_BACK)
    def send_back(self) -> None: ...
