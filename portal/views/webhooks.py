"""Pages on which people look after the webhooks of their systems."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import EntenteError, NotFound
from correspondence import policies, selectors, services
from correspondence.models import WebhookEndpoint
from members.models import ApiClient, User
from pages.answers import posted, refuse
from pages.drawings import hours
from pages.lists import page_of
from portal.forms.webhooks import ChangeWebhookForm, RegisterWebhookForm, ReplayForm


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _found(request: HttpRequest, uid: UUID) -> WebhookEndpoint:
    rows = WebhookEndpoint.objects.visible_to(_me(request)).select_related("client__user")  # type: ignore[attr-defined]
    found: WebhookEndpoint | None = rows.filter(uid=uid).first()
    if found is None:
        raise NotFound()
    return found


def _systems(request: HttpRequest) -> Iterator[ApiClient]:
    """Yield the systems in use whose webhooks the person may look after, of those that may read events."""
    me = _me(request)
    rows = ApiClient.objects.visible_to(me).filter(revoked_at__isnull=True).select_related("user__authority")
    for client in rows.order_by("name", "pk"):
        if "events:read" in client.allowed_scopes and policies.can_manage_webhooks(me, client):
            yield client


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    context = {
        "rows": selectors.overview(_me(request)),
        "may_register": any(True for _system in _systems(request)),
    }
    return render(request, "portal/webhooks/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("made")
def register(request: HttpRequest) -> HttpResponse:
    """Register an address; a secret is shown once, on the answer."""
    systems = {str(client.pk): client for client in _systems(request)}
    choices = [(pk, f"{client.name} ({client.user})") for pk, client in systems.items()]
    asked = request.GET.get("system", "")
    form = RegisterWebhookForm(
        posted(request), systems=choices, initial={"system": asked if asked in systems else None}
    )
    if request.method == "POST" and form.is_valid():
        answers = dict(form.cleaned_data)
        client = systems[answers.pop("system")]
        try:
            made = services.register_webhook(actor=_me(request), client=client, **answers)
        except EntenteError as error:
            refuse(form, error)
        else:
            return _page(request, made.endpoint, made=made, status=201)
    context = {"form": form, "systems": choices}
    return render(request, "portal/webhooks/new.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
def page(request: HttpRequest, uid: UUID) -> HttpResponse:
    return _page(request, _found(request, uid))


@sensitive_variables("made")
def _page(
    request: HttpRequest,
    endpoint: WebhookEndpoint,
    *,
    made: services.KeyMade | None = None,
    replay: ReplayForm | None = None,
    status: int = 200,
) -> HttpResponse:
    counted = selectors.hours_of(endpoint)
    context = {
        "endpoint": endpoint,
        "keys": endpoint.keys.all(),
        "made": made,
        "verdict": policies.can_manage_webhooks(_me(request), endpoint.client),
        "behind": selectors.waits(endpoint),
        "picture": hours.draw([(hour.start, hour.delivered, hour.failed) for hour in counted]),
        "page": page_of(request, selectors.attempts_of(endpoint), 20),
        "letters": selectors.dead_letters_of(endpoint)[:50],
        "replay_form": replay or ReplayForm(prefix="replay"),
        "form": replay,
    }
    response = render(request, "portal/webhooks/page.html", context, status=status)
    if made is not None:
        response["Cache-Control"] = "no-store"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, uid: UUID) -> HttpResponse:
    endpoint = _found(request, uid)
    told = {"url": endpoint.url, "description": endpoint.description, "types": "\n".join(endpoint.types)}
    form = ChangeWebhookForm(posted(request), initial=told)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_webhook(actor=_me(request), endpoint=endpoint, **form.cleaned_data)
        except EntenteError as error:
            if not error.fields:
                raise
            refuse(form, error)
        else:
            messages.success(request, _("The webhook is changed."))
            return redirect("webhooks:page", uid=uid)
    verdict = policies.can_manage_webhooks(_me(request), endpoint.client)
    context = {"form": form, "endpoint": endpoint, "verdict": verdict}
    return render(request, "portal/webhooks/change.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def pause(request: HttpRequest, uid: UUID) -> HttpResponse:
    services.pause_webhook(actor=_me(request), endpoint=_found(request, uid))
    messages.success(request, _("The webhook is paused. What happens meanwhile waits for it."))
    return redirect("webhooks:page", uid=uid)


@login_required
@require_POST
def resume(request: HttpRequest, uid: UUID) -> HttpResponse:
    services.resume_webhook(actor=_me(request), endpoint=_found(request, uid))
    messages.success(request, _("The webhook goes on where it stopped."))
    return redirect("webhooks:page", uid=uid)


@login_required
@require_POST
def test(request: HttpRequest, uid: UUID) -> HttpResponse:
    services.send_test(actor=_me(request), endpoint=_found(request, uid))
    messages.success(
        request, _("A test is on its way. Load this page again in a few seconds to see its answer.")
    )
    return redirect("webhooks:page", uid=uid)


@login_required
@require_POST
@sensitive_variables("made")
def rotate(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give it a new key, of another scheme if one is chosen; a secret is shown once, on this answer."""
    endpoint = _found(request, uid)
    scheme = request.POST.get("scheme", "")[:3] or None
    made = services.rotate_key(actor=_me(request), endpoint=endpoint, scheme=scheme)
    return _page(request, made.endpoint, made=made)


@login_required
@require_POST
def replay(request: HttpRequest, uid: UUID) -> HttpResponse:
    endpoint = _found(request, uid)
    form = ReplayForm(request.POST, prefix="replay")
    if form.is_valid():
        try:
            services.replay_from(actor=_me(request), endpoint=endpoint, since=form.cleaned_data["since"])
        except EntenteError as error:
            if not error.fields:
                raise
            refuse(form, error)
        else:
            messages.success(request, _("Everything from there on is sent again, in its order."))
            return redirect("webhooks:page", uid=uid)
    return _page(request, endpoint, replay=form, status=422)


@login_required
@require_POST
def replay_letter(request: HttpRequest, uid: UUID, event: UUID) -> HttpResponse:
    services.replay_letter(actor=_me(request), endpoint=_found(request, uid), event=str(event))
    messages.success(request, _("The event is sent again, before what comes next."))
    return redirect("webhooks:page", uid=uid)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask once more, then end it."""
    endpoint = _found(request, uid)
    if request.method == "POST":
        services.remove_webhook(actor=_me(request), endpoint=endpoint)
        messages.success(request, _("The webhook is removed."))
        return redirect("webhooks:list")
    verdict = policies.can_manage_webhooks(_me(request), endpoint.client)
    return render(request, "portal/webhooks/remove.html", {"endpoint": endpoint, "verdict": verdict})
