"""What the members have agreed, as versioned data: bundles and the rows unpacked from them."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from alliance.models.written import WrittenHere
from core import clock
from members.models import User


class Bundle(models.Model):
    """One version of one kind of reference data, kept as it was read and never changed afterwards.

    `payload` is `{"entries": [...], "tables": {...}}` with every `extends` already resolved; `sha256` is the
    hash of the file's content in canonical JSON, so that layout does not count as a difference.
    """

    class Kind(models.TextChoices):
        JURISDICTIONS = "jurisdictions", _("Members of the alliance")
        COUNTRIES = "countries", _("Countries")
        CONTROL_LIST = "control_list", _("Control list")
        CHPL = "chpl", _("Common high priority list")
        COUNTRY_GROUPS = "country_groups", _("Country groups")
        FATF = "fatf", _("FATF lists")
        REGIMES = "regimes", _("Control regimes")
        RED_FLAGS = "red_flags", _("Red flags")
        HUMANITARIAN = "humanitarian", _("Humanitarian grounds")
        AREAS = "areas", _("Destinations of aid")
        GROUNDS = "grounds", _("Decision table of humanitarian grounds")
        SCORECARD = "scorecard", _("Risk scorecard")
        HARM = "harm", _("Harm of delay")
        OWNERSHIP = "ownership", _("Ownership rules")
        CHARTERS = "charters", _("Charters")
        CRITERIA = "criteria", _("Routing criteria")
        SCENARIOS = "scenarios", _("Scenario profiles")
        MEASURES = "measures", _("Measures for a crisis")
        AUTHORISATIONS = "authorisations", _("Authorisations")

    kind = models.CharField(max_length=30, choices=Kind)
    version = models.CharField(max_length=40)
    effective_from = models.DateField()
    source = models.TextField()
    as_of = models.DateField()
    sha256 = models.CharField(max_length=64)
    payload = models.JSONField()
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "-effective_from", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="bundle_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class ControlEntry(models.Model):
    """One heading of a control list. `reasons` is `[{"code", "derived", "source"}]`."""

    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, related_name="control_entries")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    category = models.CharField(max_length=1)
    product_group = models.CharField(max_length=1)
    reasons = models.JSONField(default=list)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["bundle", "code"], name="control_entry_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def reason_codes(self) -> frozenset[str]:
        """Codes of the control reasons, derived and sourced alike."""
        return frozenset(reason["code"] for reason in self.reasons)


class Charter(models.Model):
    """A charter as it stands in one bundle; `payload` is what `alliance.charters.parse` reads."""

    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, related_name="charters")
    key = models.CharField(max_length=60)
    version = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    payload = models.JSONField()

    class Meta:
        ordering = ["key", "-pk"]
        constraints = [models.UniqueConstraint(fields=["bundle", "key"], name="charter_once_in_a_bundle")]

    def __str__(self) -> str:
        return self.title


class AuthoredCharterQuerySet(models.QuerySet["AuthoredCharter"]):
    def visible_to(self, user: User) -> Self:
        """Every version, for officers in office: charters are agreed between all members."""
        return self if user.serves else self.none()

    def ever_active(self) -> Self:
        return self.filter(activated_at__isnull=False)


class AuthoredCharter(WrittenHere):
    """A version of a charter written in the workbench; what is in force is never changed, only followed.

    In force is, of the active versions of a key whose effective date has come, the one with the latest.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft with a hole")
        CHECKED = "checked", _("Checked")
        ACTIVE = "active", _("Active")
        RETIRED = "retired", _("Retired")

    status = FSMField(max_length=10, choices=Status.choices, default=Status.DRAFT, protected=True)
    effective_from = models.DateField(null=True, blank=True)
    activated_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    activated_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[AuthoredCharter]] = AuthoredCharterQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["key", "-written_at"]
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="authored_charter_version_once"),
            models.CheckConstraint(
                name="authored_charter_four_eyes",
                condition=Q(activated_by__isnull=True) | ~Q(activated_by=F("author")),
            ),
            models.CheckConstraint(
                name="authored_charter_active_iff_dated",
                condition=Q(status__in=["draft", "checked"], activated_at__isnull=True)
                | Q(status="active", activated_at__isnull=False, effective_from__isnull=False)
                | Q(status="retired"),
            ),
            models.CheckConstraint(
                name="authored_charter_retired_iff_dated",
                condition=Q(status="retired", retired_at__isnull=False)
                | (~Q(status="retired") & Q(retired_at__isnull=True)),
            ),
        ]

    @transition(field=status, source=[Status.DRAFT, Status.CHECKED], target=Status.DRAFT)
    def find_hole(self) -> None: ...

    @transition(field=status, source=[Status.DRAFT, Status.CHECKED], target=Status.CHECKED)
    def pass_check(self) -> None: ...

    @transition(field=status, source=Status.CHECKED, target=Status.ACTIVE)
    def activate(self, by: User) -> None:
        self.activated_by, self.activated_at = by, clock.now()

    @transition(field=status, source=[Status.DRAFT, Status.CHECKED, Status.ACTIVE], target=Status.RETIRED)
    def retire(self, by: User, because: str) -> None:
        self.note_retired(by, because)


class Criterion(models.Model):
    """One routing rule: an expression over the facts, its plain sentence and the consequence it has."""

    class Kind(models.TextChoices):
        LANE = "lane", _("Chooses lane and charter")
        STAKE = "stake", _("Names members with a stake")
        KEYS = "keys", _("Asks for two keys")

    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, related_name="criteria")
    key = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind)
    expression = models.TextField(max_length=2000)
    sentence = models.TextField()
    legal_basis = models.TextField()
    owner = models.CharField(max_length=200)
    review_date = models.DateField()
    outcome = models.JSONField()
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["kind", "rank"]
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(fields=["bundle", "key"], name="criterion_once_in_a_bundle"),
            models.UniqueConstraint(
                fields=["bundle", "rank"], condition=Q(kind="lane"), name="criterion_lane_ranks_differ"
            ),
        ]

    def __str__(self) -> str:
        return self.sentence
