"""Domain errors become pages here, and nowhere else (the API has its own form of them)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from core.errors import Blocked, EntenteError, IllegalTransition, NotFound, Stale


class DomainErrors:
    """Answer a domain error with its page and status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, TransitionNotAllowed):
            exception = IllegalTransition(_("This step is not possible in the present state."))
        return refusal(request, exception) if isinstance(exception, EntenteError) else None


def refusal(request: HttpRequest, error: EntenteError) -> HttpResponse:
    """Render what was refused, why, and what would help."""
    if request.path.startswith("/api/"):
        return _problem(error.status, error.code, str(error.title), error.detail)
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
    error = EntenteError(str(exception) or _("You may not do this."))
    error.status, error.code, error.title = 403, "forbidden", _("You may not do this")
    return refusal(request, error)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what the framework refuses before a view sees it, without repeating what was sent."""
    return refusal(request, EntenteError(_("The request is malformed or too large.")))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    error = EntenteError(
        _("The form has expired or cookies are blocked. Go back, reload the page, try again.")
    )
    error.status, error.code, error.title = 403, "form-expired", _("The form could not be accepted")
    return refusal(request, error)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer without template context or database: either may be what failed."""
    title = _("Something went wrong on our side")
    if request.path.startswith("/api/"):
        return _problem(500, "server-error", title, _("The failure has been recorded. Try again later."))
    return render(request, "errors/500.html", status=500)


def _problem(status: int, code: str, title: str, detail: str) -> JsonResponse:
    """Build problem details (RFC 9457) for what fails before the API's own views are reached."""
    body = {"type": f"/problems/{code}", "title": title, "status": status, "detail": detail, "code": code}
    return JsonResponse(body, status=status, content_type="application/problem+json")
