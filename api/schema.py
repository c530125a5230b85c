"""What every operation says of itself in the schema, so that no view has to repeat it."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from api import idempotency, lists, problems
from api.deprecations import Deprecated

_HEADER: Literal["header"] = "header"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")

KEY = OpenApiParameter(
    idempotency.HEADER,
    str,
    _HEADER,
    description="1 to 255 visible characters, of your making and new for each request. Sent again with the same "
    "request, it gets the answer of the first time and nothing is done twice; answers are kept for 7 days.",
)
REPLAYED = OpenApiParameter(
    idempotency.REPLAYED,
    str,
    _HEADER,
    description="`true` where the answer is that of the first time.",
    response=[200, 201],
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    _HEADER,
    description="The ETag you read: the act is refused with 412 if it has changed since.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    _HEADER,
    description="The ETag you have: answers 304, without a body, if nothing has changed.",
)
ETAG = OpenApiParameter("ETag", str, _HEADER, description="The version of what is answered.", response=[200])
FIELDS = OpenApiParameter(
    "fields", str, description="Names, separated by commas: only these are answered, of each row of a list."
)


class Schema(AutoSchema):
    """Adds the headers and parameters that `api.views.base.Conventions` honours."""

    def get_override_parameters(self) -> list[Any]:
        found = list(super().get_override_parameters())
        view: Any = self.view
        if not hasattr(view, "volatile"):
            return found
        if self.method in UNSAFE:
            found += [KEY, REPLAYED]
            name = getattr(view, "lookup_url_kwarg", None) or getattr(view, "lookup_field", "")
            if "{" + str(name) + "}" in self.path and hasattr(view, "retrieve"):
                found.append(IF_MATCH)
            return found
        found += [IF_NONE_MATCH, ETAG, FIELDS]
        if getattr(view, "action", "") == "list" and (possible := lists.orderings(view)):
            found.append(
                OpenApiParameter("ordering", str, enum=possible, description="The newest first without it.")
            )
        return found

    def is_deprecated(self) -> bool:
        return self._ends() is not None

    def get_description(self) -> str:  # type: ignore[override]
        return ""  # the docstring of a view is for those who read its code

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        action = getattr(self.view, "action", None) or self.method.lower()
        if operation is not None and (needed := getattr(self.view, "scopes", {}).get(action)):
            for way in operation.get("security", []):
                if way.get("clientCredentials") == []:
                    way["clientCredentials"] = [needed]
        if operation is not None and (ends := self._ends()):
            told = operation.get("description", "")
            operation["description"] = f"{told}\n\n{ends.sentence}".strip()
        return operation

    def _ends(self) -> Deprecated | None:
        named = getattr(self.view, "deprecated", {})
        found: Deprecated | None = named.get(getattr(self.view, "action", None) or self.method.lower())
        return found

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status, told in bodies.items():
            if status.startswith("4") and "content" in told:
                told["content"] = {problems.CONTENT_TYPE: next(iter(told["content"].values()))}
        if not hasattr(self.view, "volatile"):
            return bodies
        problem = bodies.get("422") or bodies.get("404") or {}
        if self.method in UNSAFE:
            bodies["412"] = {**problem, "description": "It has changed since you read it (If-Match)."}
        else:
            bodies["304"] = {"description": "Nothing has changed since (If-None-Match)."}
        bodies["429"] = {**problem, "description": "Too many requests; Retry-After says when to go on."}
        return bodies
