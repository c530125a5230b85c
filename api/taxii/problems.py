"""Errors as TAXII error messages (section 3.6.1), with the code of the problem as everywhere else in the API."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response

from api import problems
from api.taxii.media import TAXII


def handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what the API answers in problem details into an error message; what is wrong in a query is a 400."""
    answer = problems.handler(exc, context)
    if answer is None or "type" not in answer.data:
        return answer
    told = answer.data
    asked = context["request"].method in SAFE_METHODS
    status = 400 if told["status"] == 422 and asked else told["status"]
    message: dict[str, Any] = {
        "title": told["title"],
        "description": told["detail"],
        "error_id": str(uuid.uuid4()),
        "error_code": told["type"].strip("/").split("/")[-1],
        "http_status": str(status),
        "external_details": f"{settings.SITE_URL}{told['type']}",
    }
    if told.get("errors"):
        message["details"] = {one["pointer"]: one["detail"] for one in told["errors"]}
    kept = {name: value for name, value in answer.headers.items() if name != "Content-Type"}
    return Response(message, status=status, content_type=TAXII, headers=kept)
