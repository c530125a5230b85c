"""The verifier as one HTML file: it asks no network, and is the same file for the same keys."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from django.template import Context, Engine
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from licensing.credentials import verdicts

HERE = Path(__file__).parent
#: What the script writes on the page beside verdicts.
WORDS = {
    "edition": _("Edition"),
    "until": _("Holds until"),
    "territory": _("Valid in"),
    "parties": _("Parties"),
    "conditions": _("Conditions"),
    "pack": _("Pack"),
    "unnamed": _("name not disclosed"),
    "unsaid": _("a condition that is not disclosed"),
    "limits": _("Limits"),
    "line": _("Line"),
    "item": _("Item"),
    "code": _("Code"),
    "most": _("At most"),
    "serves": _("For {member}, made {made}, serves until {until}; licences: {count}"),
}


def _source(text: str) -> str:
    """A text of ours as a hash for the policy of the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page(keys: list[dict[str, Any]]) -> str:
    """Return the page with the keys by which it trusts packs; the policy in it permits its own script and style,
    and no connection to anywhere."""
    style, program = ((HERE / name).read_text(encoding="utf-8") for name in ("verifier.css", "verifier.js"))
    told = {
        "keys": keys,
        "rules": verdicts.rules(),
        "words": {name: str(text) for name, text in WORDS.items()},
    }
    given = json.dumps(told, sort_keys=True, ensure_ascii=False)
    data = given.replace("<", "\\u003c")  # inside a script element nothing may look like its end
    script = program.replace("/* GIVEN */ null", data)
    template = Engine(libraries={"i18n": "django.templatetags.i18n"}, builtins=[]).from_string(
        (HERE / "verifier.html").read_text(encoding="utf-8")
    )
    sure = mark_safe
    parts = {
        "style": sure(style),
        "script": sure(script),
        "policy": sure(f"default-src 'none'; script-src {_source(script)}; style-src {_source(style)}"),
    }
    return template.render(Context(parts))
