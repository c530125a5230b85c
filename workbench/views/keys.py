"""The keys a member signs with: which sign, which did, rotating them and letting one not count any more."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import NotFound
from members import issuing, policies, services
from members.models import IssuerKey
from pages.answers import posted
from workbench.forms.keys import RevokeKeyForm
from workbench.views.common import attempt, done, me

PAGE = "administration:keys"


@login_required
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """The keys of the officer's member; its administrator rotates and revokes them."""
    user = me(request)
    assert user.authority is not None
    member = user.authority.jurisdiction
    context = {
        "member": member,
        "did": issuing.did_of(member.code),
        "keys": IssuerKey.objects.visible_to(user).select_related("made_by", "revoked_by"),
        "verdict": policies.can_keep_keys(user, member),
        "zone": member.timezone,
    }
    return render(request, "workbench/administration/keys.html", context)


@login_required
@require_POST
def rotate(request: HttpRequest) -> HttpResponse:
    user = me(request)
    assert user.authority is not None
    services.rotate_issuer_key(actor=user, member=user.authority.jurisdiction)
    return done(
        request, _("A new key signs from now on. What the former one signed goes on to verify."), PAGE
    )


@login_required
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask from when on nothing that a key signed counts, and why."""
    user = me(request)
    key = IssuerKey.objects.visible_to(user).select_related("jurisdiction").filter(uid=uid).first()
    if key is None:
        raise NotFound()
    form = RevokeKeyForm(posted(request))
    if form.is_bound and form.is_valid():
        since = _instant(form, key.jurisdiction.timezone)

        def act() -> None:
            services.revoke_issuer_key(actor=user, key=key, since=since, reason=form.cleaned_data["reason"])

        if attempt(form, act, {"since": "day"}) is True:
            return done(request, _("The key is revoked, and every verifier is told so."), PAGE)
    context = {
        "form": form,
        "key": key,
        "verdict": policies.can_keep_keys(user, key.jurisdiction),
        "zone": key.jurisdiction.timezone,
    }
    status = 422 if form.is_bound else 200
    return render(request, "workbench/administration/key_revoke.html", context, status=status)


def _instant(form: RevokeKeyForm, zone: str) -> datetime:
    given = form.cleaned_data
    return datetime.combine(given["day"], given["time"], tzinfo=ZoneInfo(zone))
