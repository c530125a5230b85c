"""Cases and the acts of officers on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters, signatures
from api.bodies import body
from api.clocks import ExtensionSerializer, StopClockSerializer, StopSerializer
from api.emergencies import TriageSerializer
from api.interests import InterestsSerializer
from api.positions import SIGNATURE, PositionSignatureSerializer
from api.serializers import (
    AskSerializer,
    CaseListSerializer,
    CaseSerializer,
    ConsultationSerializer,
    DecisionSerializer,
    InformationRequestSerializer,
    PositionSerializer,
    ProposeDecisionSerializer,
    ReasonSerializer,
    TakePositionSerializer,
)
from api.views.base import PROBLEMS, Listed, Scoped, visible
from core.errors import NotFound
from escalation.services import appeals, clocks, ladder_steps, provisional, routing
from licensing.models import Case, Consultation, Decision, Position
from licensing.selectors import emergencies as emergency_selectors
from licensing.selectors import interests as interest_selectors
from licensing.selectors import provisional as provisional_selectors
from licensing.selectors import stops as stop_selectors
from licensing.services import cases, claims, decisions, emergencies, information, positions, stops


def cases_of(view: Scoped) -> Any:
    if getattr(view, "swagger_fake_view", False):
        return Case.objects.none()
    return Case.objects.visible_to(view.person)  # type: ignore[attr-defined]


class CaseViewSet(Listed):
    lookup_field = "reference"
    serializer_class = CaseListSerializer
    filterset_class = filters.CaseFilters
    ordering_fields = ("opened_at",)
    scopes = {
        "list": "cases:read",
        "retrieve": "cases:read",
        "claim": "positions:write",
        "release": "positions:write",
        "referral": "decisions:write",
        "appeal": "positions:write",
        "routing_confirmation": "positions:write",
        "emergency_triage": "positions:write",
        "interests": "cases:read",
        "decisions": "decisions:write",
        "refuse_confirmation": "decisions:write",
        "questions": "positions:write",
        "stops": "positions:write",
        "stopped": "cases:read",
    }

    def get_queryset(self) -> Any:
        return cases_of(self).select_related("application", "lead", "revision", "officer")

    def _case(self, reference: str) -> Case:
        found: Case = visible(
            cases_of(self).select_related("application", "emergency", "officer"), reference=reference
        )
        return found

    def _answer(self, reference: str, code: int = status.HTTP_200_OK) -> Response:
        case = self._case(reference)
        return Response(CaseSerializer(case, context=self.get_serializer_context()).data, status=code)

    @extend_schema(
        summary="List the cases you may see",
        responses={200: CaseListSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read one case",
        description="With what you may do next under `acts`, and, where you may not, why.",
        responses={200: CaseSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        return self._answer(reference)

    @extend_schema(summary="Claim a case", request=None, responses={200: CaseSerializer, **PROBLEMS})
    @action(detail=True, methods=["post"])
    def claim(self, request: Request, reference: str) -> Response:
        cases.claim(actor=self.person, case=self._case(reference))
        return self._answer(reference)

    @extend_schema(
        summary="Give a claimed case back", request=None, responses={200: CaseSerializer, **PROBLEMS}
    )
    @action(detail=True, methods=["post"])
    def release(self, request: Request, reference: str) -> Response:
        cases.release(actor=self.person, case=self._case(reference))
        return self._answer(reference)

    @extend_schema(
        summary="Refer up one tier", request=ReasonSerializer, responses={200: CaseSerializer, **PROBLEMS}
    )
    @action(detail=True, methods=["post"])
    def referral(self, request: Request, reference: str) -> Response:
        data = body(request, ReasonSerializer)
        ladder_steps.refer_up(actor=self.person, case=self._case(reference), reason=data["reason"])
        return self._answer(reference)

    @extend_schema(
        summary="Appeal against what a tier decided",
        description="Open while the charter's appeal window runs, to whoever said otherwise than the tier decided.",
        request=ReasonSerializer,
        responses={200: CaseSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def appeal(self, request: Request, reference: str) -> Response:
        data = body(request, ReasonSerializer)
        appeals.appeal(actor=self.person, case=self._case(reference), reason=data["reason"])
        return self._answer(reference)

    @extend_schema(
        summary="Triage the emergency request of a case",
        description="Accepted, the criteria move the case into the crisis lane, and its licence will be short and "
        "not renewable; declined, it goes its ordinary way.",
        request=TriageSerializer,
        responses={200: CaseSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"], url_path="emergency-triage")
    def emergency_triage(self, request: Request, reference: str) -> Response:
        data = body(request, TriageSerializer)
        found = emergency_selectors.of_case(self._case(reference))
        if found is None:
            raise NotFound()
        emergencies.triage(
            actor=self.person, request=found, accept=data["outcome"] == "accepted", answer=data["answer"]
        )
        return self._answer(reference)

    @extend_schema(
        summary="Read the two interests in a case",
        description="Where a humanitarian and a security interest meet, a grant takes a key of each. Keys are "
        "signed by two persons, in person, on the workbench.",
        responses={200: InterestsSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["get"])
    def interests(self, request: Request, reference: str) -> Response:
        case = self._case(reference)
        if not self.person.serves or not case.aid:
            raise NotFound()
        found = interest_selectors.interests_in(case)
        told = {
            "asked": found.two_keys is not None,
            "because": found.two_keys.because if found.two_keys else [],
            "keys": [key for key in (found.humanitarian, found.security) if key],
            "ruling": found.ruling,
            "kept_out_of_the_lane": found.kept_out is not None,
        }
        return Response(InterestsSerializer(told).data)

    @extend_schema(
        summary="Confirm the way of a case",
        description="Where no criterion was certain, an officer of the lead confirms what the criteria proposed.",
        request=None,
        responses={200: CaseSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"], url_path="routing-confirmation")
    def routing_confirmation(self, request: Request, reference: str) -> Response:
        routing.confirm_routing(actor=self.person, case=self._case(reference))
        return self._answer(reference)

    @extend_schema(
        summary="Propose a decision",
        description="A second person countersigns it. Guards that stand in the way answer 409 with `blockers`.",
        request=ProposeDecisionSerializer,
        responses={201: DecisionSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def decisions(self, request: Request, reference: str) -> Response:
        data = body(request, ProposeDecisionSerializer)
        decision = decisions.propose(actor=self.person, case=self._case(reference), **data)
        return Response(DecisionSerializer(decision).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Refuse to confirm a provisional grant",
        description="It is repealed at once and for good. It is confirmed by a decision: the lead proposes a "
        "grant, somebody of another member countersigns.",
        request=ReasonSerializer,
        responses={200: CaseSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"], url_path="provisional/refusal")
    def refuse_confirmation(self, request: Request, reference: str) -> Response:
        data = body(request, ReasonSerializer)
        case = self._case(reference)
        told = provisional_selectors.told(self.person, case)
        if told is None:
            raise NotFound()
        provisional.refuse(actor=self.person, grant=told.grant, reason=data["reason"])
        return self._answer(reference)

    @extend_schema(
        summary="Ask the exporter",
        description="Stops the clock only for a listed reason and until a date.",
        request=AskSerializer,
        responses={201: InformationRequestSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def questions(self, request: Request, reference: str) -> Response:
        data = body(request, AskSerializer)
        asked = information.ask(actor=self.person, case=self._case(reference), **data)
        return Response(InformationRequestSerializer(asked).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Stop the clock for a step that the law prescribes",
        description="For a listed reason, until a date. What the exporter has to supply is asked as a question.",
        request=StopClockSerializer,
        responses={201: StopSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    def stops(self, request: Request, reference: str) -> Response:
        data = body(request, StopClockSerializer)
        stop = stops.stop_clock(actor=self.person, case=self._case(reference), **data)
        return Response(StopSerializer(stop).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="List the stops of the clock of a case",
        responses={200: StopSerializer(many=True), **PROBLEMS},
    )
    @stops.mapping.get
    def stopped(self, request: Request, reference: str) -> Response:
        found = stop_selectors.of_case(self.person, self._case(reference))
        return Response(StopSerializer(found, many=True).data)


class ConsultationViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = ConsultationSerializer
    filterset_class = filters.ConsultationFilters
    ordering_fields = ("due_at", "opened_at")
    scopes = {
        "list": "cases:read",
        "retrieve": "cases:read",
        "positions": "positions:write",
        "extension": "positions:write",
        "acknowledgement": "positions:write",
        "claim": "positions:write",
        "release": "positions:write",
        "takeover": "positions:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Consultation.objects.none()
        rows = Consultation.objects.visible_to(self.person).select_related("case", "jurisdiction", "officer")  # type: ignore[attr-defined]
        return rows.prefetch_related("positions__revision", "positions__taken_by")

    def _consultation(self, uid: UUID) -> Consultation:
        found: Consultation = visible(self.get_queryset(), uid=uid)
        return found

    @extend_schema(
        summary="List the consultations you may see",
        description="Those of your own member that wait for an answer: `status=open&jurisdiction=..`.",
        responses={200: ConsultationSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read one consultation", responses={200: ConsultationSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return Response(ConsultationSerializer(self._consultation(uid)).data)

    @extend_schema(
        summary="Take a position",
        description="After the due instant the lapse comes first and this answers 409. A system may sign what it "
        "says (RFC 9421, docs/api.md); what does not hold is refused, and some authorities take nothing unsigned.",
        parameters=SIGNATURE,
        request=TakePositionSerializer,
        responses={201: PositionSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def positions(self, request: Request, uid: UUID) -> Response:
        data = body(request, TakePositionSerializer)
        position = positions.take(
            actor=self.person,
            consultation=self._consultation(uid),
            signed=signatures.signed(request, self.person),
            **data,
        )
        return Response(PositionSerializer(position).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Extend a window",
        description="Up to what the charter permits in all. Where windows are hours nobody extends its own.",
        request=ExtensionSerializer,
        responses={200: ConsultationSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def extension(self, request: Request, uid: UUID) -> Response:
        data = body(request, ExtensionSerializer)
        extended = clocks.extend(actor=self.person, consultation=self._consultation(uid), **data)
        return Response(ConsultationSerializer(extended).data)

    @extend_schema(
        summary="Say that the addressee has it in hand",
        request=None,
        responses={200: ConsultationSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def acknowledgement(self, request: Request, uid: UUID) -> Response:
        return self._handled(claims.acknowledge, uid)

    def _handled(self, act: Callable[..., Consultation], uid: UUID) -> Response:
        return Response(
            ConsultationSerializer(act(actor=self.person, consultation=self._consultation(uid))).data
        )

    @extend_schema(
        summary="Claim the answer to a consultation",
        description="As an officer of the addressee; that it was seen is said by it too.",
        request=None,
        responses={200: ConsultationSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def claim(self, request: Request, uid: UUID) -> Response:
        return self._handled(claims.claim_consultation, uid)

    @extend_schema(
        summary="Give a claimed consultation back",
        request=None,
        responses={200: ConsultationSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def release(self, request: Request, uid: UUID) -> Response:
        return self._handled(claims.release_consultation, uid)

    @extend_schema(
        summary="Take a consultation over from the colleague who claimed it",
        request=None,
        responses={200: ConsultationSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def takeover(self, request: Request, uid: UUID) -> Response:
        return self._handled(claims.take_consultation, uid)


class PositionViewSet(Scoped):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = PositionSerializer
    scopes = {
        "retrieve": "cases:read",
        "signature": "cases:read",
        "countersignature": "positions:write",
        "return_": "positions:write",
    }

    def _position(self, uid: UUID) -> Position:
        rows = Position.objects.visible_to(self.person)
        found: Position = visible(rows.select_related("consultation__case", "revision", "taken_by"), uid=uid)
        return found

    @extend_schema(summary="Read one position", responses={200: PositionSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return Response(PositionSerializer(self._position(uid)).data)

    @extend_schema(
        summary="Read how a position was signed",
        description="What it takes to verify it offline, with docs/verify_position.py or any library: the key, the "
        "signature base (RFC 9421), the signature and the body it stands for. 404 where a person took it unsigned.",
        responses={200: PositionSignatureSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["get"])
    def signature(self, request: Request, uid: UUID) -> Response:
        found = getattr(self._position(uid), "signature", None)
        if found is None:
            raise NotFound()
        return Response(PositionSignatureSerializer(found).data)

    @extend_schema(
        summary="Countersign a position", request=None, responses={200: PositionSerializer, **PROBLEMS}
    )
    @action(detail=True, methods=["post"])
    def countersignature(self, request: Request, uid: UUID) -> Response:
        position = positions.countersign(actor=self.person, position=self._position(uid))
        return Response(PositionSerializer(position).data)

    @extend_schema(
        summary="Return a position to its author",
        request=ReasonSerializer,
        responses={200: PositionSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"], url_path="return")
    def return_(self, request: Request, uid: UUID) -> Response:
        data = body(request, ReasonSerializer)
        position = positions.return_position(
            actor=self.person, position=self._position(uid), reason=data["reason"]
        )
        return Response(PositionSerializer(position).data)


class DecisionViewSet(Scoped):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = DecisionSerializer
    scopes = {"retrieve": "cases:read", "countersignature": "decisions:write", "return_": "decisions:write"}

    def _decision(self, uid: UUID) -> Decision:
        rows = Decision.objects.visible_to(self.person)  # type: ignore[attr-defined]
        found: Decision = visible(rows.select_related("case", "revision", "proposed_by"), uid=uid)
        return found

    @extend_schema(summary="Read one decision", responses={200: DecisionSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return Response(DecisionSerializer(self._decision(uid)).data)

    @extend_schema(
        summary="Countersign a decision",
        description="The decision takes effect: a grant issues its licence, a refusal records its denial.",
        request=None,
        responses={200: DecisionSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def countersignature(self, request: Request, uid: UUID) -> Response:
        decision = decisions.countersign(actor=self.person, decision=self._decision(uid))
        return Response(DecisionSerializer(decision).data)

    @extend_schema(
        summary="Send a proposed decision back",
        request=ReasonSerializer,
        responses={200: DecisionSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"], url_path="return")
    def return_(self, request: Request, uid: UUID) -> Response:
        data = body(request, ReasonSerializer)
        decision = decisions.send_back(actor=self.person, decision=self._decision(uid), remark=data["reason"])
        return Response(DecisionSerializer(decision).data)
