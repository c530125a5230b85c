"""Addresses of administration: organisations to vet, officers to look after."""

from django.urls import path

from workbench.views import administration as views
from workbench.views import duty, keys

app_name = "administration"

urlpatterns = [
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/<uuid:uid>/", views.organisation, name="organisation"),
    path("organisations/<uuid:uid>/vet/", views.vet, name="vet"),
    path("organisations/<uuid:uid>/refuse/", views.refuse_organisation, name="refuse"),
    path("organisations/<uuid:uid>/suspend/", views.suspend, name="suspend"),
    path("organisations/<uuid:uid>/reinstate/", views.reinstate, name="reinstate"),
    path("authorities/<uuid:uid>/signatures/", views.signatures, name="signatures"),
    path("deputies/", duty.deputies, name="deputies"),
    path("deputies/<uuid:uid>/end/", duty.end_delegation, name="end-delegation"),
    path("rota/", duty.rota, name="rota"),
    path("shifts/<uuid:uid>/remove/", duty.remove_shift, name="remove-shift"),
    path("offline/", duty.offline, name="offline"),
    path("absences/<uuid:uid>/end/", duty.end_absence, name="end-absence"),
    path("keys/", keys.keys, name="keys"),
    path("keys/rotate/", keys.rotate, name="rotate-key"),
    path("keys/<uuid:uid>/revoke/", keys.revoke, name="revoke-key"),
    path("people/", views.people, name="people"),
    path("people/invite/", views.invite, name="invite"),
    path("people/invitations/<uuid:uid>/withdraw/", views.withdraw_invitation, name="withdraw-invitation"),
    path("people/<uuid:uid>/", views.person, name="person"),
    path("people/<uuid:uid>/appoint/", views.appoint, name="appoint"),
    path("people/<uuid:uid>/grade/", views.grade, name="grade"),
    path("people/<uuid:uid>/dismiss/", views.dismiss, name="dismiss"),
    path("people/<uuid:uid>/remove/", views.remove, name="remove"),
    path("people/<uuid:uid>/recover/", views.recover, name="recover"),
    path("people/<uuid:uid>/clients/", views.register_client, name="register-client"),
    path("people/<uuid:uid>/clients/<int:client>/revoke/", views.revoke_client, name="revoke-client"),
]
