"""Tokens for offices without a network, what is told of their use, and what of that no token covers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import audience, clock
from core.audience import Audience
from core.models import Identified
from enforcement.models.drawdown import Reservation
from licensing.models import Licence
from members.models import Jurisdiction, Role, User

HASHED = r"^[0-9a-f]{64}$"
#: Who settles what no token covers, in the members concerned.
SETTLERS = frozenset({Role.CUSTOMS_OFFICER, Role.LICENSING_OFFICER, Role.DECIDER})


class OfflineTokenQuerySet(models.QuerySet["OfflineToken"]):
    def visible_to(self, user: User) -> Self:
        """To customs, those of their own member: whoever has the text can show it."""
        if user.is_officer and Role.CUSTOMS_OFFICER in user.roles and user.has_second_factor:
            return self.filter(reservation__jurisdiction=user.jurisdiction_code)
        return self.none()


class OfflineToken(Identified):
    """A reservation that an office carries along, signed by the member that issued the licence.

    Line, quantity and office are those of its reservation, which holds the quantity until the use is told or ten
    days are over. Goods are accepted by it before `valid_until`, and not from that instant on.
    """

    class State(models.TextChoices):
        """How it stands now; read, never kept."""

        OPEN = "open", _("Open")
        TO_TELL = "to_tell", _("Over: tell its use, or give it back")
        USED = "used", _("Used")
        RELEASED = "released", _("Given back")
        EXPIRED = "expired", _("Lapsed")

    reservation = models.OneToOneField(Reservation, on_delete=models.PROTECT, related_name="token")
    number = models.CharField(max_length=20, unique=True)  # OT-7K3M-9QX2
    text = models.TextField()  # the compact JWS as it was signed
    made_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    objects: ClassVar[models.Manager[OfflineToken]] = OfflineTokenQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(  # enforcement.services.offline_tokens.LONGEST
                name="offline_token_is_short",
                condition=Q(valid_until__gt=F("made_at"))
                & Q(valid_until__lte=F("made_at") + timedelta(hours=24)),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def state(self) -> str:
        """How it stands at this instant."""
        held = self.reservation.state
        if held == Reservation.Status.RESERVED:
            return str(self.State.OPEN if clock.now() < self.valid_until else self.State.TO_TELL)
        if held in (Reservation.Status.CONFIRMED, Reservation.Status.CANCELLED):
            return str(self.State.USED)
        return held

    @property
    def state_label(self) -> str:
        return str(self.State(self.state).label)


def _concerning(user: User, path: str) -> Q | None:
    """What a person is concerned with: their member told it, issued the licence, or took the token. None: all."""
    if Role.AUDITOR in user.roles:
        return None
    code = user.jurisdiction_code
    return (
        Q(**{f"{path}jurisdiction": code})
        | Q(**{f"{path}licence__issued_by": code})
        | Q(**{f"{path}token__reservation__jurisdiction": code})
    )


class OfflineUseQuerySet(models.QuerySet["OfflineUse"]):
    def visible_to(self, user: User) -> Self:
        """To those who settle conflicts in the members concerned, and to auditors."""
        return _seen(self, user, "")


class OfflineUse(Identified):
    """What an office tells of goods it accepted without a network. Told once: the same again is the same row.

    `confirmed` is what a token covered, in the unit of its line; what is more is a conflict. Rows are append-only.
    """

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    office = models.CharField(max_length=10)
    token = models.ForeignKey(
        OfflineToken, null=True, blank=True, on_delete=models.PROTECT, related_name="uses"
    )
    presented = models.TextField(
        blank=True
    )  # what was shown, as it was told: a token, its number, or nothing
    licence = models.ForeignKey(
        Licence, null=True, blank=True, on_delete=models.PROTECT, related_name="offline_uses"
    )
    licence_number = models.CharField(max_length=20, blank=True)  # as named, also where there is none
    line = models.PositiveSmallIntegerField(default=0)  # of the licence; 0: not named
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    unit = models.CharField(max_length=3)
    used_at = models.DateTimeField()
    declaration = models.CharField(max_length=35)
    confirmed = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    sha256 = models.CharField(
        max_length=64, unique=True
    )  # of what was told: its name for whoever tells it again
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()

    objects: ClassVar[models.Manager[OfflineUse]] = OfflineUseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-reported_at", "-pk"]
        indexes = [
            models.Index(fields=["jurisdiction", "-reported_at"], name="offline_use_of_member"),
        ]
        constraints = [
            models.UniqueConstraint(  # a token covers once
                fields=["token"], condition=Q(confirmed__gt=0), name="offline_token_covers_once"
            ),
            models.CheckConstraint(
                name="offline_use_covered_by_token",
                condition=Q(confirmed=0) | Q(token__isnull=False, confirmed__gt=0, licence__isnull=False),
            ),
            models.CheckConstraint(name="offline_use_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="offline_use_within", condition=Q(confirmed__lte=F("quantity"))),
            models.CheckConstraint(name="offline_use_hashed", condition=Q(sha256__regex=HASHED)),
            models.CheckConstraint(
                name="offline_use_named",
                condition=Q(office__regex=r"^[A-Z]{2}[A-Z0-9]{3,8}$") & ~Q(declaration=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.declaration}"

    @property
    def case_id(self) -> int | None:
        """Key of the case whose row is its lock; None where no licence is known by what was named."""
        return self.licence.case_id if self.licence else None

    @property
    def members(self) -> set[str]:
        """The members concerned: that told it, that issued the licence, and that took the token."""
        found = {str(self.jurisdiction_id)}
        if self.licence is not None:
            found.add(self.licence.issued_by_id)
        if self.token is not None:
            found.add(self.token.reservation.jurisdiction_id)
        return found

    @property
    def audience(self) -> Audience:
        """The members concerned; not the holder, who may be looked into."""
        return Audience.of(*map(audience.jurisdiction, sorted(self.members)))


class OfflineConflictQuerySet(models.QuerySet["OfflineConflict"]):
    def visible_to(self, user: User) -> Self:
        """Those of the uses the person may see."""
        return _seen(self, user, "use__")


Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


def _seen(rows: Rows, user: User, path: str) -> Rows:
    settles = not SETTLERS.isdisjoint(user.roles) or Role.AUDITOR in user.roles
    if not user.is_officer or not user.has_second_factor or not settles:
        return rows.none()
    concerned = _concerning(user, path)
    return rows if concerned is None else rows.filter(concerned)


class OfflineConflict(Identified):
    """A quantity that was told as used without a network and that no token covers. It takes nothing of any licence.

    Two people make late usage of it, which counts only while as much is left, or set it aside as told in error. One
    refers it as an infringement, since that writes no quantity.
    """

    class Reason(models.TextChoices):
        OVER_TOKEN = "over_token", _("More was used than the token holds")
        OUT_OF_TIME = "out_of_time", _("It was used outside the time of the token")
        GIVEN_BACK = "given_back", _("The token had been given back")
        USED_ALREADY = "used_already", _("The token had been used already")
        TOLD_LATE = "told_late", _("It was told after the reservation had lapsed")
        STOPPED = "stopped", _("The licence does not hold there any more")
        FOREIGN = "foreign", _("The token was made out to another office")
        UNKNOWN = "unknown", _("No such token was ever made")
        FORGED = "forged", _("The token is forged or damaged")
        WITHOUT = "without", _("No token was shown")

    class Status(models.TextChoices):
        OPEN = "open", _("To be settled")
        PROPOSED = "proposed", _("Waits for a second person")
        ACCEPTED = "accepted", _("Accepted as late usage")
        DISMISSED = "dismissed", _("Told in error")
        REFERRED = "referred", _("Referred as an infringement")

    class Proposal(models.TextChoices):
        LATE = "late", _("Accept it as late usage, if as much is left")
        ERROR = "error", _("It was told in error: nothing has left uncovered")

    WAITING = (Status.OPEN, Status.PROPOSED)

    use = models.OneToOneField(OfflineUse, on_delete=models.PROTECT, related_name="conflict")
    reason = models.CharField(max_length=12, choices=Reason)
    detail = models.CharField(
        max_length=500, blank=True
    )  # what of the token was wrong, or why the licence stops it
    quantity = models.DecimalField(
        max_digits=18, decimal_places=3
    )  # what no token covers, in the unit of the use
    status = FSMField(max_length=10, choices=Status.choices, default=Status.OPEN, protected=True)
    proposal = models.CharField(max_length=5, choices=Proposal, blank=True)
    proposed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_because = models.CharField(max_length=500, blank=True)
    settled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_because = models.CharField(max_length=500, blank=True)

    objects: ClassVar[models.Manager[OfflineConflict]] = OfflineConflictQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["status"], name="offline_conflict_status")]
        constraints = [
            models.CheckConstraint(name="offline_conflict_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="offline_conflict_proposed_by_somebody",
                condition=Q(
                    proposal="", proposed_by__isnull=True, proposed_at__isnull=True, proposed_because=""
                )
                | (
                    ~Q(proposal="")
                    & ~Q(proposed_because="")
                    & Q(proposed_by__isnull=False, proposed_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="offline_conflict_settled_iff_dated",
                condition=Q(
                    status__in=["open", "proposed"],
                    settled_by__isnull=True,
                    settled_at__isnull=True,
                    settled_because="",
                )
                | (
                    Q(status__in=["accepted", "dismissed", "referred"])
                    & ~Q(settled_because="")
                    & Q(settled_by__isnull=False, settled_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="offline_conflict_settled_as_proposed",
                condition=Q(status__in=["open", "referred"])
                | Q(status="proposed", proposed_by__isnull=False)
                | Q(status="accepted", proposal="late")
                | Q(status="dismissed", proposal="error"),
            ),
            models.CheckConstraint(
                name="offline_conflict_four_eyes",
                condition=~Q(status__in=["accepted", "dismissed"]) | ~Q(settled_by=F("proposed_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.use}: {self.reason}"

    @property
    def case_id(self) -> int | None:
        return self.use.case_id

    @transition(field=status, source=Status.OPEN, target=Status.PROPOSED)
    def propose(self, by: User, proposal: str, because: str) -> None:
        self.proposed_by, self.proposed_at = by, clock.now()
        self.proposal, self.proposed_because = proposal, because

    @transition(field=status, source=Status.PROPOSED, target=Status.OPEN)
    def send_back(self) -> None:
        self.proposed_by, self.proposed_at = None, None
        self.proposal, self.proposed_because = "", ""

    @transition(field=status, source=Status.PROPOSED, target=Status.ACCEPTED)
    def accept(self, by: User, because: str) -> None:
        self._settle(by, because)

    @transition(field=status, source=Status.PROPOSED, target=Status.DISMISSED)
    def dismiss(self, by: User, because: str) -> None:
        self._settle(by, because)

    @transition(field=status, source=[Status.OPEN, Status.PROPOSED], target=Status.REFERRED)
    def refer(self, by: User, because: str) -> None:
        self._settle(by, because)

    def _settle(self, by: User, because: str) -> None:
        self.settled_by, self.settled_at, self.settled_because = by, clock.now(), because
