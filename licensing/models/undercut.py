"""Whether a case is essentially identical to what was denied before: who is asked, what they say, what is told."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core.models import Identified
from intelligence.models import Denial
from licensing.models.applications import Revision
from licensing.models.cases import Case
from members.models import Jurisdiction, User


class UndercutCheckQuerySet(models.QuerySet["UndercutCheck"]):
    def visible_to(self, user: User) -> Self:
        """Those of cases the officer may read, about denials the officer may read."""
        if not user.is_officer:
            return self.none()
        return self.filter(
            case__in=Case.objects.visible_to(user),  # type: ignore[attr-defined]
            denial__in=Denial.objects.visible_to(user),  # type: ignore[attr-defined]
        )

    def standing(self) -> Self:
        """Those that a grant waits for: not answered yet, or identical and not yet explained."""
        return self.filter(
            Q(status=UndercutCheck.Status.ASKED) | Q(status=UndercutCheck.Status.IDENTICAL, explanation="")
        )


class UndercutCheck(Identified):
    """One denial that a case resembles: the member that denied is asked before a grant, or told of it.

    `matched` is `intelligence.identical.Comparison.plain`: each part with its outcome and reason. `rule_key` names
    the rule of the bundle of regimes. A denial of the lead's own is asked of itself, without a term: its silence
    clears nothing. Source: Reg (EU) 2021/821 Art 16(5).
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("Waiting for an answer")
        IDENTICAL = "identical", _("Essentially identical")
        NOT_IDENTICAL = "not_identical", _("Not identical")
        NO_OBJECTION = "no_objection", _("Identical, no objection")
        LAPSED = "lapsed", _("Not identical (silence)")
        OVERTAKEN = "overtaken", _("No longer in question")
        NOTED = "noted", _("To be told of a grant")

    #: What whoever is asked may answer.
    ANSWERS = (Status.IDENTICAL, Status.NOT_IDENTICAL, Status.NO_OBJECTION)

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="undercut_checks")
    denial = models.ForeignKey(Denial, on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey(
        Revision, on_delete=models.PROTECT, related_name="+"
    )  # that was compared last
    jurisdiction = models.ForeignKey(
        Jurisdiction, on_delete=models.PROTECT, related_name="+"
    )  # that is asked
    rule_key = models.CharField(max_length=60)
    rule = models.CharField(max_length=100)  # its title
    matched = models.JSONField()
    exact = models.BooleanField()  # nothing at all differs
    status = FSMField(max_length=15, choices=Status.choices, default=Status.ASKED, protected=True)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)  # null: nobody's silence counts
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(max_length=4000, blank=True)
    explanation = models.TextField(max_length=4000, blank=True)  # why the lead would grant all the same
    explained_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField(null=True, blank=True)  # since when all know that it was undercut

    objects: ClassVar[models.Manager[UndercutCheck]] = (  # type: ignore[assignment]
        UndercutCheckQuerySet.as_manager()
    )

    class Meta:
        ordering = ["asked_at", "pk"]
        indexes = [
            models.Index(
                fields=["jurisdiction", "due_at"], name="undercut_asked", condition=Q(status="asked")
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "denial"], name="undercut_once"),
            models.CheckConstraint(
                name="undercut_answered_by_a_person",
                condition=Q(
                    status__in=["identical", "not_identical", "no_objection"],
                    answered_by__isnull=False,
                    answered_at__isnull=False,
                )
                | Q(
                    status__in=["asked", "lapsed", "noted"],
                    answered_by__isnull=True,
                    answered_at__isnull=True,
                )
                | Q(status="overtaken"),
            ),
            models.CheckConstraint(
                name="undercut_explained_by_a_person",
                condition=Q(explanation="", explained_by__isnull=True)
                | (~Q(explanation="") & Q(explained_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="undercut_lapses_by_its_term", condition=~Q(status="lapsed") | Q(due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case.reference}: {self.denial}"

    @property
    def own(self) -> bool:
        """Whether the lead denied it itself."""
        return self.jurisdiction_id == self.case.lead_id

    @property
    def undercuts(self) -> bool:
        """Whether all are told of a grant."""
        return self.status in (self.Status.IDENTICAL, self.Status.NOTED)

    @transition(field=status, source=Status.ASKED, target=Status.IDENTICAL)
    def find_identical(self) -> None: ...

    @transition(field=status, source=Status.ASKED, target=Status.NOT_IDENTICAL)
    def find_different(self) -> None: ...

    @transition(field=status, source=Status.ASKED, target=Status.NO_OBJECTION)
    def not_object(self) -> None: ...

    @transition(field=status, source=Status.ASKED, target=Status.LAPSED)
    def lapse(self) -> None: ...

    @transition(field=status, source=Status.ASKED, target=Status.NOTED)
    def note(self) -> None: ...

    @transition(
        field=status,
        source=[Status.ASKED, Status.IDENTICAL, Status.NO_OBJECTION, Status.NOTED],
        target=Status.OVERTAKEN,
    )
    def overtake(self) -> None: ...

    @transition(
        field=status,
        source=[
            Status.IDENTICAL, Status.NOT_IDENTICAL, Status.NO_OBJECTION, Status.LAPSED, Status.OVERTAKEN,
            Status.NOTED,
        ],
        target=Status.ASKED,
    )  # fmt: skip
    def ask_again(self) -> None: ...
