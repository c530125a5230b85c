"""Files that come inside JSON."""

from __future__ import annotations

import base64
import binascii
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from core.errors import Invalid


class FileSerializer(serializers.Serializer[Any]):
    """What it is, is told by its content."""

    name = serializers.CharField(max_length=150, help_text="with its ending: pdf, png, jpg")
    content = serializers.CharField(help_text="of the file, in base64; the request is at most two megabytes")


def decoded(content: str, field: str) -> BytesIO:
    """Return what was sent in base64; Invalid at its field for anything else."""
    try:
        return BytesIO(base64.b64decode(content, validate=True))
    except (binascii.Error, ValueError):
        raise Invalid.field(field, _("Send the file in base64.")) from None
