"""The start page and the statements about the service."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pages.navigation import links


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    signed_in = request.user.is_authenticated
    return render(request, "public/home.html", {"work": links(request, "main") if signed_in else []})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "public/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "public/privacy.html")
