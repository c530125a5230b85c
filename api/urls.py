"""Addresses of API v1."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from api.views.agreed import CriterionViewSet, GroundViewSet
from api.views.appetite import AppetiteViewSet
from api.views.applications import ApplicationViewSet
from api.views.authorisations import AuthorisationViewSet, RegistrationViewSet
from api.views.bars import BarViewSet
from api.views.blind import BlindPairViewSet
from api.views.casefile import (
    CaseDossierViewSet,
    CaseNoteViewSet,
    CasePartiesViewSet,
    TimelineViewSet,
)
from api.views.cases import (
    CaseViewSet,
    ConsultationViewSet,
    DecisionViewSet,
    PositionViewSet,
)
from api.views.changes import LicenceActsViewSet, LicenceChangeViewSet
from api.views.charters import CharterViewSet
from api.views.checks import CheckViewSet
from api.views.clocks import ClockViewSet, StopViewSet
from api.views.confirmations import ConfirmationViewSet
from api.views.consents import ConsentViewSet
from api.views.credentials import CredentialVerificationView, CredentialViewSet
from api.views.crises import CrisisViewSet
from api.views.customs_files import CustomsFileViewSet
from api.views.denials import DenialImportViewSet, DenialViewSet, UndercutCheckViewSet
from api.views.documents import ApplicationDocumentViewSet, CaseDocumentViewSet, DocumentViewSet
from api.views.drawdown import PreShipmentViewSet, ReservationViewSet
from api.views.duty import AbsenceViewSet, DelegationViewSet, ShiftViewSet
from api.views.events import EventViewSet
from api.views.exercises import ExerciseViewSet, ImprovementViewSet
from api.views.exit_reach import ExitReachViewSet
from api.views.exits import ExitViewSet
from api.views.granted import GrantedViewSet
from api.views.guidance import GuidanceViewSet
from api.views.hits import HitViewSet
from api.views.joint import JointEffectViewSet
from api.views.liaison import LiaisonPackageViewSet
from api.views.licences import LicenceViewSet, VerificationView
from api.views.lists import ListEntryViewSet, ScreeningListViewSet
from api.views.mandates import MandateViewSet
from api.views.measures import CrisisReachViewSet, MeasuresViewSet
from api.views.messages import CaseMessageViewSet
from api.views.notices import NoticeViewSet
from api.views.officers import CaseAllocationViewSet, CaseReassignmentViewSet, OfficerViewSet
from api.views.offline import OfflineTokenViewSet, OfflineUseViewSet
from api.views.oversight import (
    BurdenViewSet,
    CoordinationViewSet,
    IntermediaryViewSet,
    ReadinessViewSet,
    SituationViewSet,
)
from api.views.pairs import ClearedPairViewSet
from api.views.prepositions import PrepositionViewSet
from api.views.questions import InformationRequestViewSet
from api.views.queue import QueueViewSet, SearchViewSet
from api.views.reports import SituationReportViewSet
from api.views.reviews import ReviewViewSet
from api.views.screening import MatchView, YenteMatchView
from api.views.shipments import ShipmentViewSet
from api.views.suspicions import SuspiciousOrderViewSet
from api.views.tables import ApplicationTableViewSet
from api.views.traders import TraderViewSet
from api.views.uses import UseViewSet
from api.views.waivers import WaiverViewSet
from api.views.webhooks import WebhookViewSet
from api.views.written import CharterVersionViewSet, MeasureVersionViewSet

router = SimpleRouter(use_regex_path=False)
router.register("applications", ApplicationViewSet, basename="application")
router.register("cases", CaseViewSet, basename="case")
router.register("consultations", ConsultationViewSet, basename="consultation")
router.register("positions", PositionViewSet, basename="position")
router.register("decisions", DecisionViewSet, basename="decision")
router.register("information-requests", InformationRequestViewSet, basename="information-request")
router.register("stops", StopViewSet, basename="stop")
router.register("hits", HitViewSet, basename="hit")
router.register("officers", OfficerViewSet, basename="officer")
router.register("notices", NoticeViewSet, basename="notice")
router.register("cleared-pairs", ClearedPairViewSet, basename="cleared-pair")
router.register("licences", LicenceViewSet, basename="licence")
router.register("licence-changes", LicenceChangeViewSet, basename="licence-change")
router.register("charters", CharterViewSet, basename="charter")
router.register("charter-versions", CharterVersionViewSet, basename="charter-version")
router.register("measures", MeasuresViewSet, basename="measures")
router.register("measure-versions", MeasureVersionViewSet, basename="measure-version")
router.register("crises", CrisisViewSet, basename="crisis")
router.register("exercises", ExerciseViewSet, basename="exercise")
router.register("improvements", ImprovementViewSet, basename="improvement")
router.register("appetite", AppetiteViewSet, basename="appetite")
router.register("delegations", DelegationViewSet, basename="delegation")
router.register("shifts", ShiftViewSet, basename="shift")
router.register("absences", AbsenceViewSet, basename="absence")
router.register("prepositions", PrepositionViewSet, basename="preposition")
router.register("guidance", GuidanceViewSet, basename="guidance")
router.register("joint-effects", JointEffectViewSet, basename="joint-effect")
router.register("situation-reports", SituationReportViewSet, basename="situation-report")
router.register("liaison-packages", LiaisonPackageViewSet, basename="liaison-package")
router.register("shipments", ShipmentViewSet, basename="shipment")
router.register("confirmations", ConfirmationViewSet, basename="confirmation")
router.register("checks", CheckViewSet, basename="check")
router.register("mandates", MandateViewSet, basename="mandate")
router.register("traders", TraderViewSet, basename="trader")
router.register("waivers", WaiverViewSet, basename="waiver")
router.register("authorisations", AuthorisationViewSet, basename="authorisation")
router.register("registrations", RegistrationViewSet, basename="registration")
router.register("uses", UseViewSet, basename="use")
router.register("granted-authorisations", GrantedViewSet, basename="granted-authorisation")
router.register("bars", BarViewSet, basename="bar")
router.register("criteria", CriterionViewSet, basename="criterion")
router.register("grounds", GroundViewSet, basename="ground")
router.register("blind-pairs", BlindPairViewSet, basename="blind-pair")
router.register("denials", DenialViewSet, basename="denial")
router.register("denial-imports", DenialImportViewSet, basename="denial-import")
router.register("undercut-checks", UndercutCheckViewSet, basename="undercut-check")
router.register("suspicious-orders", SuspiciousOrderViewSet, basename="suspicious-order")
router.register("events", EventViewSet, basename="event")
router.register("webhooks", WebhookViewSet, basename="webhook")

app_name = "api"
urlpatterns = [
    path("cases/<str:reference>/clocks/", ClockViewSet.as_view({"get": "list"}), name="clock-list"),
    path(
        "cases/<str:reference>/clocks/<uuid:uid>/",
        ClockViewSet.as_view({"get": "retrieve"}),
        name="clock-file",
    ),
    path(
        "cases/<str:reference>/clocks/<uuid:uid>/recount/",
        ClockViewSet.as_view({"post": "recount"}),
        name="clock-recount",
    ),
    path(
        "cases/<str:reference>/reassignment/",
        CaseReassignmentViewSet.as_view({"post": "reassign"}),
        name="case-reassignment",
    ),
    path("case-allocations/", CaseAllocationViewSet.as_view({"post": "create"}), name="case-allocations"),
    path(
        "cases/<str:reference>/notes/",
        CaseNoteViewSet.as_view({"get": "list", "post": "create"}),
        name="case-notes",
    ),
    path("cases/<str:reference>/timeline/", TimelineViewSet.as_view({"get": "list"}), name="case-timeline"),
    path(
        "cases/<str:reference>/dossier/",
        CaseDossierViewSet.as_view({"get": "retrieve"}),
        name="case-dossier",
    ),
    path(
        "cases/<str:reference>/parties/",
        CasePartiesViewSet.as_view({"get": "retrieve"}),
        name="case-parties",
    ),
    path(
        "licences/<str:number>/consents/",
        ConsentViewSet.as_view({"get": "list", "post": "create"}),
        name="consent-list",
    ),
    path(
        "licences/<str:number>/consents/<uuid:uid>/",
        ConsentViewSet.as_view({"get": "retrieve"}),
        name="consent",
    ),
    path(
        "cases/<str:reference>/messages/",
        CaseMessageViewSet.as_view({"get": "list", "post": "create"}),
        name="message-list",
    ),
    path(
        "cases/<str:reference>/messages/<uuid:uid>/",
        CaseMessageViewSet.as_view({"get": "retrieve"}),
        name="message",
    ),
    path(
        "cases/<str:reference>/messages/<uuid:uid>/signature/",
        CaseMessageViewSet.as_view({"get": "signature"}),
        name="message-signature",
    ),
    path(
        "cases/<str:reference>/messages/<uuid:uid>/reading/",
        CaseMessageViewSet.as_view({"post": "reading"}),
        name="message-reading",
    ),
    path(
        "cases/<str:reference>/messages/<uuid:uid>/acknowledgement/",
        CaseMessageViewSet.as_view({"post": "acknowledgement"}),
        name="message-acknowledgement",
    ),
    path(
        "authorisations/<slug:key>/uses/<str:reference>/",
        AuthorisationViewSet.as_view({"get": "use"}),
        name="authorisation-use",
    ),
    path(
        "traders/<str:reference>/parts/<slug:element>/",
        TraderViewSet.as_view({"post": "answer"}),
        name="trader-part",
    ),
    path(
        "waivers/<str:reference>/reports/<str:number>/review/",
        WaiverViewSet.as_view({"post": "review"}),
        name="waiver-report-review",
    ),
    path(
        "applications/<str:reference>/documents/",
        ApplicationDocumentViewSet.as_view({"get": "list", "post": "create"}),
        name="application-documents",
    ),
    path(
        "applications/<str:reference>/documents/<uuid:uid>/",
        ApplicationDocumentViewSet.as_view({"delete": "destroy"}),
        name="application-document",
    ),
    path(
        "applications/<str:reference>/tables/<slug:section>/",
        ApplicationTableViewSet.as_view({"get": "retrieve", "post": "load"}),
        name="application-table",
    ),
    path(
        "cases/<str:reference>/documents/",
        CaseDocumentViewSet.as_view({"get": "list"}),
        name="case-documents",
    ),
    path("documents/<uuid:uid>/", DocumentViewSet.as_view({"get": "retrieve"}), name="document"),
    path(
        "documents/<uuid:uid>/content/",
        DocumentViewSet.as_view({"get": "content"}),
        name="document-content",
    ),
    path(
        "exercises/<uuid:uid>/situations/<int:number>/closure/",
        ExerciseViewSet.as_view({"post": "situation_closure"}),
        name="exercise-situation-closure",
    ),
    path("crises/<str:reference>/reviews/", ReviewViewSet.as_view({"get": "list"}), name="reviews"),
    path("crises/<str:reference>/reach/", CrisisReachViewSet.as_view({"get": "list"}), name="crisis-reach"),
    path("crises/<str:reference>/exit/", ExitViewSet.as_view({"get": "retrieve"}), name="exit-plan"),
    path(
        "crises/<str:reference>/exit/facts/<slug:name>/",
        ExitReachViewSet.as_view({"get": "fact"}),
        name="exit-fact",
    ),
    path(
        "crises/<str:reference>/exit/steps/<slug:step>/touched/",
        ExitReachViewSet.as_view({"get": "touched"}),
        name="exit-touched",
    ),
    path(
        "crises/<str:reference>/exit/ending/",
        ExitReachViewSet.as_view({"get": "ending"}),
        name="exit-ending",
    ),
    path(
        "crises/<str:reference>/comparison/",
        ExitReachViewSet.as_view({"get": "comparison"}),
        name="crisis-comparison",
    ),
    *(
        path(
            f"crises/<str:reference>/exit/steps/<slug:step>/{name}/",
            ExitViewSet.as_view({"post": name}),
            name=f"exit-{name}",
        )
        for name in ("propose", "withdraw", "reverse")
    ),
    path(
        "licences/<str:number>/reservations/",
        ReservationViewSet.as_view({"get": "list", "post": "create"}),
        name="reservation-list",
    ),
    path(
        "licences/<str:number>/reservations/<uuid:uid>/",
        ReservationViewSet.as_view({"get": "retrieve"}),
        name="reservation",
    ),
    *(
        path(
            f"licences/<str:number>/reservations/<uuid:uid>/{name}/",
            ReservationViewSet.as_view({"post": name}),
            name=f"reservation-{name}",
        )
        for name in ("confirmation", "release", "correction", "cancellation")
    ),
    *(
        path(
            f"licences/<str:number>/{name}/",
            LicenceActsViewSet.as_view({"post": name}),
            name=f"licence-{name}",
        )
        for name in (
            "changes",
            "surrender",
            "replacement",
            "suspension",
            "reinstatement",
            "revocation",
            "exhaustion",
        )
    ),
    path(
        "licences/<str:number>/offline-tokens/",
        OfflineTokenViewSet.as_view({"post": "create"}),
        name="take-offline-token",
    ),
    path("offline-tokens/", OfflineTokenViewSet.as_view({"get": "list"}), name="offline-token-list"),
    path(
        "offline-tokens/<uuid:uid>/",
        OfflineTokenViewSet.as_view({"get": "retrieve"}),
        name="offline-token",
    ),
    path(
        "offline-uses/",
        OfflineUseViewSet.as_view({"get": "list", "post": "create"}),
        name="offline-use-list",
    ),
    path(
        "customs-files/",
        CustomsFileViewSet.as_view({"get": "list", "post": "create"}),
        name="customs-file-list",
    ),
    path(
        "customs-files/licences/",
        CustomsFileViewSet.as_view({"post": "licences"}),
        name="customs-file-licences",
    ),
    path(
        "customs-files/<uuid:uid>/",
        CustomsFileViewSet.as_view({"get": "retrieve"}),
        name="customs-file",
    ),
    path("pre-shipment-check/", PreShipmentViewSet.as_view({"post": "create"}), name="pre-shipment-check"),
    path("licences/<str:number>/verification/", VerificationView.as_view(), name="licence-verification"),
    path(
        "licences/<str:number>/credential/",
        CredentialViewSet.as_view({"get": "credential"}),
        name="licence-credential",
    ),
    path("border-pack/", CredentialViewSet.as_view({"get": "pack"}), name="border-pack"),
    path("credential-verification/", CredentialVerificationView.as_view(), name="credential-verification"),
    path("queue/", QueueViewSet.as_view({"get": "list"}), name="queue"),
    path("search/", SearchViewSet.as_view({"get": "list"}), name="search"),
    *(
        path(f"{name}/", viewset.as_view({"get": "list"}), name=name)
        for name, viewset in (
            ("situation", SituationViewSet),
            ("readiness", ReadinessViewSet),
            ("coordination", CoordinationViewSet),
            ("intermediaries", IntermediaryViewSet),
            ("burden", BurdenViewSet),
        )
    ),
    path("screening/lists/", ScreeningListViewSet.as_view({"get": "list"}), name="screening-lists"),
    path(
        "screening/lists/<slug:key>/",
        ScreeningListViewSet.as_view({"get": "retrieve"}),
        name="screening-list",
    ),
    path(
        "screening/lists/<slug:key>/entries/<path:entry_id>/",
        ScreeningListViewSet.as_view({"get": "entry"}),
        name="screening-entry",
    ),
    path("screening/entries/", ListEntryViewSet.as_view({"get": "list"}), name="screening-entries"),
    path("screening/match", MatchView.as_view(), name="screening-match"),
    path("yente/match/<str:dataset>", YenteMatchView.as_view(), name="yente-match"),
    *router.urls,
    path("openapi.json", SpectacularJSONAPIView.as_view(), name="schema"),
    path(  # in two parts, for the content security policy drops a script that stands in its page
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="public/api_docs.html"),
        name="docs",
    ),
]
