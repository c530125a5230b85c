"""How well members coordinate: the trend over crises and exercises."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from escalation import coordination
from pages.drawings import trend
from workbench.views.common import me


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Show each figure over crises and exercises, as a drawing and in a table."""
    occasions = coordination.trend(me(request))
    pictures = [
        (title, unit, less, trend.draw([(one.kind, getattr(one.found, name, None)) for one in occasions]))
        for name, title, unit, less in coordination.metrics()
    ]
    context = {"occasions": occasions, "pictures": pictures}
    return render(request, "workbench/coordination.html", context)
