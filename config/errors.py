"""Domain errors become pages here, and nowhere else (the API has its own form of them)."""

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from api.problems import CONTENT_TYPE, details
from core.errors import (
    Blocked,
    EntenteError,
    Failed,
    Forbidden,
    FormExpired,
    IllegalTransition,
    MethodNotAllowed,
    NotFound,
    Stale,
    TooLarge,
    meaning,
)


class DomainErrors:
    """Answer a domain error with its page and status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return refusal(request, NotFound(_("No address has a null character.")))
        answer = self.get_response(request)
        if answer.status_code == MethodNotAllowed.status and not answer.content:
            said = refusal(
                request, MethodNotAllowed(_("Nothing is shown here; a form is sent to this address."))
            )
            said["Allow"] = answer.headers.get("Allow", "")
            return said
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, TransitionNotAllowed):
            exception = IllegalTransition(_("This step is not possible in the present state."))
        return refusal(request, exception) if isinstance(exception, EntenteError) else None


def refusal(request: HttpRequest, error: EntenteError) -> HttpResponse:
    """Render what was refused, why, and what would help."""
    if request.path.startswith("/api/"):
        return _problem(error)
    context = {
        "error": error,
        "blockers": error.blockers if isinstance(error, Blocked) else [],
        "texts": {"theirs": error.theirs, "yours": error.yours} if isinstance(error, Stale) else None,
    }
    templates = [f"errors/{error.status}.html", "errors/refusal.html"]
    return render(request, templates, context, status=error.status)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer alike for an address that does not exist and a thing that is not the reader's to see."""
    return refusal(request, NotFound(_("Nothing was found at this address.")))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, Forbidden(str(exception) or _("You may not do this.")))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what the framework refuses before a view sees it, without repeating what was sent."""
    kind = TooLarge if isinstance(exception, RequestDataTooBig) else EntenteError
    return refusal(request, kind(meaning(kind)))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return refusal(request, FormExpired(meaning(FormExpired)))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer without template context or database: either may be what failed."""
    if request.path.startswith("/api/"):
        return _problem(Failed(meaning(Failed)))
    return render(request, "errors/500.html", status=500)


def _problem(error: EntenteError) -> JsonResponse:
    """Answer what fails before the API's own views are reached as they would."""
    return JsonResponse(details(error), status=error.status, content_type=CONTENT_TYPE)
