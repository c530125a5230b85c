"""What every request of a sandbox passes: the gate, and the marks by which it is known for one."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config.sandbox import life, tenant
from core import clock
from ledger import offers

Next = Callable[[HttpRequest], HttpResponse]


class Sandbox:
    """Mark every answer, and let what follows from a request happen."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with tenant.GATE.inside(), offers.withheld():
            response = self.get_response(request)
        response.headers["Entente-Sandbox"] = "true"
        response.headers["Entente-Sandbox-Clock"] = clock.now().isoformat(timespec="seconds")
        life.WAKE.set()
        return response
