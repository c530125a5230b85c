"""Making STIX 2.1 objects: identifiers that follow from what they name, markings, and extensions with definitions.

Nothing here reads the database. Each maker returns plain JSON that the `stix2` library has checked.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from sharing import tlp

#: Of our UUIDv5: the same thing has the same identifier at each poll, and in every deployment.
NAMESPACE: Final = UUID("3c5f8a1e-7d24-5b6f-9a3d-6e1b0c4f2d87")
BEGAN: Final = "2026-01-01T00:00:00.000Z"  # when what never changes is said to be made
Json = dict[str, Any]


def id_of(kind: str, *path: object) -> str:
    """Return the identifier of an object of a kind, by the path of what it stands for."""
    return f"{kind}--{uuid5(NAMESPACE, '/'.join([kind, *map(str, path)]))}"


def collection_id(members: Collection[str]) -> UUID:
    """Return the identifier of the collection of a set of members; of all, where none is named."""
    return uuid5(NAMESPACE, "collection/" + (",".join(sorted(members)) or "all"))


def instant(at: datetime) -> str:
    """Write an instant as STIX does: in UTC, to the millisecond."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def filled(value: Any) -> Any:
    """Return a value without what is empty in it: STIX has neither null nor empty lists."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Mapping):
        parts = {name: filled(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        return [part for part in map(filled, value) if part not in (None, "", [], {})]
    return value


def checked(**properties: Any) -> Json:
    """Return an object as the `stix2` library writes it; its errors are ours, so they are not caught."""
    import stix2  # a quarter of a second, which only who makes or takes objects spends

    told = {"spec_version": "2.1", **filled(properties)}
    found: Json = json.loads(stix2.parse(told, allow_custom=False, version="2.1").serialize())
    return found


@dataclass(frozen=True)
class Extension:
    """Properties that STIX has no place for, under a definition of their own (STIX 2.1 section 7.3)."""

    key: str
    name: str
    meaning: str
    properties: tuple[str, ...]

    @property
    def id(self) -> str:
        return id_of("extension-definition", self.key)

    def of(self, thing: Any, **more: Any) -> Json:
        """Return the extension of an object: those of its properties that a thing has, and what is told beside."""
        told = {name: more[name] if name in more else getattr(thing, name) for name in self.properties}
        return {self.id: {"extension_type": "property-extension", **filled(told)}}

    def definition(self) -> Json:
        listed = ", ".join(self.properties)
        return checked(
            type="extension-definition",
            id=self.id,
            created_by_ref=PLATFORM["id"],
            created=BEGAN,
            modified=BEGAN,
            name=self.name,
            description=self.meaning,
            schema=f"{self.meaning} Properties: {listed}. What is unknown is left out. "
            "Defined in docs/taxii.md of Entente; each means what it means in its REST API.",
            version="1.0.0",
            extension_types=["property-extension"],
        )


#: In whose name the definitions are made.
PLATFORM: Final[Json] = {
    "type": "identity",
    "spec_version": "2.1",
    "id": id_of("identity", "platform"),
    "created": BEGAN,
    "modified": BEGAN,
    "name": "Entente",
    "description": "The platform on which the members share what their licensing authorities know.",
    "identity_class": "system",
}


def member(code: str, name: str) -> Json:
    """Return the identity of a member's authorities."""
    return checked(
        type="identity",
        id=id_of("identity", "member", code),
        created=BEGAN,
        modified=BEGAN,
        name=name,
        description=f"The licensing authorities of {name} ({code}).",
        identity_class="organization",
        sectors=["government"],
    )


def statement(key: str, text: str) -> Json:
    """Return a marking that says in words who may read something."""
    return checked(
        type="marking-definition",
        id=id_of("marking-definition", key),
        created_by_ref=PLATFORM["id"],
        created=BEGAN,
        definition_type="statement",
        definition={"statement": text},
    )


def markings(members: Collection[str], *, apart: bool = False) -> list[Json]:
    """Return the markings of what is releasable to some members, or all: its colour, and the same in words.

    `apart`: each member that has it has it for itself, and is not told who else does.
    """
    if apart:
        text = "For authorities of the member that received it. Who else received it is not told."
        return [tlp.marking(tlp.STRICT), statement("apart", text)]
    if not members:
        text = "Releasable to the authorities of all members of the alliance, and to nobody else: not to exporters."
        return [tlp.marking(tlp.GREEN), statement("all", text)]
    named = ", ".join(sorted(members))
    text = f"Releasable to the authorities of {named}, and to nobody else: not to exporters."
    return [tlp.marking(tlp.colour_of(members)), statement(f"to/{named}", text)]
