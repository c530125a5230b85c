"""Files that come inside JSON."""

from __future__ import annotations

import base64
import binascii
from io import BytesIO

from django.utils.translation import gettext as _

from core.errors import Invalid


def decoded(content: str, field: str) -> BytesIO:
    """Return what was sent in base64; Invalid at its field for anything else."""
    try:
        return BytesIO(base64.b64decode(content, validate=True))
    except (binascii.Error, ValueError):
        raise Invalid.field(field, _("Send the file in base64.")) from None
