"""The shapes of API v1. Instants are RFC 3339 in UTC, quantities and money decimal strings."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api import examples
from api.acts import ActSerializer, Offer
from api.emergencies import EmergencySerializer
from api.grounds import AssessmentSerializer
from api.hits import HitSerializer
from api.officers import CaseOfficerSerializer
from core.models import telling
from escalation.selectors import acts, expected
from ledger.models import Event
from licensing.models import (
    Application,
    Case,
    Consultation,
    Decision,
    InformationRequest,
    Position,
)
from licensing.selectors.acts import Act, reassigning
from licensing.selectors.cases import consulted, licence_number
from members.models import Mandate
from screening.services import REMEMBER_MOST

#: Where each act is sent; the target's reference or uid goes in.
ACT_PATHS = {
    "claim": "/api/v1/cases/{}/claim/",
    "release": "/api/v1/cases/{}/release/",
    "reassign": "/api/v1/cases/{}/reassignment/",
    "refer_up": "/api/v1/cases/{}/referral/",
    "appeal": "/api/v1/cases/{}/appeal/",
    "confirm_routing": "/api/v1/cases/{}/routing-confirmation/",
    "triage_emergency": "/api/v1/cases/{}/emergency-triage/",
    "ask": "/api/v1/cases/{}/questions/",
    "propose_decision": "/api/v1/cases/{}/decisions/",
    "refuse_confirmation": "/api/v1/cases/{}/provisional/refusal/",
    "take_position": "/api/v1/consultations/{}/positions/",
    "change_position": "/api/v1/consultations/{}/positions/",
    "answer_undercut": "/api/v1/undercut-checks/{}/answer/",
    "explain_undercut": "/api/v1/undercut-checks/{}/explanation/",
    "countersign_position": "/api/v1/positions/{}/countersignature/",
    "return_position": "/api/v1/positions/{}/return/",
    "countersign_decision": "/api/v1/decisions/{}/countersignature/",
    "send_back_decision": "/api/v1/decisions/{}/return/",
    "clear_hit": "/api/v1/hits/{}/clearance/",
    "mark_unsure": "/api/v1/hits/{}/unsure/",
    "confirm_clear": "/api/v1/hits/{}/clearance/confirmation/",
    "reject_clear": "/api/v1/hits/{}/clearance/rejection/",
    "confirm_match": "/api/v1/hits/{}/match/",
    "answer_question": "/api/v1/information-requests/{}/answer/",
    "withdraw_question": "/api/v1/information-requests/{}/withdrawal/",
    "recommend_change": "/api/v1/licence-changes/{}/recommendation/",
    "decide_change": "/api/v1/licence-changes/{}/decision/",
    "return_change": "/api/v1/licence-changes/{}/return/",
    "withdraw_change": "/api/v1/licence-changes/{}/withdrawal/",
    "withdraw_application": "/api/v1/applications/{}/withdrawal/",
}
#: Acts that a person signs in for: no system does them, so they have no address here.
IN_PERSON = frozenset({"rule_on_ground", "sign_key", "speak_on_change"})


def shown(title: str, value: dict[str, Any]) -> OpenApiExample:
    """An example of a request; a test sends each of them."""
    return OpenApiExample(title, value=value, request_only=True)


def address_of(act: Act) -> Offer:
    """An act on a case with the address it is sent to."""
    return Offer(
        act.name, act.label, ACT_PATHS[act.name].format(act.target), act.allowed, act.reason, act.blockers
    )


class DeficiencySerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    path = serializers.CharField(help_text="Where in the dossier, e.g. items[0].hs_code.")
    message = serializers.CharField()


class FiledUnderSerializer(serializers.ModelSerializer[Mandate]):
    mandate = serializers.CharField(source="reference")
    agent = serializers.CharField(source="agent.name")

    class Meta:
        model = Mandate
        fields = ("mandate", "agent")


class ApplicationSerializer(serializers.ModelSerializer[Application]):
    dossier = serializers.SerializerMethodField()
    case = serializers.SerializerMethodField(help_text="Reference of the case, once registered.")
    version = serializers.IntegerField(source="draft_version")
    exporter = serializers.CharField(
        source="organisation.name", help_text="The applicant, and later the holder."
    )
    filed_under = FiledUnderSerializer(
        source="mandate", allow_null=True, help_text="The mandate, where an agent files it for the exporter."
    )

    class Meta:
        model = Application
        fields = (
            "reference", "exporter", "filed_under", "own_reference", "national_reference", "status", "version",
            "dossier", "deficiencies", "created_at", "received_at", "registered_at", "case",
        )  # fmt: skip

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_dossier(self, application: Application) -> Any:
        case = getattr(application, "case", None)
        return case.revision.dossier if case else application.draft

    def get_case(self, application: Application) -> str | None:
        case = getattr(application, "case", None)
        return case.reference if case else None


class DossierSerializer(serializers.Serializer[Any]):
    """A dossier as the exporter files it; `licensing.dossier` judges the content."""

    dossier = serializers.DictField(help_text="The dossier, see docs/dossier.md for its sections.")


@extend_schema_serializer(examples=[shown("A complete dossier", {"dossier": examples.DOSSIER})])
class DraftSerializer(DossierSerializer):
    organisation = serializers.UUIDField(
        required=False, help_text="For which organisation, where you belong to more than one."
    )
    on_behalf_of = serializers.UUIDField(
        required=False, help_text="As agent: the exporter (its id, see /api/v1/mandates/) that mandated you."
    )
    mandate = serializers.CharField(
        required=False, max_length=20, help_text="Which of that exporter's mandates, if it gave you several."
    )


@extend_schema_serializer(examples=[shown("Another end-use", examples.REPLACEMENT)])
class ReplacementSerializer(DossierSerializer):
    version = serializers.IntegerField(help_text="The version you read.")


@extend_schema_serializer(examples=[shown("With the declaration", examples.DECLARATION)])
class SubmissionSerializer(serializers.Serializer[Any]):
    declaration = serializers.DictField(
        required=False, help_text="name, capacity and accepted: the declaration made on submitting."
    )


class ExpectedSerializer(serializers.Serializer[Any]):
    due_at = serializers.DateTimeField()
    rule = serializers.CharField()
    steps = serializers.ListField(child=serializers.CharField())
    if_nobody_answers = serializers.CharField()


class PositionSerializer(serializers.ModelSerializer[Position]):
    revision = serializers.IntegerField(source="revision.number")
    taken_by = serializers.CharField(source="taken_by.name", default=None, allow_null=True)

    class Meta:
        model = Position
        fields = (
            "uid", "kind", "status", "binding", "revision", "reason_code", "legal_basis", "summary",
            "conditions", "taken_by", "taken_at", "countersigned_at",
        )  # fmt: skip


class ConsultationSerializer(serializers.ModelSerializer[Consultation]):
    case = serializers.CharField(source="case.reference")
    jurisdiction = serializers.CharField(source="jurisdiction_id", allow_null=True)
    addressee = serializers.CharField()
    officer = serializers.CharField(
        source="officer.name", default=None, allow_null=True, help_text="who has claimed the answer"
    )
    positions = PositionSerializer(many=True)

    class Meta:
        model = Consultation
        fields = (
            "uid", "case", "tier", "round", "jurisdiction", "ministry", "addressee", "officer", "kind", "binding",
            "silence", "status", "opened_at", "due_at", "closed_at", "lapsed_at", "acknowledged_at",
            "taken_over_at", "positions",
        )  # fmt: skip


@cache
def _writer(shape: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    return shape()


def written(shape: type[serializers.Serializer[Any]], row: object) -> dict[str, Any]:
    """Return what a shape that needs no context says of a row; its fields, which take longest, are made once."""
    return _writer(shape).to_representation(row)


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    case = serializers.CharField(source="case.reference")
    revision = serializers.IntegerField(source="revision.number")
    proposed_by = serializers.CharField(source="proposed_by.name")
    countersigned_by = serializers.CharField(source="countersigned_by.name", default=None, allow_null=True)

    class Meta:
        model = Decision
        fields = (
            "uid", "case", "kind", "status", "revision", "criteria", "reasons", "reasons_for_exporter",
            "ground_code", "items", "conditions", "valid_from", "valid_until", "proposed_by", "proposed_at",
            "countersigned_by", "countersigned_at", "takes_effect_at", "remark",
        )  # fmt: skip


class InformationRequestSerializer(serializers.ModelSerializer[InformationRequest]):
    case = serializers.CharField(source="case.reference")
    sections = serializers.ListField(source="fields", child=serializers.CharField())

    class Meta:
        model = InformationRequest
        fields = (
            "uid", "case", "reason_code", "question", "sections", "status", "asked_at", "due_at", "answer",
            "answered_at",
        )  # fmt: skip


class CaseListSerializer(serializers.ModelSerializer[Case]):
    application = serializers.CharField(source="application.reference")
    lead = serializers.CharField(source="lead_id")
    officer = serializers.SerializerMethodField(help_text="Who holds it; officers alone are told.")

    class Meta:
        model = Case
        fields: tuple[str, ...] = (
            "reference", "application", "status", "lead", "lane", "officer", "opened_at", "routed_at", "decided_at",
            "national_reference",
        )  # fmt: skip

    @extend_schema_field(CaseOfficerSerializer(allow_null=True))
    def get_officer(self, case: Case) -> Any:
        if case.officer is None or not self.context["request"].user.is_officer:
            return None
        return {"uid": str(case.officer.uid), "name": case.officer.name}


class CaseSerializer(CaseListSerializer):
    """One case as the caller may see it: an exporter gets status and clock, officers what they work with."""

    expected = serializers.SerializerMethodField()
    acts = serializers.SerializerMethodField()
    licence = serializers.SerializerMethodField()
    routing = serializers.SerializerMethodField()
    consultations = serializers.SerializerMethodField()
    assessment = serializers.SerializerMethodField()
    decisions = serializers.SerializerMethodField()
    hits = serializers.SerializerMethodField()
    information_requests = serializers.SerializerMethodField()
    emergency = EmergencySerializer(read_only=True, allow_null=True, default=None)

    class Meta(CaseListSerializer.Meta):
        fields: tuple[str, ...] = (
            *CaseListSerializer.Meta.fields,
            "expected", "acts", "licence", "routing", "assessment", "consultations", "hits", "decisions",
            "information_requests", "emergency",
        )  # fmt: skip

    @property
    def _officer(self) -> bool:
        return bool(self.context["request"].user.is_officer)

    @extend_schema_field(ExpectedSerializer(allow_null=True))
    def get_expected(self, case: Case) -> Any:
        answer = expected(case)
        return written(ExpectedSerializer, answer) if answer else None

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, case: Case) -> Any:
        user = self.context["request"].user
        offered = [act for act in acts(user, case) if act.name not in IN_PERSON]
        offered += [reassigning(user, case)] if user.serves else []
        return [written(ActSerializer, address_of(act)) for act in offered]

    def get_licence(self, case: Case) -> str | None:
        return licence_number(self.context["request"].user, case)

    @extend_schema_field({"type": "object", "nullable": True, "additionalProperties": True})
    def get_routing(self, case: Case) -> Any:
        if not self._officer:
            return None
        return {
            "charter": case.charter_key,
            "charter_version": case.charter_version,
            "critical": case.critical,
            "tier": case.tier,
            "round": case.round,
            **{key: case.routing.get(key) for key in ("rule_key", "sentence", "stakes", "trace")},
        }

    @extend_schema_field(ConsultationSerializer(many=True))
    def get_consultations(self, case: Case) -> Any:
        if not self._officer:
            return []
        return [written(ConsultationSerializer, one) for one in consulted(case)]

    @extend_schema_field(AssessmentSerializer(allow_null=True))
    def get_assessment(self, case: Case) -> Any:
        if not self._officer:
            return None
        found = case.assessments.filter(revision=case.revision_id).order_by("-made_at").first()
        return written(AssessmentSerializer, found) if found else None

    @extend_schema_field(HitSerializer(many=True))
    def get_hits(self, case: Case) -> Any:
        from core.models import ref
        from screening.models import Hit

        found = Hit.objects.visible_to(self.context["request"].user).filter(case_ref=ref(case))  # type: ignore[attr-defined]
        return [written(HitSerializer, hit) for hit in found.select_related("snapshot__source_list")]

    @extend_schema_field(DecisionSerializer(many=True))
    def get_decisions(self, case: Case) -> Any:
        if not self._officer:
            return []
        found = telling(
            case.decisions.all(), "revision__number", "proposed_by__name", "countersigned_by__name"
        )
        return [written(DecisionSerializer, one) for one in found]

    @extend_schema_field(InformationRequestSerializer(many=True))
    def get_information_requests(self, case: Case) -> Any:
        return [written(InformationRequestSerializer, one) for one in case.information_requests.all()]


@extend_schema_serializer(
    examples=[
        shown("No objection", examples.NO_OBJECTION),
        shown("Approval with conditions", examples.WITH_CONDITIONS),
        shown("A binding objection", examples.OBJECTION),
    ]
)
class TakePositionSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(
        choices=[c for c in Position.Kind.choices if not c[0].startswith("deemed_")]
    )
    binding = serializers.BooleanField(default=False)
    reason_code = serializers.CharField(required=False, allow_blank=True, max_length=40, default="")
    legal_basis = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    summary = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")
    conditions = serializers.ListField(
        child=serializers.DictField(), required=False, max_length=50, default=list
    )


@extend_schema_serializer(examples=[shown("A reason", examples.REASON)])
class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=4000)


class ClearanceSerializer(ReasonSerializer):
    remember_days = serializers.IntegerField(
        min_value=1,
        max_value=REMEMBER_MOST,
        required=False,
        allow_null=True,
        help_text="For how long the pair clears the same hit of new cases, while neither side changes.",
    )


@extend_schema_serializer(examples=[shown("A grant", examples.GRANT), shown("A refusal", examples.REFUSAL)])
class ProposeDecisionSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Decision.Kind.choices)
    criteria = serializers.ListField(child=serializers.CharField(max_length=60), min_length=1, max_length=30)
    reasons = serializers.CharField(max_length=10000)
    reasons_for_exporter = serializers.CharField(
        required=False, allow_blank=True, max_length=10000, default=""
    )
    ground_code = serializers.CharField(required=False, allow_blank=True, max_length=40, default="")
    items = serializers.ListField(child=serializers.DictField(), required=False, max_length=200, default=list)
    conditions = serializers.ListField(
        child=serializers.DictField(), required=False, max_length=50, default=list
    )
    valid_from = serializers.DateField(required=False, allow_null=True, default=None)
    valid_until = serializers.DateField(required=False, allow_null=True, default=None)


@extend_schema_serializer(examples=[shown("A question that stops the clock", examples.QUESTION)])
class AskSerializer(serializers.Serializer[Any]):
    reason_code = serializers.CharField(max_length=40)
    question = serializers.CharField(max_length=4000)
    sections = serializers.ListField(child=serializers.CharField(max_length=40), required=False, default=list)
    days = serializers.IntegerField(min_value=1, max_value=365)


@extend_schema_serializer(examples=[shown("An answer that corrects a section", examples.ANSWER)])
class AnswerSerializer(serializers.Serializer[Any]):
    answer = serializers.CharField(max_length=10000)
    changes = serializers.DictField(required=False, default=dict)


class EventSerializer(serializers.Serializer[Any]):
    """An entry of the ledger. Event ids are random: order is the feed's, never the id's."""

    id = serializers.UUIDField(source="uid")
    type = serializers.CharField()
    time = serializers.DateTimeField(source="at")
    actor = serializers.CharField(source="actor_label")
    actor_kind = serializers.CharField()
    subject_type = serializers.CharField()
    subject = serializers.CharField(source="subject_label")
    case = serializers.SerializerMethodField(help_text="Reference of the case, if it is about one.")
    facts = serializers.DictField()

    def get_case(self, event: Event) -> str | None:
        return event.aggregate_label if event.aggregate.startswith("case:") else None


@extend_schema_serializer(many=False)
class FeedSerializer(serializers.Serializer[Any]):
    events = EventSerializer(many=True)
    next_cursor = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.ListField(child=serializers.DictField(), required=False)  # type: ignore[assignment]
    blockers = serializers.ListField(child=serializers.CharField(), required=False)
    reasons = serializers.ListField(child=serializers.DictField(), required=False)
