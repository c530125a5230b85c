"""Waivers of crisis measures: asked for by customs and exporters' systems, and held to by officers' systems.

A seat of the crisis unit drafts, grants, suspends and takes back in person.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alliance.models import Declaration
from api import exporters, filters
from api.acts import ActSerializer, offer, told
from api.bodies import body
from api.views.base import PROBLEMS, Listed, visible
from api.views.granted import BoundsSerializer
from core import clock
from core.errors import Invalid, NotFound
from core.policies import deny, require
from core.references import normalise_reference
from exemptions import policies, reporting, selectors, waiving
from exemptions.models import Waiver, WaiverReport
from licensing import waived

REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)
NUMBER = OpenApiParameter("number", int, OpenApiParameter.PATH, description="of the report")
DRAFTED: dict[str, Any] = {
    "crisis": "CR-7K3M-9QX2",
    "exporter": "HRB 4711",
    "lifts": ["no-grant"],
    "control_codes": ["6A"],
    "destinations": ["SG"],
    "cap_of": "value",
    "cap": "100000",
    "unit": "EUR",
    "first_day": "2026-12-01",
    "last_day": "2026-12-31",
    "report_every_days": 14,
    "monitoring": "The end-user is visited each month, and each camera is seen.",
    "reasons": "Cameras for the flood watch of the port.",
}
WHY = {"reason": "A camera was seen at a place that the waiver does not name."}
MADE_GOOD = {"reason": "The camera is back at its place; an inspector has seen it."}
REMARK = {"remark": "It agrees with what customs have seen leave."}
REPORT = {"used": "96000.00", "found": "Each of the four cameras was seen at its place on 3 December."}


class WaiverStatusSerializer(serializers.Serializer[Any]):
    """How a waiver stands at an instant; `holds` says whether goods may leave under it."""

    reference = serializers.CharField()
    status = serializers.CharField(help_text="drafted, granted, suspended, expired or revoked")
    holds = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()


class WaiverReportSerializer(serializers.ModelSerializer[WaiverReport]):
    remark = serializers.SerializerMethodField(help_text="of the reviewer; empty for who is no officer")

    class Meta:
        model = WaiverReport
        fields = ("number", "due_at", "filed_at", "used", "found", "late", "sha256", "reviewed_at", "remark")

    def get_remark(self, report: WaiverReport) -> str:
        person = self.context.get("person")
        return report.remark if person is not None and person.serves else ""


class ToReportSerializer(serializers.Serializer[Any]):
    used = serializers.DecimalField(
        max_digits=15, decimal_places=3, min_value=0, help_text="since the first day, in the unit of the cap"
    )
    found = serializers.CharField(max_length=4000, help_text="what watching the end-use has found")


class ToWaiveSerializer(BoundsSerializer):
    crisis = serializers.CharField(
        max_length=30, help_text="reference of a crisis in force (/api/v1/crises/)"
    )
    exporter = exporters.number_field()
    lifts = serializers.ListField(
        child=serializers.CharField(max_length=60),
        max_length=100,
        help_text="keys of its measures whose effect is no_grant or suspend_licences",
    )
    report_every_days = serializers.IntegerField(min_value=1, max_value=waiving.MOST_DAYS_BETWEEN_REPORTS)
    monitoring = serializers.CharField(max_length=2000, help_text="what the holder looks at, and how often")
    precondition = serializers.CharField(
        max_length=1000,
        required=False,
        allow_blank=True,
        default="",
        help_text="an expression over the live facts, see docs/crises.md",
    )


class ToSayWhyOfWaiverSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000)


class ToReviewReportSerializer(serializers.Serializer[Any]):
    remark = serializers.CharField(max_length=1000)


class WaiverListSerializer(serializers.ModelSerializer[Waiver]):
    crisis = serializers.CharField(source="declaration.reference")
    holder = serializers.CharField(source="holder.name")
    registration_number = serializers.CharField(source="holder.registration_number")
    member = serializers.CharField(source="holder.jurisdiction_id")
    status = serializers.SerializerMethodField()

    class Meta:
        model = Waiver
        fields: tuple[str, ...] = (
            "reference", "crisis", "measures", "holder", "registration_number", "member", "status",
            "control_codes", "destinations", "cap_of", "cap", "unit", "first_day", "last_day", "granted_at",
        )  # fmt: skip

    def get_status(self, waiver: Waiver) -> str:
        return selectors.status_now(waiver, waiver.pk in self.context["missing"], clock.now())


class WaiverSerializer(WaiverListSerializer):
    share = serializers.IntegerField(help_text="per cent of `asked_cap` that the exporter's record allows")
    reasons = serializers.SerializerMethodField(help_text="officers read them; empty for everyone else")
    acts = serializers.SerializerMethodField()
    used = serializers.SerializerMethodField(help_text="of the cap, by licences issued under it")
    reports = WaiverReportSerializer(many=True)

    class Meta(WaiverListSerializer.Meta):
        fields: tuple[str, ...] = (
            *WaiverListSerializer.Meta.fields, "monitoring", "precondition", "report_every_days", "used", "reports",
            "asked_cap", "share", "reasons", "suspended_because", "ended_because", "acts",
        )  # fmt: skip

    def get_reasons(self, waiver: Waiver) -> str:
        return waiver.reasons if self.context["person"].serves else ""

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, waiver: Waiver) -> Any:
        person, home = self.context["person"], f"/api/v1/waivers/{waiver.reference}/"
        if not person.serves:
            return told(self._to_report(waiver, home))
        offers = []
        if waiver.status == Waiver.Status.GRANTED:
            verdict = policies.can_suspend(person, waiver)
            offers.append(offer("suspend_waiver", _("Suspend this waiver"), f"{home}suspension/", verdict))
        if waiver.suspended_because and waiver.status != Waiver.Status.REVOKED:
            verdict, unmet = policies.can_restore(person, waiver), waiving.unmet(waiver)
            if verdict and unmet:
                verdict = deny(_("What broke it is not made good yet."))
            offers.append(
                offer("restore_waiver", _("Restore this waiver"), f"{home}restoration/", verdict, unmet)
            )
        if waiver.status not in (Waiver.Status.EXPIRED, Waiver.Status.REVOKED):
            verdict = policies.can_revoke(person, waiver)
            offers.append(offer("revoke_waiver", _("Revoke this waiver"), f"{home}revocation/", verdict))
        for one in waiver.reports.all():
            if one.filed_at is not None and one.reviewed_at is None:
                title = _("Review report %(number)d") % {"number": one.number}
                href = f"{home}reports/{one.number}/review/"
                verdict = policies.can_review_report(person, waiver)
                offers.append(offer("review_waiver_report", title, href, verdict))
        return told(offers)

    def _to_report(self, waiver: Waiver, home: str) -> list[Any]:
        """What the holder does next: the first report that is not filed, also of a waiver that is over."""
        open_now = [one.number for one in waiver.reports.all() if one.filed_at is None]
        if waiver.granted_at is None or not open_now:
            return []
        title = _("File report %(number)d") % {"number": min(open_now)}
        verdict = policies.can_report(self.context["person"], waiver)
        return [offer("report_on_waiver", title, f"{home}reports/", verdict)]

    def get_used(self, waiver: Waiver) -> str:
        return f"{waived.used(waiver):f}"


class WaiverViewSet(Listed):
    lookup_field = "reference"
    serializer_class = WaiverListSerializer
    filterset_class = filters.WaiverFilters
    scopes = {
        "list": "licences:read",
        "retrieve": "licences:read",
        "status": "licences:read",
        "report": "applications:write",
        "create": "decisions:write",
        "suspension": "decisions:write",
        "restoration": "decisions:write",
        "revocation": "decisions:write",
        "review": "decisions:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Waiver.objects.none()
        rows = Waiver.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("declaration", "holder", "drafted_by__authority").prefetch_related(
            "reports"
        )

    def _found(self, reference: str) -> Waiver:
        found: Waiver = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        return found

    @extend_schema(summary="List waivers", responses={200: WaiverListSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        context = {"missing": selectors.missing_reports(rows or [])}
        return self.get_paginated_response(WaiverListSerializer(rows, many=True, context=context).data)

    @extend_schema(
        summary="Read a waiver", parameters=[REFERENCE], responses={200: WaiverSerializer, **PROBLEMS}
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        return self._shown(reference)

    def _shown(self, reference: str, status: int = 200) -> Response:
        found = self._found(reference)
        context = {"missing": selectors.missing_reports([found]), "person": self.person}
        return Response(WaiverSerializer(found, context=context).data, status=status)

    @extend_schema(
        summary="Draft a waiver of measures of a crisis",
        description="As a licensing officer or decider of the exporter's member. Nothing is lifted until a seat of "
        "the crisis unit of another member grants it, in person. What is kept of the cap is the share that the "
        "exporter's record allows.",
        request=ToWaiveSerializer,
        examples=[OpenApiExample("Cameras for one port", value=DRAFTED, request_only=True)],
        responses={201: WaiverSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        given = body(request, ToWaiveSerializer)
        require(policies.can_draft, self.person)
        rows = Declaration.objects.visible_to(self.person)  # type: ignore[attr-defined]
        crisis = rows.filter(reference=normalise_reference(given.pop("crisis"))[:20]).first()
        if crisis is None:
            raise Invalid.field("crisis", _("There is no such crisis. Read /api/v1/crises/."))
        holder = exporters.named(self.person, given.pop("exporter"), vetted=True)
        try:
            made = waiving.draft(actor=self.person, declaration=crisis, holder=holder, **given)
        except Invalid as error:
            raise exporters.at_exporter(error) from None
        return self._shown(made.reference, 201)

    def _acted(self, service: Callable[..., Waiver], request: Request, reference: str) -> Response:
        given = body(request, ToSayWhyOfWaiverSerializer)
        service(actor=self.person, waiver=self._found(reference), **given)
        return self._shown(reference)

    @extend_schema(
        summary="Suspend a waiver",
        description="As a decider of the exporter's member, at once: its measures bear again.",
        parameters=[REFERENCE],
        request=ToSayWhyOfWaiverSerializer,
        examples=[OpenApiExample("Why", value=WHY, request_only=True)],
        responses={200: WaiverSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def suspension(self, request: Request, reference: str) -> Response:
        return self._acted(waiving.suspend, request, reference)

    @extend_schema(
        summary="Restore a suspended waiver",
        description="As a decider of the exporter's member, once what broke it is made good: 409 with what is not.",
        parameters=[REFERENCE],
        request=ToSayWhyOfWaiverSerializer,
        examples=[OpenApiExample("Why", value=MADE_GOOD, request_only=True)],
        responses={200: WaiverSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def restoration(self, request: Request, reference: str) -> Response:
        return self._acted(waiving.restore, request, reference)

    @extend_schema(
        summary="Revoke a waiver, or a draft",
        description="As a decider of the exporter's member, for good.",
        parameters=[REFERENCE],
        request=ToSayWhyOfWaiverSerializer,
        examples=[OpenApiExample("Why", value=WHY, request_only=True)],
        responses={200: WaiverSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def revocation(self, request: Request, reference: str) -> Response:
        return self._acted(waiving.revoke, request, reference)

    @extend_schema(
        summary="Say what an officer makes of a report on a waiver",
        description="As a decider of the exporter's member.",
        parameters=[REFERENCE, NUMBER],
        request=ToReviewReportSerializer,
        examples=[OpenApiExample("Looked at", value=REMARK, request_only=True)],
        responses={200: WaiverReportSerializer, **PROBLEMS},
    )
    def review(self, request: Request, reference: str, number: str) -> Response:
        given, found = body(request, ToReviewReportSerializer), self._found(reference)
        if not (number.isascii() and number.isdecimal() and len(number) < 5):
            raise NotFound()
        done = reporting.review(actor=self.person, waiver=found, number=int(number), **given)
        return Response(WaiverReportSerializer(done, context={"person": self.person}).data)

    @extend_schema(
        summary="Ask whether a waiver holds now",
        parameters=[REFERENCE],
        responses={200: WaiverStatusSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["get"])
    def status(self, request: Request, reference: str) -> Response:
        found, now = self._found(reference), clock.now()
        missing = found.pk in selectors.missing_reports([found])
        status = selectors.status_now(found, missing, now)
        holds = status == "granted" and found.valid_from is not None and found.valid_from <= now
        answer = {
            "reference": found.reference,
            "status": status,
            "holds": holds,
            "reason": "" if holds or found.granted_at is None else waived.held_up_because(found),
            "at": now,
        }
        return Response(WaiverStatusSerializer(answer).data)

    @extend_schema(
        summary="File the next report on a waiver",
        parameters=[REFERENCE],
        request=ToReportSerializer,
        examples=[OpenApiExample("First month", value=REPORT, request_only=True)],
        responses={201: WaiverReportSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"], url_path="reports")
    def report(self, request: Request, reference: str) -> Response:
        given = body(request, ToReportSerializer)
        filed = reporting.file(actor=self.person, waiver=self._found(reference), **given)
        return Response(WaiverReportSerializer(filed).data, status=201)
