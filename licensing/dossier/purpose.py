"""End-use, route, documents, ground, payment and declaration."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exemptions.grounds import Kind, Provider, Supply
from licensing.dossier.fields import (
    Deficiency,
    Dossier,
    Found,
    area,
    as_list,
    as_object,
    choice,
    country,
    is_country,
    is_day,
    text,
    yes_no,
)
from licensing.dossier.identifiers import is_place
from screening.end_use import vagueness

MODES = ("sea", "air", "road", "rail", "post", "electronic")
UNDERTAKINGS = {
    "no_wmd": gettext_lazy("The goods will not be used for weapons of mass destruction or their delivery"),
    "no_military": gettext_lazy(
        "The goods will not be used for a military purpose unless this application says so"
    ),
    "no_reexport": gettext_lazy("The goods will not be re-exported or transferred without consent"),
    "allow_checks": gettext_lazy("The end-user lets the authorities check the use on site"),
}
GROUNDS = tuple(Kind.values)
GROUND_FIELDS = ("provider", "supply", "reference", "explanation")
MOST_PEOPLE = 10_000_000_000
PAYMENTS = {
    "bank_transfer": gettext_lazy("Bank transfer"),
    "letter_of_credit": gettext_lazy("Letter of credit"),
    "open_account": gettext_lazy("Open account"),
    "cash": gettext_lazy("Cash"),
    "other": gettext_lazy("Another way"),
}


def end_use(value: Any, dossier: Dossier) -> Found:
    statement, path = as_object(value), "end_use"
    yield from text(statement, "site", path, least=10)
    yield from country(statement, "site_country", path)
    yield from area(statement, "site_area", path, "site_country")
    yield from text(statement, "purpose", path, least=30, most=4000)
    purpose = statement.get("purpose")
    if isinstance(purpose, str) and purpose.strip():
        for missing in vagueness(purpose[:4000]):
            yield Deficiency("vague_end_use", f"{path}.purpose", missing)
    undertakings = statement.get("undertakings")
    given = set(filter(lambda u: isinstance(u, str), as_list(undertakings)))
    for code in UNDERTAKINGS:
        if code not in given:
            yield Deficiency(
                "missing_undertaking",
                f"{path}.undertakings",
                _("This undertaking of the end-user is missing: %(said)s.") % {"said": UNDERTAKINGS[code]},
            )
    yield from yes_no(statement, "military_end_user", path)
    yield from yes_no(statement, "prohibited_end_use", path)


def route(value: Any, dossier: Dossier) -> Found:
    route, path = as_object(value), "route"
    yield from country(route, "goods_location", path)
    legs = as_list(route.get("legs"))
    if not 1 <= len(legs) <= 20:
        yield Deficiency(
            "missing", "route.legs", _("Add the legs of the route, at least one and at most 20.")
        )
        return
    before: str | None = None
    for number, raw in enumerate(legs):
        at, leg = f"route.legs[{number}]", as_object(raw)
        for end in ("origin", "destination"):
            place = leg.get(end)
            if not is_place(place):
                yield Deficiency(
                    "bad_place",
                    f"{at}.{end}",
                    _("Use the five-character UN/LOCODE, such as DEHAM for Hamburg."),
                )
        yield from choice(leg, "mode", at, MODES)
        if before is not None and leg.get("origin") != before:
            yield Deficiency(
                "broken_route",
                f"{at}.origin",
                _("Each leg starts where the one before it ends (%(place)s).") % {"place": before},
            )
        before = str(leg.get("destination") or "")
    start, finish = as_object(legs[0]).get("origin"), as_object(legs[-1]).get("destination")
    if (
        isinstance(start, str)
        and is_country(route.get("goods_location"))
        and start[:2] != route["goods_location"]
    ):
        yield Deficiency(
            "route_start",
            "route.legs[0].origin",
            _("The route starts in the country in which the goods are."),
        )
    receivers = {
        as_object(party).get("country")
        for party in as_list(dossier.get("parties"))
        if as_object(party).get("role") in ("consignee", "end_user")
        and is_country(as_object(party).get("country"))
    }
    if isinstance(finish, str) and receivers and finish[:2] not in receivers:
        yield Deficiency(
            "route_end",
            f"route.legs[{len(legs) - 1}].destination",
            _("The route ends in the country of the consignee or of the end-user."),
        )


def documents(value: Any, dossier: Dossier) -> Found:
    documents = as_list(value) if value is not None else []
    if not isinstance(value, list | None) or len(documents) > 50:
        yield Deficiency("too_many", "documents", _("Attach at most 50 documents."))
        return
    for number, raw in enumerate(documents):
        uid = as_object(raw).get("uid")
        if not isinstance(uid, str) or not re.fullmatch(r"[0-9a-f-]{36}", uid):
            yield Deficiency("bad_document", f"documents[{number}].uid", _("Upload the document first."))


def ground(value: Any, dossier: Dossier) -> Found:
    ground = as_object(value)
    yield from choice(ground, "kind", "ground", GROUNDS)
    if ground.get("kind") in ("crisis", "humanitarian"):
        yield from text(ground, "explanation", "ground", least=20, most=2000)
    if ground.get("kind") == "humanitarian":
        yield from choice(ground, "provider", "ground", dict(Provider.choices))
        yield from choice(ground, "supply", "ground", dict(Supply.choices))
    if not isinstance(ground.get("reference", ""), str) or len(str(ground.get("reference", ""))) > 200:
        yield Deficiency("too_long", "ground.reference", _("Write at most 200 characters."))
    yield from _who_waits(ground)


def _who_waits(ground: Dossier) -> Found:
    """What delay costs may be said for a ground: people served, a last day, whether the goods perish."""
    people, until = ground.get("people"), ground.get("needed_by")
    if people not in (None, "") and not (
        isinstance(people, int) and not isinstance(people, bool) and 0 <= people <= MOST_PEOPLE
    ):
        yield Deficiency(
            "bad_number",
            "ground.people",
            _("Write how many people are served as a whole number, such as 12000."),
        )
    if until not in (None, "") and not is_day(until):
        yield Deficiency(
            "bad_date",
            "ground.needed_by",
            _("Write the last day as year, month and day, such as 2026-12-24."),
        )
    if "perishable" in ground and ground["perishable"] is not None:
        yield from yes_no(ground, "perishable", "ground")


def emergency(value: Any, dossier: Dossier) -> Found:
    """Optional; after 15 CFR 748.4(h) with why, what happens without it, and by when it is needed."""
    emergency, path = as_object(value), "emergency"
    if not emergency or emergency.get("requested") is False:
        return
    if emergency.get("requested") is not True:
        yield Deficiency("bad_choice", f"{path}.requested", _("Answer yes or no."))
        return
    yield from text(emergency, "reason", path, least=20, most=2000)
    yield from text(emergency, "without_it", path, least=20, most=2000)
    if emergency_day(emergency) is None:
        yield Deficiency("bad_date", f"{path}.needed_by", _("Give a date as YYYY-MM-DD."))


def emergency_day(emergency: Dossier) -> date | None:
    """Return the day by which the licence is needed, None where there is none."""
    day = emergency.get("needed_by")
    if not isinstance(day, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        return None
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None


def commercial(value: Any, dossier: Dossier) -> Found:
    commercial = as_object(value)
    yield from choice(commercial, "payment", "commercial", PAYMENTS)
    yield from yes_no(commercial, "third_party_payer", "commercial")


def declaration(value: Any, dossier: Dossier) -> Found:
    declaration = as_object(value)
    yield from text(declaration, "name", "declaration", least=2, most=150)
    yield from text(declaration, "capacity", "declaration", least=2, most=150)
    if declaration.get("accepted") is not True:
        yield Deficiency("not_declared", "declaration.accepted", _("Confirm the declaration."))


def in_words(dossier: Dossier) -> dict[str, Any]:
    """Return what a frozen dossier says by codes in words: undertakings, payment and the ground claimed."""
    ground = as_object(dossier.get("ground"))
    names = {"provider": dict(Provider.choices), "supply": dict(Supply.choices)}
    said: list[Any] = [names.get(key, {}).get(str(ground.get(key)), ground.get(key)) for key in GROUND_FIELDS]
    if people := ground.get("people"):
        said.append(_("%(people)s people served") % {"people": f"{people:,}"})
    if until := ground.get("needed_by"):
        said.append(_("Of full use until %(day)s") % {"day": until})
    if ground.get("perishable"):
        said.append(_("The goods perish after that day"))
    kind = str(ground.get("kind") or Kind.NONE)
    return {
        "undertakings": [
            UNDERTAKINGS[code] for code in as_object(dossier.get("end_use")).get("undertakings", [])
        ],
        "payment": PAYMENTS.get(as_object(dossier.get("commercial")).get("payment", ""), ""),
        "ground": dict(Kind.choices).get(kind, kind),
        "ground_said": [text for text in said if text] if kind != Kind.NONE else [],
    }
