"""What is asked for and sent: `application/taxii+json;version=2.1`, and answers that are refused otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from api.parsers import BoundedJSONParser

TAXII = "application/taxii+json;version=2.1"
STIX = "application/stix+json;version=2.1"
ANY = ("*/*", "application/*")


class TaxiiRenderer(JSONRenderer):
    media_type = TAXII
    format = "taxii"
    charset = None


class TaxiiParser(BoundedJSONParser):
    media_type = "application/taxii+json"


def acceptable(accept: str) -> bool:
    """Whether an Accept header takes what is served: TAXII of version 2.1, or of any; nothing said is anything."""
    ranges = [part.replace(" ", "").lower().split(";") for part in accept.split(",") if part.strip()]
    return not ranges or any(_takes(one) for one in ranges)


def _takes(parts: list[str]) -> bool:
    kind, told = parts[0], dict(part.partition("=")[::2] for part in parts[1:])
    if told.get("q", "").strip('"') in ("0", "0.0", "0.00", "0.000"):
        return False
    if kind in ANY:
        return True
    return kind == "application/taxii+json" and told.get("version", "2.1").strip('"') == "2.1"


class TaxiiNegotiation(BaseContentNegotiation):
    """One answer is written in one way; who does not take that is told which it is (406)."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        sent = str(request.content_type or "").replace(" ", "").lower().split(";")
        told = dict(part.partition("=")[::2] for part in sent[1:])
        fits = sent[0] == "application/taxii+json" and told.get("version", "2.1").strip('"') == "2.1"
        return next(iter(parsers)) if fits else None

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> Any:
        if not acceptable(request.META.get("HTTP_ACCEPT", "")):
            raise NotAcceptable(f"Only {TAXII} is served here: ask for that with Accept.")
        return next(iter(renderers)), TAXII
