"""Addresses of the exporter's door."""

from django.urls import path

from portal.views import applications, authorisations, clocks, licences, sections, shipments, traders, waivers

app_name = "portal"
DRAFT = "applications/<str:reference>"
urlpatterns = [
    path("applications/", applications.dashboard, name="dashboard"),
    path("applications/start/", applications.start, name="start"),
    path("applications/aid/", applications.aid, name="aid"),
    path("applications/is-a-licence-needed/", licences.need, name="need"),
    path(f"{DRAFT}/", applications.application, name="application"),
    path(f"{DRAFT}/check/", sections.check, name="check"),
    path(f"{DRAFT}/confirmation/", applications.confirmation, name="confirmation"),
    path(f"{DRAFT}/withdraw/", applications.withdraw, name="withdraw"),
    path(f"{DRAFT}/copy/", applications.copy, name="copy"),
    path(f"{DRAFT}/clock/", clocks.clocks, name="clocks"),
    path(f"{DRAFT}/clock/<uuid:uid>/", clocks.derivation, name="derivation"),
    path(f"{DRAFT}/documents/", sections.documents, name="documents"),
    path(f"{DRAFT}/documents/<uuid:uid>/remove/", sections.detach, name="detach"),
    path(f"{DRAFT}/<slug:section>/", sections.section, name="section"),
    path(f"{DRAFT}/<slug:section>/all/", sections.listing, name="list"),
    path(f"{DRAFT}/<slug:section>/add/", sections.entry, name="add"),
    path(f"{DRAFT}/<slug:section>/<int:number>/", sections.entry, name="entry"),
    path(f"{DRAFT}/<slug:section>/<int:number>/remove/", sections.remove, name="remove"),
    path("questions/<uuid:uid>/", applications.question, name="question"),
    path("documents/<uuid:uid>/", applications.document, name="document"),
    path("waivers/", waivers.listing, name="waivers"),
    path("waivers/<str:reference>/", waivers.waiver, name="waiver"),
    path("waivers/<str:reference>/report/", waivers.report, name="report-waiver"),
    path("waivers/<str:reference>/report/<int:number>/", waivers.receipt, name="waiver-receipt"),
    path("registrations/", authorisations.listing, name="registrations"),
    path("registrations/for/<slug:key>/", authorisations.register, name="register"),
    path("registrations/<str:reference>/", authorisations.registration, name="registration"),
    path("registrations/<str:reference>/use/", authorisations.use, name="use-authorisation"),
    path("registrations/<str:reference>/report/", authorisations.report, name="report-registration"),
    path("registrations/<str:reference>/end/", authorisations.end, name="end-registration"),
    path("uses/<str:reference>/", authorisations.answer, name="use"),
    path("uses/<str:reference>/apply/", authorisations.apply_instead, name="apply-instead"),
    path("trusted/", traders.listing, name="trusted"),
    path("trusted/<uuid:uid>/", traders.standing, name="trusted-of"),
    path("trusted/<uuid:uid>/begin/", traders.begin, name="begin-trusted"),
    path("trusted/<uuid:uid>/parts/<slug:element>/", traders.part, name="trusted-part"),
    path("trusted/<uuid:uid>/certificate/", traders.certificate, name="trusted-certificate"),
    path("trusted/<uuid:uid>/apply/", traders.apply, name="apply-trusted"),
    path("trusted/<uuid:uid>/regain/", traders.regain, name="regain-trusted"),
    path("trusted/<uuid:uid>/give-up/", traders.give_up, name="give-up-trusted"),
    path("licences/", licences.listing, name="licences"),
    path("licences/<str:number>/", licences.licence, name="licence"),
    path("licences/<str:number>/shipments/", shipments.of_licence, name="licence-shipments"),
    path("licences/<str:number>/shipments/declare/", shipments.declare, name="declare-shipment"),
    path("shipments/", shipments.listing, name="shipments"),
    path("shipments/<str:reference>/", shipments.shipment, name="shipment"),
    path("shipments/<str:reference>/depart/", shipments.depart, name="depart-shipment"),
    path("shipments/<str:reference>/cancel/", shipments.cancel, name="cancel-shipment"),
    path("shipments/<str:reference>/deliver/", shipments.deliver, name="deliver-shipment"),
    path("shipments/<str:reference>/monitor/", shipments.monitor, name="monitor-shipment"),
    *(
        path(f"shipments/<str:reference>/{name}/", shipments.link, {"name": name}, name=f"{name}-shipment")
        for name in shipments.LINK_ACTS
    ),
    path("licences/<str:number>/pdf/", licences.pdf, name="licence-pdf"),
    path("licences/<str:number>/credential/<str:form>/", licences.credential, name="licence-credential"),
    path("licences/<str:number>/code.svg", licences.code, name="licence-code"),
    path("licences/<str:number>/widen/", licences.widen, name="widen-licence"),
]
