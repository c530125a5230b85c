"""Writing answers."""

from __future__ import annotations

from typing import Any

from rest_framework.renderers import JSONRenderer


class TaggedJSONRenderer(JSONRenderer):
    """JSON, of which a read has the text already: its tag is a hash of that (`api.versions`)."""

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        text = getattr((renderer_context or {}).get("response"), "written", None)
        if text is None or self.get_indent(accepted_media_type or "", renderer_context or {}) is not None:
            return super().render(data, accepted_media_type, renderer_context)
        return text
