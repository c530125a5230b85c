"""Reads the decision table of humanitarian grounds and the destinations of aid, naming the path of what
does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from alliance.aid import (
    TIERS,
    Acceptability,
    Answer,
    CarveOut,
    Destination,
    Licence,
    Regime,
    Row,
    Table,
    Where,
    conflict,
)
from alliance.reading import KEY, Reader
from core.errors import Invalid

COUNTRY = re.compile(r"[A-Z]{2}")
AREA = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
GROUP = re.compile(r"[A-E]:\d")
CONFIDENCE = ("read", "excerpt", "derived", "recalled", "proposed")

ROW_FIELDS = (
    "key", "regime", "sentence", "providers", "supplies", "where", "carve_out", "licence", "documents",
    "needs_reference", "owner", "review_date",
)  # fmt: skip


def parse(entries: Sequence[Any], tables: Mapping[str, Any]) -> Table:
    """Return the table a bundle describes; Invalid names the path of what does not fit, or the pair that
    conflicts."""
    top = Reader(tables, "tables", ("regimes", "documents"))
    regimes = tuple(_regime(reader) for reader in top.objects("regimes", REGIME_FIELDS))
    documents = {
        reader.key("key"): reader.text("title", longest=200)
        for reader in top.objects("documents", ("key", "title"))
    }
    known = {regime.key for regime in regimes}
    if len(known) != len(regimes):
        top.fail("regimes", _("A regime is there twice."))
    readers = list(Reader({"entries": list(entries)}, "", ("entries",)).objects("entries", ROW_FIELDS))
    rows = []
    for reader in readers:
        rows.append(_row(reader, known, documents))
        if rows[-1].key in {row.key for row in rows[:-1]}:
            reader.fail("key", _("%(value)s is there twice.") % {"value": rows[-1].key})
    if pair := conflict(rows):
        index = rows.index(pair[1])
        readers[index].fail(
            "where",
            _(
                "Of the rows %(one)s and %(other)s neither is more specific where both fit. Make one a part of the "
                "other, or part them."
            )
            % {"one": pair[0].key, "other": pair[1].key},
        )
    return Table(rows=tuple(rows), regimes=regimes, documents=documents)


REGIME_FIELDS = ("key", "title", "sentence", "members", "source", "confidence")


def _regime(reader: Reader) -> Regime:
    reader.text("source")
    reader.choice("confidence", CONFIDENCE)
    return Regime(
        key=reader.key("key", longest=20),
        title=reader.text("title", longest=100),
        sentence=reader.text("sentence", longest=500),
        members=frozenset(reader.matches("members", COUNTRY, "DE")),
    )


def _row(reader: Reader, regimes: set[str], documents: Mapping[str, str]) -> Row:
    return Row(
        key=reader.key("key"),
        regime=reader.choice("regime", sorted(regimes)),
        sentence=reader.text("sentence", longest=500),
        providers=frozenset(reader.matches("providers", KEY, "un_agency")),
        supplies=frozenset(reader.matches("supplies", KEY, "medical")),
        where=_where(reader),
        carve_out=_answer(reader, "carve_out", CarveOut.values),
        licence=_answer(reader, "licence", Licence.values),
        documents=tuple(reader.choices("documents", sorted(documents))),
        needs_reference=reader.flag("needs_reference"),
        owner=reader.text("owner", longest=200),
        review_date=reader.day("review_date"),
    )


def _where(reader: Reader) -> Where:
    where = reader.object("where", (), optional=TIERS[:-1])
    if len(where.value) > 1:
        reader.fail("where", _("Say one of areas, countries, groups or embargoed, or nothing for anywhere."))
    for tier, pattern, example in (
        ("areas", AREA, "UA-43"),
        ("countries", COUNTRY, "SY"),
        ("groups", GROUP, "E:1"),
    ):
        if where.has(tier):
            codes = where.matches(tier, pattern, example)
            if not codes:
                where.fail(tier, _("Name at least one, or leave it out."))
            return Where(tier, frozenset(codes))
    if where.has("embargoed"):
        return Where("embargoed", embargoed=where.flag("embargoed"))
    return Where()


def _answer(reader: Reader, name: str, outcomes: Sequence[str]) -> Answer:
    answer = reader.object(name, ("outcome", "legal_basis", "source", "confidence"))
    return Answer(
        outcome=answer.choice("outcome", outcomes),
        legal_basis=answer.text("legal_basis", longest=500),
        source=answer.text("source", longest=500),
        confidence=answer.choice("confidence", CONFIDENCE),
    )


def parse_destinations(entries: Sequence[Any]) -> dict[str, Destination]:
    """Return what a bundle says of countries and areas as destinations of aid, by code.

    A country of which areas are named is itself there: what is said of it holds for the rest of it.
    """
    fields = (
        "code", "name", "acceptability", "conditions", "legal_basis", "owner", "review_date", "source",
        "confidence",
    )  # fmt: skip
    found: dict[str, Destination] = {}
    readers = list(Reader({"entries": list(entries)}, "", ("entries",)).objects("entries", fields))
    for reader in readers:
        code = reader.match("code", PLACE, "UA-43")
        if code in found:
            reader.fail("code", _("%(value)s is there twice.") % {"value": code})
        conditions = [str(text).strip() for text in reader.items("conditions")]
        acceptability = reader.choice("acceptability", Acceptability.values)
        if not all(conditions) or bool(conditions) != (acceptability == Acceptability.WITH_CONDITIONS):
            reader.fail(
                "conditions", _("Conditions are said where a place is accepted with them, and only there.")
            )
        found[code] = Destination(
            code=code,
            name=reader.text("name", longest=100),
            acceptability=acceptability,
            conditions=tuple(conditions),
            legal_basis=reader.text("legal_basis", longest=500),
            owner=reader.text("owner", longest=200),
            review_date=reader.day("review_date"),
            source=reader.text("source", longest=500),
            confidence=reader.choice("confidence", CONFIDENCE),
        )
    for reader in readers:
        if "-" in reader.value["code"] and reader.value["code"][:2] not in found:
            reader.fail("code", _("Say also what holds for the rest of the country."))
    return found


def check_known(
    table: Table,
    *,
    providers: Iterable[str],
    supplies: Iterable[str],
    countries: Iterable[str],
    groups: Iterable[str],
) -> None:
    """Invalid at the path of a row that names a provider, supply, country or group that is not agreed."""
    known = {"providers": set(providers), "supplies": set(supplies)}
    places = {"countries": set(countries), "groups": set(groups)}
    for index, row in enumerate(table.rows):
        for name, among in known.items():
            if strange := getattr(row, name) - among:
                raise Invalid.field(f"entries.{index}.{name}", _strange(min(strange)))
        if strange := row.where.codes - places.get(row.where.tier, set(row.where.codes)):
            raise Invalid.field(f"entries.{index}.where.{row.where.tier}", _strange(min(strange)))


def _strange(value: str) -> str:
    return _("%(value)s is not among those agreed.") % {"value": value}
