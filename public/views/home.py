"""The start page and the statements about the service."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import errors
from members import selectors
from pages.navigation import links


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    signed_in = request.user.is_authenticated
    return render(request, "public/home.html", {"work": links(request, "main") if signed_in else []})


@require_safe
def members(request: HttpRequest) -> HttpResponse:
    """Show the members, and which of them cannot answer now; why is told to officers only."""
    away = {absence.jurisdiction_id: absence for absence in selectors.absences()}
    rows = [(one, away.get(one.code)) for one in selectors.jurisdictions()]
    if request.GET.get("format") == "json":
        told = [
            {
                "code": one.code,
                "name": one.name,
                "online": absence is None,
                "offline_since": absence.declared_at if absence else None,
                "until": absence.until if absence else None,
            }
            for one, absence in rows
        ]
        return JsonResponse({"members": told})
    return render(request, "public/members.html", {"rows": rows})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "public/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "public/privacy.html")


@require_safe
def problems(request: HttpRequest, code: str = "") -> HttpResponse:
    """Explain the types of problem that the API answers with (RFC 9457), or one of them."""
    found = [
        {"code": kind.code, "status": kind.status, "title": kind.title, "meaning": errors.meaning(kind)}
        for kind in errors.types()
        if code in ("", kind.code)
    ]
    if not found:
        raise Http404
    return render(request, "public/problems.html", {"problems": found, "code": code})
