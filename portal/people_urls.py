"""Addresses of organisation pages."""

from django.urls import path

from portal.views import organisation

app_name = "organisation"

urlpatterns = [
    path("", organisation.listing, name="list"),
    path("register/", organisation.register, name="register"),
    path("<uuid:uid>/", organisation.page, name="page"),
    path("<uuid:uid>/correct/", organisation.correct, name="correct"),
    path("<uuid:uid>/invite/", organisation.invite, name="invite"),
    path(
        "<uuid:uid>/invitations/<uuid:invitation>/withdraw/",
        organisation.withdraw_invitation,
        name="withdraw-invitation",
    ),
    path("<uuid:uid>/members/<uuid:person>/role/", organisation.change_role, name="change-role"),
    path("<uuid:uid>/members/<uuid:person>/remove/", organisation.remove_member, name="remove-member"),
    path("<uuid:uid>/members/<uuid:person>/recover/", organisation.recover_member, name="recover-member"),
    path("<uuid:uid>/clients/", organisation.register_client, name="register-client"),
    path("<uuid:uid>/clients/<int:client>/revoke/", organisation.revoke_client, name="revoke-client"),
]
