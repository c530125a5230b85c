"""Scopes: what a client's token lets it ask for; whether the person may do it is the service's policy."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class HasScope(BasePermission):
    """Allow only a token that carries the scope the view names for this action; nothing named, nothing allowed.

    A view declares `scopes = {"list": "cases:read", ...}`, keyed by action, or by method for a plain view.
    """

    message = "The token lacks the scope this needs."

    def has_permission(self, request: Request, view: Any) -> bool:
        action = getattr(view, "action", None) or str(request.method).lower()
        needed = view.scopes.get(action)
        held = getattr(request.auth, "scope", "").split() if request.auth else []
        if needed is None or needed not in held:
            self.message = f"This needs a token with the scope {needed}." if needed else "Not permitted."
            return False
        return True
