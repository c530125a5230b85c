"""What the exporter's pages share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from core.errors import Forbidden, NotFound
from licensing.models import Application
from members.models import Mandate, User

P = ParamSpec("P")


class ExporterRequest(HttpRequest):
    """A request of a person who belongs to an exporter's organisation."""

    user: User
    acting_for: Mandate | None = None


View = Callable[Concatenate[ExporterRequest, P], HttpResponse]


def exporters_only(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let only people through who belong to an organisation; others are told where to go."""

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.organisation_ids:
            raise Forbidden("These pages are for people of an exporter's organisation.")
        return view(request, *args, **kwargs)

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponse]", guarded)


def act_for(request: ExporterRequest, application: Application) -> None:
    """Let the page say for whom it is read and acted, where that is not the person's own organisation."""
    mandate = application.mandate
    if mandate is not None and application.organisation_id not in request.user.organisation_ids:
        request.acting_for = mandate


def own_application(request: ExporterRequest, reference: str) -> Application:
    """Return one of the person's applications, their own or filed under a mandate; NotFound alike for a foreign
    and an absent one."""
    found = (
        Application.objects.visible_to(request.user)  # type: ignore[attr-defined]
        .select_related("organisation__jurisdiction", "mandate__agent", "mandate__principal", "replaces")
        .filter(reference=reference)
        .first()
    )
    if found is None:
        raise NotFound()
    application: Application = found
    act_for(request, application)
    return application


def form_status(form: Any) -> int:
    """422 for a form that came back with errors."""
    return 422 if form.is_bound and form.errors else 200
