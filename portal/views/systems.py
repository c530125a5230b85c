"""Systems that act for people: what each may do, and the keys it signs in with."""

from __future__ import annotations

import json
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import Invalid, NotFound
from members import keys, oauth, policies, services
from members.models import ApiClient, User
from members.signin import audiences
from pages.answers import posted, refuse
from portal.forms.systems import KeysForm
from sharing import selectors


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def system(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a system that acts for the reader or for somebody they administer, and take its keys."""
    assert isinstance(request.user, User)
    found = ApiClient.objects.visible_to(request.user).select_related("user").filter(pk=pk).first()
    if found is None:
        raise NotFound()
    current = json.dumps({"keys": found.public_keys}, indent=2) if found.public_keys else ""
    form = KeysForm(posted(request), initial={"keys": current})
    if request.method == "POST" and form.is_valid():
        try:
            services.register_keys(actor=request.user, client=found, keys=form.cleaned_data["keys"])
        except Invalid as error:
            refuse(form, error)
        else:
            said = _("The keys are registered.") if form.cleaned_data["keys"] else _("The keys are gone.")
            messages.success(request, said)
            return redirect("account_system", pk=pk)
    context = {
        "system": found,
        "scopes": [(name, oauth.SCOPES.get(name, "")) for name in found.allowed_scopes],
        "keys": zip(found.public_keys, keys.thumbprints(found.public_keys), strict=True),
        "may_register": policies.can_register_keys(request.user, found),
        "audience": max(audiences()),
        "taxii": request.build_absolute_uri("/taxii2/") if "taxii:read" in found.allowed_scopes else "",
        "collections": polled(request.user, found),
        "form": form,
    }
    return render(request, "account/system.html", context, status=422 if form.errors else 200)


def polled(reader: User, system: ApiClient) -> list[tuple[str, str, UUID]]:
    """Return the collections that a system polls, if the reader may know of them: title, text, identifier."""
    if "taxii:read" not in system.allowed_scopes or not system.is_usable(None):
        return []
    both = selectors.collections(system.user).filter(pk__in=selectors.collections(reader).values("pk"))
    return [(selectors.title_of(one), selectors.description_of(one), one.uid) for one in both]
