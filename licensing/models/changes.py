"""What holders ask to have changed of a licence, who decided it, and what members say of it that it concerns."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from licensing.models.applications import Revision
from licensing.models.licences import Licence
from members.models import Jurisdiction, Role, User


class LicenceChangeQuerySet(models.QuerySet["LicenceChange"]):
    def visible_to(self, user: User) -> Self:
        """Those of the licences a person may read."""
        return self.filter(licence__in=Licence.objects.visible_to(user))  # type: ignore[attr-defined]

    def standing(self) -> Self:
        """Those that nobody has decided yet."""
        return self.filter(status__in=LicenceChange.OPEN)

    def waiting_for(self, user: User) -> Self:
        """Those on which a person's next act is waited for: recommending, deciding, or speaking for a member."""
        code, roles = user.jurisdiction_code, user.roles
        waits = Q(pk__in=[])
        if {Role.LICENSING_OFFICER, Role.DECIDER} & roles:
            waits |= Q(status=LicenceChange.Status.ASKED, licence__issued_by=code)
        if {Role.DECIDER, Role.COUNTERSIGNER} & roles:
            waits |= Q(status=LicenceChange.Status.RECOMMENDED, licence__issued_by=code) & ~Q(
                recommended_by__in=user.hands
            )
        if Role.DECIDER in roles:
            asked = ChangeConsent.objects.filter(jurisdiction=code, status=ChangeConsent.Status.ASKED)
            waits |= Q(pk__in=asked.values("change"))
        return self.standing().filter(waits)


class LicenceChange(Identified):
    """A request of the holder to have a licence amended or extended, and what two officers made of it.

    Its case is the lock of it. `changes` names each field with what it says and what it shall say; a granted
    one has made an edition of the licence.
    """

    class Kind(models.TextChoices):
        EXTENSION = "extension", _("Extension")
        AMENDMENT = "amendment", _("Amendment")

    class Status(models.TextChoices):
        ASKED = "asked", _("Asked for")
        RECOMMENDED = "recommended", _("Recommended, waits for the second officer")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        OVERTAKEN = "overtaken", _("Overtaken")

    class Proposal(models.TextChoices):
        GRANT = "grant", _("Grant it")
        REFUSE = "refuse", _("Refuse it")

    OPEN = (Status.ASKED, Status.RECOMMENDED)

    reference = models.CharField(max_length=20, unique=True)  # LC-7K3M-9QX2
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=Kind)
    status = FSMField(max_length=12, choices=Status.choices, default=Status.ASKED, protected=True)
    changes = models.JSONField()  # [{path, of, before, after}], see licensing.amending
    revision = models.OneToOneField(  # of the dossier, where it changes: in hand once granted
        Revision, null=True, blank=True, on_delete=models.PROTECT, related_name="change"
    )
    reason = models.CharField(max_length=1000)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()  # as derived
    overdue_at = models.DateTimeField(null=True, blank=True)
    proposal = models.CharField(max_length=6, choices=Proposal, blank=True)
    remark = models.CharField(max_length=4000, blank=True)  # for officers
    told = models.CharField(max_length=1000, blank=True)  # what the holder reads of a refusal
    recommended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recommended_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=500, blank=True)
    edition = models.PositiveSmallIntegerField(null=True, blank=True)  # that it made

    objects: ClassVar[models.Manager[LicenceChange]] = LicenceChangeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(
                fields=["due_at"], name="change_open", condition=Q(status__in=["asked", "recommended"])
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["licence"],
                name="change_one_at_a_time",
                condition=Q(status__in=["asked", "recommended"]),
            ),
            models.UniqueConstraint(
                fields=["licence", "edition"],
                name="change_one_of_an_edition",
                condition=Q(edition__isnull=False),
            ),
            models.CheckConstraint(
                name="change_four_eyes",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("recommended_by")),
            ),
            models.CheckConstraint(
                name="change_decided_by_two",
                condition=(
                    Q(
                        status__in=["granted", "refused"],
                        recommended_by__isnull=False,
                        decided_by__isnull=False,
                    )
                )
                | (~Q(status__in=["granted", "refused"]) & Q(decided_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="change_recommended_iff_proposed",
                condition=Q(recommended_by__isnull=False, recommended_at__isnull=False) & ~Q(proposal="")
                | Q(
                    status__in=["asked", "withdrawn", "overtaken"],
                    recommended_by__isnull=True,
                    recommended_at__isnull=True,
                    proposal="",
                ),
            ),
            models.CheckConstraint(
                name="change_decided_as_proposed",
                condition=~Q(status__in=["granted", "refused"])
                | Q(status="granted", proposal="grant")
                | (Q(status="refused", proposal="refuse") & ~Q(told="")),
            ),
            models.CheckConstraint(
                name="change_makes_an_edition_iff_granted",
                condition=Q(status="granted", edition__gte=2)
                | (~Q(status="granted") & Q(edition__isnull=True)),
            ),
            models.CheckConstraint(
                name="change_ended_iff_over",
                condition=Q(status__in=["asked", "recommended"], ended_at__isnull=True)
                | (~Q(status__in=["asked", "recommended"]) & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def case_id(self) -> int:
        """Key of the case whose row is its lock."""
        return self.licence.case_id

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @transition(field=status, source=Status.ASKED, target=Status.RECOMMENDED)
    def recommend(self, by: User) -> None:
        self.recommended_by, self.recommended_at = by, clock.now()

    @transition(field=status, source=Status.RECOMMENDED, target=Status.ASKED)
    def send_back(self) -> None:
        self.recommended_by = self.recommended_at = None
        self.proposal = self.told = ""

    @transition(field=status, source=Status.RECOMMENDED, target=Status.GRANTED)
    def grant(self, by: User, edition: int) -> None:
        self.decided_by, self.ended_at, self.edition = by, clock.now(), edition

    @transition(field=status, source=Status.RECOMMENDED, target=Status.REFUSED)
    def refuse(self, by: User) -> None:
        self.decided_by, self.ended_at = by, clock.now()

    @transition(field=status, source=OPEN, target=Status.WITHDRAWN)
    def withdraw(self) -> None:
        self.ended_at = clock.now()

    @transition(field=status, source=OPEN, target=Status.OVERTAKEN)
    def overtake(self, because: str) -> None:
        self.ended_at, self.ended_because = clock.now(), because[:500]


class ChangeConsentQuerySet(models.QuerySet["ChangeConsent"]):
    def visible_to(self, user: User) -> Self:
        """Those of the changes a person may read."""
        return self.filter(change__in=LicenceChange.objects.visible_to(user))  # type: ignore[attr-defined]


class ChangeConsent(Identified):
    """What a member in which a licence holds says to a change that widens what it consented to.

    One for each member but the issuer. Only who has consented is in the territory of the edition that the change
    makes; silence is no consent.
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("Asked for")
        GIVEN = "given", _("Given")
        DECLINED = "declined", _("Declined")
        LAPSED = "lapsed", _("Not answered in time")
        CLOSED = "closed", _("Not needed any more")

    change = models.ForeignKey(LicenceChange, on_delete=models.PROTECT, related_name="consents")
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    status = FSMField(max_length=8, choices=Status.choices, default=Status.ASKED, protected=True)
    due_at = models.DateTimeField()  # as derived
    said_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[models.Manager[ChangeConsent]] = ChangeConsentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["change", "jurisdiction"]
        constraints = [
            models.UniqueConstraint(fields=["change", "jurisdiction"], name="change_consent_once"),
            models.CheckConstraint(
                name="change_consent_said_by_a_person",
                condition=Q(status__in=["given", "declined"], said_by__isnull=False, said_at__isnull=False)
                & ~Q(reason="")
                | Q(status__in=["asked", "lapsed", "closed"], said_by__isnull=True, reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change}, {self.jurisdiction_id}"

    @property
    def case_id(self) -> int:
        return self.change.case_id

    @transition(field=status, source=Status.ASKED, target=Status.GIVEN)
    def give(self, by: User, because: str) -> None:
        self.said_by, self.said_at, self.reason = by, clock.now(), because

    @transition(field=status, source=Status.ASKED, target=Status.DECLINED)
    def decline(self, by: User, because: str) -> None:
        self.said_by, self.said_at, self.reason = by, clock.now(), because

    @transition(field=status, source=Status.ASKED, target=Status.LAPSED)
    def lapse(self, at: datetime) -> None:
        self.said_at = at

    @transition(field=status, source=Status.ASKED, target=Status.CLOSED)
    def close(self) -> None:
        """The change is over: nobody asks any more."""
