"""The page that a third-party monitor opens by a link: what arrived, said by somebody without an account."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.errors import Gone, Invalid, NotFound
from enforcement.services import monitors
from members.models import User
from pages.answers import posted, refuse
from public.forms import MonitoredForm
from public.limits import at_most

#: Requests of one address in a minute: a monitor loads the page, sends it, and mends it a few times.
A_MINUTE = 30
View = Callable[..., HttpResponse]


def untraced(view: View) -> View:
    """Let the address of a page go nowhere: neither to another page nor into an index of search."""

    @wraps(view)
    def answer(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return answer


# The link is the whole of the credential, no session acts here, and without a referrer browsers send no origin
# either: a token against forgery would protect nothing and keep out whoever takes no cookies.
@csrf_exempt
@untraced
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@partial(at_most, A_MINUTE)
def delivery(request: HttpRequest, token: str) -> HttpResponse:
    """Ask what arrived, and take the answer; every link that is not open gets one and the same page."""
    try:
        return _delivery(request, token)
    except (Gone, NotFound) as over:
        return render(request, "public/delivery_over.html", status=over.status)


def _delivery(request: HttpRequest, token: str) -> HttpResponse:
    link = monitors.opened(token)
    shipment = link.shipment
    lines = list(shipment.lines.select_related("licence_line"))
    form = MonitoredForm(
        posted(request), request.FILES or None, lines=lines,
        initial={"person": link.person, "organisation": link.organisation},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        visitor = request.user if isinstance(request.user, User) else None
        try:
            made = monitors.report(token=token, visitor=visitor, **form.arguments())
            return render(request, "public/delivery_said.html", {"shipment": shipment, "made": made})
        except Invalid as error:
            error.fields = form.named(error.fields)
            refuse(form, error)
    context = {"shipment": shipment, "link": link, "form": form}
    return render(request, "public/delivery.html", context, status=422 if form.errors else 200)
