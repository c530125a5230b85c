"""Pages of lists by an opaque cursor: stable while rows are added, and the same cost however deep."""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound as NoSuchCursor
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from api import lists
from core.errors import Invalid

LARGEST = 200


def limit_of(request: Request, usual: int, largest: int = LARGEST) -> int:
    """Return how many rows are asked for; Invalid for what is no number from 1 to the largest."""
    asked = request.query_params.get("limit", str(usual))
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10 and 1 <= int(asked) <= largest):
        raise Invalid.field("limit", _("Ask for 1 to %(largest)s rows at a time.") % {"largest": largest})
    return int(asked)


class NewestFirst(CursorPagination):
    page_size = 50
    max_page_size = LARGEST
    page_size_query_param = "limit"
    ordering = "-pk"

    def get_page_size(self, request: Request) -> int:
        return limit_of(request, self.page_size)

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """Return what `ordering` asks for, the newest first without it; rows alike stand by their age."""
        possible = lists.orderings(view)
        asked = request.query_params.get("ordering")
        if asked is not None and asked not in possible:
            raise Invalid.field("ordering", _("One of: %(names)s.") % {"names": ", ".join(possible)})
        found = (asked, "-pk") if asked else ("-pk",)
        meta = queryset.model._meta
        self._ordered_by = meta.pk if asked is None else meta.get_field(found[0].lstrip("-"))
        return found

    def decode_cursor(self, request: Request) -> Any:
        try:
            cursor = super().decode_cursor(request)
            if (
                cursor is not None
                and not (cursor.position or cursor.offset)
                and request.query_params["cursor"]
            ):
                raise ValueError("It says nothing: what is no base64 is skipped where it is read.")
            if cursor is not None and cursor.position is not None:
                at = self._ordered_by.to_python(cursor.position)
                if isinstance(at, datetime):
                    cursor = cursor._replace(position=at.astimezone(UTC).isoformat())  # type: ignore[arg-type]
        except (NoSuchCursor, ValidationError, ValueError, OverflowError) as error:
            raise Invalid.field(
                "cursor", _("This is no cursor of this list. Begin again without one.")
            ) from error
        return cursor
