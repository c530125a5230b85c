"""The shapes of trusted traders: the standing for all, answers and audits for the trader and its own member."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.acts import ActSerializer, Offer, offer, told
from api.files import FileSerializer
from api.views.documents import DocumentSerializer
from core import clock
from core.models import ref
from core.policies import Verdict, deny
from correspondence.models import Document
from exemptions import icp, trust
from exemptions import trader_policies as policies
from exemptions.models import TraderAudit, TrustedTrader
from licensing.services import traders

Status = TrustedTrader.Status


class QuestionSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    text = serializers.CharField()


class ElementSerializer(serializers.Serializer[Any]):
    """A core element of a compliance programme; its key is that of a part of the answers and of a finding."""

    key = serializers.CharField()
    title = serializers.CharField()
    questions = QuestionSerializer(many=True)


class QuestionnaireSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    elements = ElementSerializer(many=True)


class TraderListSerializer(serializers.ModelSerializer[TrustedTrader]):
    """A standing as it was last decided; whether it holds in this moment is read at its own address."""

    organisation = serializers.CharField(source="organisation.name")
    registration_number = serializers.CharField(source="organisation.registration_number")
    member = serializers.CharField(source="organisation.jurisdiction_id")
    status = serializers.CharField(
        help_text="applied, under_audit, granted, suspended, refused or ended; draft for the trader alone"
    )
    suspended_in = serializers.CharField(
        source="suspended_in_id",
        allow_null=True,
        help_text="the member that suspended it for all; null where its record did",
    )

    class Meta:
        model = TrustedTrader
        fields: tuple[str, ...] = (
            "reference", "organisation", "registration_number", "member", "status", "granted_at", "valid_until",
            "suspended_at", "suspended_in",
        )  # fmt: skip


class LineSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    count = serializers.IntegerField()
    points = serializers.IntegerField(help_text="of 100, taken away")


class TraderAuditSerializer(serializers.ModelSerializer[TraderAudit]):
    """What an inspector found, element by element, and what another person made of it."""

    findings = serializers.JSONField(help_text="{element: {finding: met, partly or missing, remark}}")
    score = serializers.IntegerField(help_text="of 100")
    summary = serializers.SerializerMethodField(help_text="for whoever decides; empty for the trader")
    decision = serializers.CharField(help_text="granted or refused; empty while it waits")

    class Meta:
        model = TraderAudit
        fields = (
            "number", "visited_on", "findings", "score", "summary", "reported_at", "decision", "reasons", "level",
            "decided_at",
        )  # fmt: skip

    def get_summary(self, audit: TraderAudit) -> str:
        return audit.summary if self.context["person"].serves else ""


class TraderSerializer(TraderListSerializer):
    """A standing as it holds at `at`: read from status, dates and record, wherever the clock is.

    Answers, certificate and audits are for the trader and its own member; for everyone else they are empty.
    """

    level = serializers.SerializerMethodField(help_text="1 to 3; 0 where the fast lane is closed now")
    why = serializers.SerializerMethodField(help_text="why it is closed; empty where it is open")
    limit = serializers.SerializerMethodField(help_text="of one application, in whole units of its currency")
    score = serializers.SerializerMethodField(help_text="points left of 100")
    lines = serializers.SerializerMethodField()
    at = serializers.SerializerMethodField()
    answers = serializers.SerializerMethodField(
        help_text="{element: {question: yes, partly or no, evidence}}"
    )
    missing = serializers.SerializerMethodField(help_text="parts that are not whole, before it is sent")
    certificate = serializers.SerializerMethodField(help_text="number, of an authorised economic operator")
    made_good = serializers.SerializerMethodField(help_text="what it says it has mended")
    documents = serializers.SerializerMethodField()
    audits = serializers.SerializerMethodField(help_text="the latest first; the trader reads those decided")
    acts = serializers.SerializerMethodField()

    class Meta(TraderListSerializer.Meta):
        fields: tuple[str, ...] = (
            *TraderListSerializer.Meta.fields, "suspended_because", "ended_because", "level", "why", "limit",
            "score", "lines", "answers", "missing", "certificate", "made_good", "documents", "audits", "acts", "at",
        )  # fmt: skip

    @property
    def _person(self) -> Any:
        return self.context["person"]

    def _is_its_own(self, trader: TrustedTrader) -> bool:
        return trader.organisation_id in self._person.organisation_ids

    def _inside(self, trader: TrustedTrader) -> bool:
        at_home = (
            self._person.serves and self._person.jurisdiction_code == trader.organisation.jurisdiction_id
        )
        return at_home or self._is_its_own(trader)

    def get_level(self, trader: TrustedTrader) -> int:
        return int(self.context["standing"].level)

    def get_why(self, trader: TrustedTrader) -> str:
        return str(self.context["standing"].why)

    def get_limit(self, trader: TrustedTrader) -> int:
        return int(self.context["standing"].limit)

    def get_score(self, trader: TrustedTrader) -> int:
        return int(self.context["score"].points)

    def get_lines(self, trader: TrustedTrader) -> list[dict[str, Any]]:
        return list(LineSerializer(self.context["score"].lines, many=True).data)

    def get_at(self, trader: TrustedTrader) -> str:
        return clock.now().isoformat()

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_answers(self, trader: TrustedTrader) -> Any:
        return trader.answers if self._inside(trader) else {}

    def get_missing(self, trader: TrustedTrader) -> list[str]:
        return list(traders.unfinished(trader)) if trader.status == Status.DRAFT else []

    def get_certificate(self, trader: TrustedTrader) -> str:
        return trader.aeo_number if self._inside(trader) else ""

    def get_made_good(self, trader: TrustedTrader) -> str:
        return trader.made_good if self._inside(trader) else ""

    @extend_schema_field(DocumentSerializer(many=True))
    def get_documents(self, trader: TrustedTrader) -> Any:
        if not self._inside(trader):
            return []
        rows = Document.objects.visible_to(self._person)  # type: ignore[attr-defined]
        return DocumentSerializer(rows.filter(aggregate=ref(trader)), many=True).data

    @extend_schema_field(TraderAuditSerializer(many=True))
    def get_audits(self, trader: TrustedTrader) -> Any:
        if not self._inside(trader):
            return []
        rows = trader.audits.order_by("-number")
        if not self._person.serves:
            rows = rows.exclude(decision="")
        return TraderAuditSerializer(rows, many=True, context=self.context).data

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, trader: TrustedTrader) -> Any:
        return told(_of_the_trader(self._person, trader) + _of_officers(self._person, trader))


def _of_the_trader(person: Any, trader: TrustedTrader) -> list[Offer]:
    """Begin anew, and answer; what it answers for itself it sends in person."""
    if trader.organisation_id not in person.organisation_ids:
        return []
    verdict = policies.can_fill(person, trader.organisation, trader)
    if trader.status in (Status.REFUSED, Status.ENDED):
        return [offer("begin_anew", _("Begin to answer anew"), "/api/v1/traders/", verdict)]
    if trader.status != Status.DRAFT:
        return []
    home = f"/api/v1/traders/{trader.reference}/"
    parts = [
        offer("answer_part", one.title, f"{home}parts/{one.key}/", verdict)
        for one in icp.questionnaire().elements
    ]
    return [
        *parts,
        offer("certify_trader", _("Authorised economic operator"), f"{home}certificate/", verdict),
    ]


def _of_officers(person: Any, trader: TrustedTrader) -> list[Offer]:
    if not person.serves or trader.status in (Status.DRAFT, Status.REFUSED, Status.ENDED):
        return []
    home, audit = f"/api/v1/traders/{trader.reference}/", traders.latest(trader)
    found: list[Offer] = []

    def add(name: str, title: str, path: str, verdict: Verdict, blockers: list[str] | None = None) -> None:
        found.append(offer(name, title, f"{home}{path}/", verdict, blockers or ()))

    if policies.waits_for_an_inspector(trader):
        add("begin_audit", _("Take the audit"), "audit", policies.can_begin_audit(person, trader))
    if policies.under_audit(trader) and audit is None:
        add(
            "report_audit", _("Say what was found"), "audit-report", policies.can_report_audit(person, trader)
        )
    if audit is not None:
        verdict = policies.can_decide(person, trader, audit)
        level, why, _record = traders.judged(trader, audit)
        granting = verdict if level or not verdict else deny(_("Audit and record give no level."))
        add("grant_trader", _("Trust this trader"), "grant", granting, why if verdict and not level else [])
        add("refuse_trader", _("Refuse"), "refusal", verdict)
    if trader.status == Status.GRANTED:
        add(
            "suspend_trader",
            _("Suspend it in all members"),
            "suspension",
            policies.can_suspend(person, trader),
        )
    add("end_trader", _("End it for good"), "end", policies.can_end(person, trader))
    return found


class ToBeginSerializer(serializers.Serializer[Any]):
    organisation = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="yours, where you belong to more than one"
    )


class ToAnswerPartSerializer(serializers.Serializer[Any]):
    """One part as a whole: what is left out is open again."""

    answers = serializers.DictField(
        child=serializers.ChoiceField(choices=icp.ANSWERS), help_text="{question: yes, partly or no}"
    )
    evidence = serializers.CharField(
        max_length=icp.LONGEST,
        required=False,
        allow_blank=True,
        default="",
        help_text="what shows it, and where it is kept",
    )


class ToCertifySerializer(serializers.Serializer[Any]):
    number = serializers.CharField(max_length=40, allow_blank=True, help_text="empty to leave it out")
    file = FileSerializer(required=False, help_text="the certificate")


class ElementFindingSerializer(serializers.Serializer[Any]):
    element = serializers.CharField(max_length=40, help_text="key of an element, see the questions")
    finding = serializers.ChoiceField(choices=list(trust.FINDINGS))
    remark = serializers.CharField(
        max_length=2000,
        required=False,
        allow_blank=True,
        default="",
        help_text="needed where it is not met: the trader reads it and mends it",
    )


class ToReportAuditSerializer(serializers.Serializer[Any]):
    visited_on = serializers.DateField()
    findings = ElementFindingSerializer(many=True, help_text="one of every element")
    summary = serializers.CharField(
        max_length=4000, help_text="what was seen and who was spoken to, for whoever decides"
    )


class ToDecideOnTraderSerializer(serializers.Serializer[Any]):
    reasons = serializers.CharField(max_length=1000, help_text="the trader reads them")


class ToSayWhyOfTraderSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000, help_text="the trader and all members read it")
