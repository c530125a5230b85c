"""Trusted traders: asked about by any member, answered by the trader, audited and decided on by officers.

Applying, asking to regain trust and giving it up are the trader's own, in person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.bodies import body
from api.files import decoded
from api.traders import (
    QuestionnaireSerializer,
    ToAnswerPartSerializer,
    ToBeginSerializer,
    ToCertifySerializer,
    ToDecideOnTraderSerializer,
    ToReportAuditSerializer,
    ToSayWhyOfTraderSerializer,
    TraderListSerializer,
    TraderSerializer,
)
from api.views.base import PROBLEMS, Listed, own_organisation, visible
from api.views.documents import PDF
from core.errors import Invalid, NotFound
from core.references import normalise_reference
from exemptions import icp, trust
from exemptions.models import TrustedTrader
from licensing import trusted
from licensing.services import trader_standing, traders

REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)
ELEMENT = OpenApiParameter("element", str, OpenApiParameter.PATH, description="key of an element")
PART: dict[str, Any] = {
    "answers": {"yearly": "yes", "records": "partly"},
    "evidence": "Training plan 2026, kept by the trade control officer.",
}
CERTIFICATE: dict[str, Any] = {"number": "DEAEOF000012", "file": {"name": "aeo.pdf", "content": PDF}}
AUDITED: dict[str, Any] = {
    "visited_on": "2026-11-24",
    "findings": [{"element": one.key, "finding": "met"} for one in icp.questionnaire().elements],
    "summary": "The office and the store were seen; papers were shown for each element.",
}
TRUSTED = {"reasons": "The audit and the record of the platform bear it out."}
NOT_TRUSTED = {"reasons": "Nobody stops a transaction without asking sales; mend that and begin anew."}
DOUBTED = {"reason": "Goods were seen at a place that no licence names."}


class TraderViewSet(Listed):
    lookup_field = "reference"
    serializer_class = TraderListSerializer
    filterset_class = filters.TraderFilters
    scopes = {
        "list": "licences:read",
        "retrieve": "licences:read",
        "questions": "licences:read",
        "create": "applications:write",
        "answer": "applications:write",
        "certificate": "applications:write",
        "audit": "decisions:write",
        "audit_report": "decisions:write",
        "grant": "decisions:write",
        "refusal": "decisions:write",
        "suspension": "decisions:write",
        "end": "decisions:write",
    }
    volatile = ("at",)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return TrustedTrader.objects.none()
        rows = TrustedTrader.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("organisation").order_by("pk")

    def _found(self, reference: str) -> TrustedTrader:
        found: TrustedTrader = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        return found

    def _shown(self, reference: str, status: int = 200) -> Response:
        found = self._found(reference)
        score = trust.score_of(trusted.record_of(found.organisation))
        context = {"score": score, "standing": trusted.standing_of(found, score), "person": self.person}
        return Response(TraderSerializer(found, context=context).data, status=status)

    @extend_schema(
        summary="List trusted traders",
        responses={200: TraderListSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Ask whether a trader is trusted now",
        description="With answers, certificate and audits for the trader and its member, and what to do next.",
        parameters=[REFERENCE],
        responses={200: TraderSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        return self._shown(reference)

    @extend_schema(
        summary="Read the questions on compliance programmes",
        responses={200: QuestionnaireSerializer, **PROBLEMS},
    )
    @action(detail=False, methods=["get"])
    def questions(self, request: Request) -> Response:
        return Response(QuestionnaireSerializer(icp.questionnaire()).data)

    @extend_schema(
        summary="Begin to answer, to be trusted",
        description="As the exporter; anew after a refusal or an end, with the answers given before. What was "
        "begun is answered as it is. A person sends the answers.",
        request=ToBeginSerializer,
        examples=[OpenApiExample("For the only organisation", value={}, request_only=True)],
        responses={201: TraderSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        given = body(request, ToBeginSerializer)
        organisation = own_organisation(self.person, given["organisation"])
        made = traders.begin(actor=self.person, organisation=organisation)
        return self._shown(made.reference, 201)

    @extend_schema(
        summary="Answer one part of the questions",
        description="As the exporter, before it is sent. What is not whole is kept all the same and named under "
        "`missing`.",
        parameters=[REFERENCE, ELEMENT],
        request=ToAnswerPartSerializer,
        examples=[OpenApiExample("Training", value=PART, request_only=True)],
        responses={200: TraderSerializer, **PROBLEMS},
    )
    def answer(self, request: Request, reference: str, element: str) -> Response:
        given, found = body(request, ToAnswerPartSerializer), self._found(reference)
        asked = icp.questionnaire().element(element)
        if asked is None:
            raise NotFound()
        keys = [one.key for one in asked.questions]
        if wrong := sorted(set(given["answers"]) - set(keys)):
            told = _("There is no such question. There are: %(names)s.") % {"names": ", ".join(keys)}
            raise Invalid(told, fields={f"answers.{name}": [told] for name in wrong})
        kept = {**given["answers"], "evidence": given["evidence"]}
        traders.answer(actor=self.person, trader=found, element=element, given=kept)
        return self._shown(reference)

    @extend_schema(
        summary="Give the certificate of an authorised economic operator",
        description="As the exporter, before it is sent: its number, and the certificate as a file.",
        parameters=[REFERENCE],
        request=ToCertifySerializer,
        examples=[OpenApiExample("Number and file", value=CERTIFICATE, request_only=True)],
        responses={200: TraderSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def certificate(self, request: Request, reference: str) -> Response:
        given = body(request, ToCertifySerializer)
        file = given.get("file")
        traders.certify(
            actor=self.person,
            trader=self._found(reference),
            number=given["number"],
            upload=decoded(file["content"], "file.content") if file else None,
            filename=file["name"] if file else "",
        )
        return self._shown(reference)

    @extend_schema(
        summary="Take an audit",
        description="As an inspector of the trader's member: an application, a standing to be regained, or the "
        "next audit of one.",
        parameters=[REFERENCE],
        request=None,
        responses={200: TraderSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def audit(self, request: Request, reference: str) -> Response:
        traders.begin_audit(actor=self.person, trader=self._found(reference))
        return self._shown(reference)

    @extend_schema(
        summary="Say what an audit has found",
        description="As the inspector who took it: of every element. It is never changed afterwards.",
        parameters=[REFERENCE],
        request=ToReportAuditSerializer,
        examples=[OpenApiExample("Everything is met", value=AUDITED, request_only=True)],
        responses={200: TraderSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"], url_path="audit-report", url_name="audit-report")
    def audit_report(self, request: Request, reference: str) -> Response:
        given = body(request, ToReportAuditSerializer)
        rows = given.pop("findings")
        findings = _by_element(rows)
        try:
            traders.report_audit(actor=self.person, trader=self._found(reference), findings=findings, **given)
        except Invalid as error:
            raise _placed(error, rows) from None
        return self._shown(reference)

    def _decided(self, service: Callable[..., object], request: Request, reference: str) -> Response:
        given = body(request, ToDecideOnTraderSerializer)
        service(actor=self.person, trader=self._found(reference), **given)
        return self._shown(reference)

    def _ended(self, service: Callable[..., object], request: Request, reference: str) -> Response:
        given = body(request, ToSayWhyOfTraderSerializer)
        service(actor=self.person, trader=self._found(reference), **given)
        return self._shown(reference)

    @extend_schema(
        summary="Trust a trader for three years",
        description="As a decider of its member, and another person than the inspector. The level follows from "
        "audit and record: 409 with what is missing where they give none.",
        parameters=[REFERENCE],
        request=ToDecideOnTraderSerializer,
        examples=[OpenApiExample("Why", value=TRUSTED, request_only=True)],
        responses={200: TraderSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def grant(self, request: Request, reference: str) -> Response:
        return self._decided(traders.grant, request, reference)

    @extend_schema(
        summary="Refuse to trust a trader",
        description="As a decider of its member, and another person than the inspector.",
        parameters=[REFERENCE],
        request=ToDecideOnTraderSerializer,
        examples=[OpenApiExample("Why", value=NOT_TRUSTED, request_only=True)],
        responses={200: TraderSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def refusal(self, request: Request, reference: str) -> Response:
        return self._decided(traders.refuse, request, reference)

    @extend_schema(
        summary="Suspend a trader in all members",
        description="As a decider of any member, in the same instant.",
        parameters=[REFERENCE],
        request=ToSayWhyOfTraderSerializer,
        examples=[OpenApiExample("Why", value=DOUBTED, request_only=True)],
        responses={200: TraderSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def suspension(self, request: Request, reference: str) -> Response:
        return self._ended(trader_standing.suspend, request, reference)

    @extend_schema(
        summary="End a standing or an application for good",
        description="As a decider of the trader's member; the trader itself does it in person.",
        parameters=[REFERENCE],
        request=ToSayWhyOfTraderSerializer,
        examples=[OpenApiExample("Why", value=DOUBTED, request_only=True)],
        responses={200: TraderSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Request, reference: str) -> Response:
        return self._ended(trader_standing.end, request, reference)


def _by_element(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return findings by element; Invalid for an element that there is not, or that is named twice."""
    known = [one.key for one in icp.questionnaire().elements]
    found: dict[str, dict[str, str]] = {}
    errors: dict[str, list[str]] = {}
    for place, row in enumerate(rows):
        if row["element"] not in known:
            told = _("There is no such element. There are: %(names)s.") % {"names": ", ".join(known)}
            errors[f"findings[{place}].element"] = [told]
        elif row["element"] in found:
            errors[f"findings[{place}].element"] = [_("Name each element once.")]
        found[row["element"]] = {"finding": row["finding"], "remark": row["remark"]}
    if errors:
        raise Invalid(_("The audit is not complete."), fields=errors)
    return found


def _placed(error: Invalid, rows: Sequence[Mapping[str, Any]]) -> Invalid:
    """Name findings by their place in what was sent: the service names them by their element."""
    places = {}
    for place, row in enumerate(rows):
        places[row["element"]] = f"findings[{place}].finding"
        places[f"{row['element']}_remark"] = f"findings[{place}].remark"
    left_out = {one.key for one in icp.questionnaire().elements} - {row["element"] for row in rows}
    fields: dict[str, list[str]] = {}
    for name, told in error.fields.items():
        said = [f"{name}: {one}" for one in told] if name in left_out else told
        fields.setdefault("findings" if name in left_out else places.get(name, name), []).extend(said)
    return Invalid(error.detail, fields=fields)
