"""Order and pages of lists, from the address alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

PAGE_SIZE = 25


def order(request: HttpRequest, allowed: Mapping[str, str], default: str) -> list[str]:
    """Return the ORM order that `?sort=` asks for among the allowed columns, else the default; then by key.

    `allowed` maps the column's name in the address to a field: {"due": "next_due_at"}.
    """
    asked = request.GET.get("sort", "")
    column, falling = asked.removeprefix("-"), asked.startswith("-")
    if column not in allowed:
        column, falling = default.removeprefix("-"), default.startswith("-")
    sign = "-" if falling else ""
    return [f"{sign}{allowed[column]}", f"{sign}pk"]


def page_of(request: HttpRequest, rows: Any, size: int = PAGE_SIZE, key: str = "page") -> Page[Any]:
    """Return the page that `?page=` asks for; the nearest there is for a number out of range. A second list of a
    page has a key of its own."""
    return Paginator(rows, size).get_page(request.GET.get(key))
