"""Addresses of the workbench."""

from django.urls import path, re_path

from workbench.views import cases, decisions, denials, hits, licences, lists, positions, queue

app_name = "workbench"

urlpatterns = [
    path("", queue.queue, name="queue"),
    re_path("^queue/(?P<view>mine|ours|all)/$", queue.queue, name="queue-view"),
    path("queue/allocate/", queue.allocate, name="allocate"),
    path("search/", queue.search, name="search"),
    path("lists/", lists.lists, name="lists"),
    path("lists/<slug:list_key>/", lists.changes, name="list"),
    path("denials/", denials.denials, name="denials"),
    path("denials/<str:reference>/", denials.denial, name="denial"),
    # one case
    path("cases/<str:reference>/", cases.overview, name="case"),
    path("cases/<str:reference>/parties/", cases.parties, name="parties"),
    path("cases/<str:reference>/dossier/", cases.dossier, name="dossier"),
    path("cases/<str:reference>/documents/<uuid:uid>/", cases.document, name="document"),
    path("cases/<str:reference>/consultations/", cases.consultations, name="consultations"),
    path("cases/<str:reference>/questions/", cases.questions, name="questions"),
    path("cases/<str:reference>/questions/ask/", cases.ask, name="ask"),
    path("cases/<str:reference>/decision/", decisions.decision, name="decision"),
    path("cases/<str:reference>/decision/<str:kind>/", decisions.propose, name="propose"),
    path("cases/<str:reference>/notes/", cases.notes, name="notes"),
    path("cases/<str:reference>/timeline/", cases.timeline, name="timeline"),
    path("cases/<str:reference>/licence/", licences.of_case, name="licence"),
    path("cases/<str:reference>/clock/", cases.clock, name="clock"),
    path("cases/<str:reference>/present/", cases.present, name="present"),
    path("cases/<str:reference>/claim/", cases.claim, name="claim"),
    path("cases/<str:reference>/release/", cases.release, name="release"),
    path("cases/<str:reference>/reassign/", cases.reassign, name="reassign"),
    path("cases/<str:reference>/refer-up/", cases.refer_up, name="refer-up"),
    path("cases/<str:reference>/confirm-routing/", cases.confirm_routing, name="confirm-routing"),
    # what belongs to a case
    path("consultations/<uuid:uid>/position/", positions.take, name="take-position"),
    path("consultations/<uuid:uid>/claim/", positions.claim, name="claim-consultation"),
    path("consultations/<uuid:uid>/release/", positions.release, name="release-consultation"),
    path("positions/<uuid:uid>/countersign/", positions.countersign, name="countersign-position"),
    path("positions/<uuid:uid>/return/", positions.send_back, name="return-position"),
    path("questions/<uuid:uid>/withdraw/", cases.withdraw_question, name="withdraw-question"),
    path("hits/<uuid:uid>/", hits.hit, name="hit"),
    path("hits/<uuid:uid>/clear/", hits.clear, name="clear-hit"),
    path("hits/<uuid:uid>/confirm-clear/", hits.confirm_clear, name="confirm-clear"),
    path("hits/<uuid:uid>/reject-clear/", hits.reject_clear, name="reject-clear"),
    path("hits/<uuid:uid>/unsure/", hits.mark_unsure, name="unsure-hit"),
    path("hits/<uuid:uid>/confirm-match/", hits.confirm_match, name="confirm-match"),
    path("decisions/<uuid:uid>/countersign/", decisions.countersign, name="countersign-decision"),
    path("decisions/<uuid:uid>/return/", decisions.send_back, name="send-back-decision"),
    path("licences/<str:number>/", licences.licence, name="licence-page"),
    path("licences/<str:number>/pdf/", licences.printed, name="licence-pdf"),
    path("licences/<str:number>/<str:name>/", licences.change, name="change-licence"),
]
