"""Taking STIX objects that a member sends in, and holding the parties it warns of against every case."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audience import ALLIANCE, Audience
from core.errors import Invalid
from core.policies import require
from ledger import services as ledger
from members.models import User
from screening.engine.words import identifier
from screening.lists.keeping import About, analyse, put_into_force
from screening.lists.rows import Parsed, Row
from sharing import checking, policies, stix
from sharing.checking import Refused
from sharing.models import Collection, Contribution, SharedObject
from sharing.services import add_entries, wait_for_turn
from sharing.stix import Json

MOST = 1000  # objects sent at once
WATCH = About("member-warnings", "Parties that members warn of", "Members of the alliance")
KINDS = {"individual": "person"}  # every other class of identity is looked for as a company


@transaction.atomic
def contribute(*, actor: User, collection: Collection, objects: Sequence[Any]) -> Contribution:
    """Take objects into a collection, each that is fit; what became of each is told in `outcomes`.

    A version that is there already is taken once more without effect. Invalid where there is nothing or too much.
    """
    wait_for_turn()
    require(policies.can_contribute, actor, collection)
    if not 0 < len(objects) <= MOST:
        raise Invalid.field("objects", _("Send 1 to %(most)s objects at a time.") % {"most": MOST})
    assert actor.authority is not None
    member = actor.authority.jurisdiction_id
    known = _known(objects)
    taken: list[Json] = []
    outcomes = []
    for told in objects:
        named = str(told.get("id", "")) if isinstance(told, dict) else ""
        outcome = {"id": named[:120], "version": "", "message": "", "taken": False}
        try:
            content = checking.checked(told)
            outcome["version"] = content["modified"]
            fresh = _is_new(content, known, member, taken)
        except Refused as refused:
            outcome["message"] = str(refused)
        else:
            outcome |= {"taken": True, "message": "" if fresh else _("This version was taken before.")}
            if fresh:
                taken.append(content)
        outcomes.append(outcome)
    row = Contribution.objects.create(
        collection=collection,
        by=actor,
        member_id=member,
        received_at=clock.now(),
        outcomes=outcomes,
    )
    rows = SharedObject.objects.bulk_create(
        SharedObject(
            stix_id=one["id"],
            type=one["type"],
            version=checking.version_of(one),
            content=one,
            contribution=row,
        )
        for one in taken
    )
    add_entries([collection.pk], rows)
    ledger.record(
        "warning.shared",
        actor=actor,
        subject=row,
        audience=Audience.of(ALLIANCE),
        facts={
            "member": row.member_id,
            "collection": str(collection.uid),
            "taken": [one["id"] for one in taken][:100],
            "refused": sum(not one["taken"] for one in outcomes),
        },
    )
    return row


def _known(objects: Sequence[Any]) -> dict[str, list[tuple[Any, str]]]:
    """Return (version, member) of what is there under the identifiers that were sent; "" for what is our own."""
    ids = [one["id"] for one in objects if isinstance(one, dict) and isinstance(one.get("id"), str)]
    clean = [name for name in ids if "\x00" not in name]
    found: dict[str, list[tuple[Any, str]]] = {}
    rows = SharedObject.objects.filter(stix_id__in=clean).values_list(
        "stix_id", "version", "contribution__member"
    )
    for name, version, member in rows:
        found.setdefault(name, []).append((version, member or ""))
    return found


def _is_new(content: Json, known: dict[str, list[tuple[Any, str]]], member: str, taken: list[Json]) -> bool:
    """Whether a version is to be taken; Refused where the object is another's, or the version an old one."""
    before = known.get(content["id"], [])
    version = checking.version_of(content)
    before = before + [(checking.version_of(one), member) for one in taken if one["id"] == content["id"]]
    if any(of != member for _version, of in before):
        raise Refused(_("Another member shared an object under this id. Give yours an id of its own."))
    if any(version == there for there, _of in before):
        return False
    if any(version < there for there, _of in before):
        raise Refused(_("A later version is here already: send it with a later modified."))
    return True


@transaction.atomic
def watch() -> int:
    """Put the parties of which members warn into force as a list to screen against; return how many there are.

    Those of the last version of each identity that is not revoked. An open case with one of them gets a hit.
    """
    wait_for_turn()
    rows = SharedObject.objects.filter(contribution__isnull=False).select_related("contribution")
    last = rows.order_by("stix_id", "-version").distinct("stix_id")
    valid = {one.stix_id: one for one in last if not one.content.get("revoked")}
    countries = _countries(valid)
    parties = [
        _row(one, countries.get(name, [])) for name, one in sorted(valid.items()) if one.type == "identity"
    ]
    told = json.dumps([vars(party) for party in parties], sort_keys=True)
    put_into_force(
        Parsed(parties),
        about=WATCH,
        sha256=hashlib.sha256(told.encode()).hexdigest(),
        version=stix.instant(clock.now()),
        accept_shrink=True,
    )
    transaction.on_commit(analyse)
    return len(parties)


def _countries(valid: dict[str, SharedObject]) -> dict[str, list[str]]:
    """Return the countries in which identities are located, as relationships say it."""
    found: dict[str, list[str]] = {}
    for one in valid.values():
        said = one.content
        if one.type != "relationship" or said.get("relationship_type") != "located-at":
            continue
        place = valid.get(str(said.get("target_ref")))
        if place is not None and place.type == "location" and place.content.get("country"):
            found.setdefault(str(said.get("source_ref")), []).append(str(place.content["country"]).upper())
    return found


def _row(one: SharedObject, countries: list[str]) -> Row:
    said = one.content
    assert one.contribution is not None
    numbers = [
        str(ref["external_id"]) for ref in said.get("external_references", []) if ref.get("external_id")
    ]
    return Row(
        entry_id=one.stix_id,
        kind=KINDS.get(str(said.get("identity_class", "")), "company"),
        name=str(said["name"]).strip(),
        programmes=f"Warning of {one.contribution.member_id}",
        remarks=str(said.get("description", ""))[:2000],
        countries=sorted(set(countries)),
        identifiers=sorted({number for number in map(identifier, numbers) if number}),
    )
