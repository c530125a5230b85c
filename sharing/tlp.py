"""The Traffic Light Protocol 2.0 as STIX marks it, and which colour a releasability has. Pure.

The identifiers are those of the OASIS common object repository, letter by letter: readers compare them whole.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
CREATED = "2022-10-01T00:00:00.000Z"
CLEAR, GREEN, AMBER, STRICT, RED = "TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"
IDS = {
    CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}


def colour_of(members: Collection[str]) -> str:
    """Return the colour of what is releasable to some members, or, where none is named, to all.

    All: GREEN, for the community, which is the authorities of the alliance. Some, or one: AMBER+STRICT, for the
    organisations that received it; plain AMBER would let it go on to their clients, who here are exporters.
    """
    return STRICT if members else GREEN


def marking(colour: str) -> dict[str, Any]:
    """Return the marking definition of a colour as the standard fixes it."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": IDS[colour],
        "created": CREATED,
        "name": colour,
        "extensions": {
            EXTENSION: {
                "extension_type": "property-extension",
                "tlp_2_0": colour.removeprefix("TLP:").lower(),
            }
        },
    }
