"""Parties: who takes part, with identifiers whose check digits are right."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core import clock
from licensing.dossier.fields import Deficiency, Dossier, Found, as_list, as_object, choice, country, text
from licensing.dossier.identifiers import IDENTIFIERS, problem

ROLES = ("consignee", "end_user", "intermediary", "purchaser", "carrier", "owner")
PARTY_KINDS = ("company", "person", "vessel")


def parties(value: Any, dossier: Dossier) -> Found:
    parties = as_list(value)
    if len(parties) > 50:
        yield Deficiency("too_many", "parties", _("Name at most 50 parties."))
        return
    roles = [as_object(party).get("role") for party in parties]
    for role, label in (("consignee", _("a consignee")), ("end_user", _("an end-user"))):
        if role not in roles:
            yield Deficiency(f"missing_{role}", "parties", _("Add %(who)s.") % {"who": label})
    named = {_name(party) for party in parties}
    held: dict[str, Decimal] = {}
    for number, raw in enumerate(parties):
        party = as_object(raw)
        yield from party_fields(party, f"parties[{number}]")
        if party.get("role") == "owner":
            yield from _holding(party, f"parties[{number}]", named, held)


def _name(party: Any) -> str:
    return " ".join(str(as_object(party).get("name") or "").casefold().split())


def _holding(party: Dossier, path: str, named: set[str], held: dict[str, Decimal]) -> Found:
    """What an owner owns: another party by its name, and how much of it; the shares in one reach 100 % at most."""
    owns = party.get("owns")
    key = " ".join(owns.casefold().split()) if isinstance(owns, str) else ""
    if not key:
        yield Deficiency("missing", f"{path}.owns", _("Say which party this one owns."))
    elif key == _name(party) or key not in named:
        yield Deficiency(
            "not_a_party", f"{path}.owns", _("Give the name of another party of this application.")
        )
    share = percent(party.get("share"))
    if share is None:
        yield Deficiency(
            "bad_share",
            f"{path}.share",
            _("Give the share in percent: more than 0 and at most 100, such as 33.5."),
        )
    elif key:
        held[key] = held.get(key, Decimal(0)) + share
        if held[key] > 100:
            yield Deficiency(
                "bad_share", f"{path}.share", _("The shares in this party add up to more than 100 %.")
            )


def percent(value: Any) -> Decimal | None:
    """Return a share in percent, at most four places after the point; None for what is none."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,3}(\.\d{1,4})?", value.strip()):
        return None
    share = Decimal(value.strip())
    return share if 0 < share <= 100 else None


def party_fields(party: Dossier, path: str) -> Found:
    yield from choice(party, "role", path, ROLES)
    yield from choice(party, "kind", path, PARTY_KINDS)
    yield from text(party, "name", path, least=2, most=300)
    yield from text(party, "address", path, least=5)
    yield from country(party, "country", path)
    aliases = party.get("aliases", [])
    if (
        not isinstance(aliases, list)
        or len(aliases) > 20
        or not all(
            isinstance(alias, str) and len(alias.strip()) >= 2 and len(alias) <= 300 for alias in aliases
        )
    ):
        yield Deficiency("bad_aliases", f"{path}.aliases", _("List at most 20 names of 2 to 300 characters."))
    identifiers = party.get("identifiers", [])
    if not isinstance(identifiers, list) or len(identifiers) > 20:
        yield Deficiency("bad_identifier", f"{path}.identifiers", _("List at most 20 identifiers."))
    else:
        for number, raw in enumerate(identifiers):
            yield from identifier(as_object(raw), f"{path}.identifiers[{number}]")
    website = party.get("website") or ""
    if (
        not isinstance(website, str)
        or len(website) > 200
        or (website and not re.fullmatch(r"https?://[^\s/$.?#][^\s]*", website))
    ):
        yield Deficiency("bad_website", f"{path}.website", _("Give an address that starts with https://."))
    founded = party.get("incorporated_on") or ""
    founded_on = day(founded)
    if founded and (founded_on is None or founded_on > clock.today()):
        yield Deficiency("bad_date", f"{path}.incorporated_on", _("Give a past date as YYYY-MM-DD."))


def day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def identifier(identifier: Dossier, path: str) -> Found:
    scheme, value = identifier.get("scheme"), identifier.get("value")
    if not isinstance(scheme, str) or scheme not in IDENTIFIERS:
        yield Deficiency(
            "bad_choice", f"{path}.scheme", _("One of: %(all)s.") % {"all": ", ".join(IDENTIFIERS)}
        )
    elif not isinstance(value, str) or not 2 <= len(value.strip()) <= 60:
        yield Deficiency("missing", f"{path}.value", _("Fill this in."))
    elif (wrong := problem(scheme, value)) is not None:
        code, message = wrong
        yield Deficiency(code, f"{path}.value", message)
