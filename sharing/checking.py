"""Whether a STIX object that a member sends in may be taken, with what is wrong and how to mend it. Pure."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from sharing import tlp
from sharing.stix import Json

TAKEN = ("identity", "indicator", "location", "relationship")
OPEN = frozenset({tlp.IDS[tlp.CLEAR], tlp.IDS[tlp.GREEN]})  # what may go to all members
LONGEST_NAME = 300
LARGEST = 20_000  # letters of an object


class Refused(Exception):
    """Why an object is not taken."""


def version_of(content: Json) -> datetime:
    return datetime.fromisoformat(str(content["modified"]))


def checked(told: Any) -> Json:
    """Return an object as the `stix2` library writes it; Refused, saying why, for one that is not taken here."""
    import stix2
    from stix2.exceptions import STIXError

    if not isinstance(told, dict):
        raise Refused(_("Send each object as a JSON object."))
    if told.get("type") not in TAKEN:
        raise Refused(_("Objects of these types are taken: %(types)s.") % {"types": ", ".join(TAKEN)})
    if told.get("spec_version") != "2.1":
        raise Refused(_("Give spec_version as 2.1."))
    for name in ("id", "created", "modified"):  # the library would make them up
        if not isinstance(told.get(name), str):
            raise Refused(_("Give %(name)s as a text.") % {"name": name})
    if len(json.dumps(told)) > LARGEST:
        raise Refused(_("An object may have %(most)s letters at most.") % {"most": LARGEST})
    if "\x00" in str(told) or "\\u0000" in json.dumps(told):
        raise Refused(_("Take out the character NUL."))
    try:
        found: Json = json.loads(stix2.parse(told, allow_custom=False, version="2.1").serialize())
    except (STIXError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused(_("This is no valid STIX 2.1: %(why)s") % {"why": str(error)[:300]}) from error
    _marked(found)
    if found["type"] == "identity" and not 2 <= len(str(found["name"]).strip()) <= LONGEST_NAME:
        raise Refused(_("Give name 2 to %(most)s characters.") % {"most": LONGEST_NAME})
    return found


def _marked(content: Json) -> None:
    marked = set(content.get("object_marking_refs", []))
    if unfit := sorted(marked - OPEN):
        told = _(
            "object_marking_refs: %(wrong)s does not let it go to all members. Mark it TLP:GREEN or TLP:CLEAR."
        )
        raise Refused(told % {"wrong": unfit[0]})
    if content.get("granular_markings"):
        raise Refused(_("granular_markings: mark the whole object; parts are not told apart here."))
