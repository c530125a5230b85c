"""Authorisations as data: what one covers, asks for and is kept in bounds by.

An instrument without safeguards is refused: every one has a validity, reports, a record to keep and at least one
condition, and a template gets a cap besides when it is granted. What a source does not name (a list of items or
destinations that is not held here) is never guessed: such a use goes to an officer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from alliance import cel, selectors
from alliance.models import Bundle
from alliance.models import Instrument as Row
from alliance.reading import KEY, Reader
from core.errors import Invalid, NotFound

KINDS = tuple(Row.Kind.values)
CODE = re.compile(r"\*|\d[A-E]\d{3}(\.[a-z0-9]+)*|\d[A-E]?")
PLACE = re.compile(r"\*|[A-Z]{2}|[A-E]:\d")
MEMBER = re.compile(r"\*|[A-Z]{2}")
GROUP = re.compile(r"[A-E]")
CONFIDENCE = ("read", "excerpt", "derived", "recalled", "proposed")
MOST_DAYS = 1461  # four years: the longest of Reg (EU) 2021/821 Art 12
SAFEGUARDS = ("valid_days", "report_every_days", "record_years")


@dataclass(frozen=True)
class Statement:
    """What an exporter undertakes or confirms, in one sentence."""

    key: str
    sentence: str


@dataclass(frozen=True)
class Coverage:
    """What is covered. `named`: held here for certain; `unsure`: only in part, so an officer looks; `unnamed`: why
    the list is not whole, empty where it is; `groups`: product groups, empty for any."""

    named: tuple[str, ...]
    exclude: tuple[str, ...]
    unsure: tuple[str, ...] = ()
    unnamed: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Terms:
    """An instrument. `notice_days`: between registration and the first use; `valid_days`: of a registration."""

    key: str
    short: str
    title: str
    kind: str
    issuer: str
    members: tuple[str, ...]
    summary: str
    legal_basis: str
    source: str
    confidence: str
    items: Coverage
    destinations: Coverage
    eligibility: str
    eligibility_sentence: str
    compliance_programme: bool
    notice_days: int
    undertakings: tuple[Statement, ...]
    statements: tuple[Statement, ...]
    consignee_statement: bool
    conditions: tuple[str, ...]
    valid_days: int
    report_every_days: int
    record_years: int
    safeguards_source: str
    note: str = ""

    @property
    def granted(self) -> bool:
        """Whether two officers grant it before anyone registers: it is a template and covers nothing by itself."""
        return self.kind != Row.Kind.GENERAL

    def open_to(self, member: str) -> bool:
        """Whether exporters of a member may use it."""
        return "*" in self.members or member in self.members


FIELDS = (
    "key", "short", "title", "kind", "issuer", "members", "summary", "legal_basis", "source", "confidence", "items",
    "destinations", "eligibility", "eligibility_sentence", "registration", "statements", "consignee_statement",
    "conditions", "safeguards",
)  # fmt: skip


def parse(payload: object, path: str = "") -> Terms:
    """Return the terms a payload describes; Invalid names the path of what is missing or does not fit."""
    row = Reader(payload, path, FIELDS, optional=("note",))
    registration = row.object("registration", ("compliance_programme", "notice_days", "undertakings"))
    safeguards = row.object("safeguards", (*SAFEGUARDS, "source"))
    conditions = row.items("conditions")
    if not conditions or not all(isinstance(one, str) and one.strip() for one in conditions):
        row.fail("conditions", _("An authorisation needs at least one condition, each a sentence."))
    return Terms(
        key=row.key("key"),
        short=row.text("short", longest=20),
        title=row.text("title", longest=200),
        kind=row.choice("kind", KINDS),
        issuer=row.text("issuer", longest=200),
        members=tuple(_some(row, "members", MEMBER, "DE")),
        summary=row.text("summary", longest=500),
        legal_basis=row.text("legal_basis"),
        source=row.text("source"),
        confidence=row.choice("confidence", CONFIDENCE),
        items=_coverage(row, "items", CODE, "5A001.b.2"),
        destinations=_coverage(row, "destinations", PLACE, "KR"),
        eligibility=row.text("eligibility", longest=cel.LONGEST),
        eligibility_sentence=row.text("eligibility_sentence", longest=500),
        compliance_programme=registration.flag("compliance_programme"),
        notice_days=registration.whole("notice_days", 0, 366),
        undertakings=_statements(registration, "undertakings"),
        statements=_statements(row, "statements"),
        consignee_statement=row.flag("consignee_statement"),
        conditions=tuple(conditions),
        valid_days=safeguards.whole("valid_days", 1, MOST_DAYS),
        report_every_days=safeguards.whole("report_every_days", 1, 366),
        record_years=safeguards.whole("record_years", 3, 30),
        safeguards_source=safeguards.text("source"),
        note=row.text("note") if row.has("note") else "",
    )


def _some(row: Reader, name: str, pattern: re.Pattern[str], example: str) -> list[str]:
    found = row.matches(name, pattern, example)
    if not found:
        row.fail(name, _("Name at least one."))
    return found


def _coverage(row: Reader, name: str, pattern: re.Pattern[str], example: str) -> Coverage:
    part = row.object(name, ("named", "exclude"), optional=("unsure", "unnamed", "groups"))
    found = Coverage(
        named=tuple(part.matches("named", pattern, example)),
        exclude=tuple(part.matches("exclude", pattern, example)),
        unsure=tuple(part.matches("unsure", pattern, example)) if part.has("unsure") else (),
        unnamed=part.text("unnamed", longest=500) if part.has("unnamed") else "",
        groups=tuple(part.matches("groups", GROUP, "D")) if part.has("groups") else (),
    )
    if not found.named and not found.unsure and not found.unnamed:
        part.fail("named", _("Name at least one, or say why the list is not held here."))
    return found


def _statements(row: Reader, name: str) -> tuple[Statement, ...]:
    found = tuple(
        Statement(one.match("key", KEY, "no_wmd"), one.text("sentence", longest=500))
        for one in row.objects(name, ("key", "sentence"))
    )
    if len({one.key for one in found}) != len(found):
        row.fail(name, _("A key is there twice."))
    return found


def accept(entries: Sequence[Any]) -> list[Terms]:
    """Return the terms of the entries of a bundle; Invalid, with the path, for one that has no safeguards, does not
    fit, or whose eligibility rule gives no answer on the facts at either end (`alliance.cel`)."""
    found = [parse(entry, f"entries.{index}") for index, entry in enumerate(entries)]
    try:
        cel.check_all([(one.eligibility, "use") for one in found])
    except cel.CelError as error:
        index = next(iter(error.fields), "0").partition(".")[0]
        raise Invalid.field(f"entries.{index}.eligibility", error.detail) from error
    return found


def rows_of(entries: Iterable[Any]) -> list[Row]:
    """Return the rows of the entries of a bundle, unsaved and without their bundle."""
    return [
        Row(
            key=terms.key,
            kind=terms.kind,
            title=terms.title,
            payload=entry,
            conditions=len(terms.conditions),
            valid_days=terms.valid_days,
            report_every_days=terms.report_every_days,
            record_years=terms.record_years,
        )
        for entry in entries
        for terms in [parse(entry)]
    ]


def terms_of(row: Row) -> Terms:
    """Return the terms of an instrument as it stands in its bundle."""
    return parse(row.payload)


def in_force() -> list[Row]:
    """Return the instruments of the bundle in force, by key; none without one."""
    try:
        bundle = selectors.in_force(Bundle.Kind.AUTHORISATIONS)
    except NotFound:
        return []
    return list(bundle.instruments.order_by("key"))


# What is covered ------------------------------------------------------------------------------------------


def code_of(code: str) -> str:
    """Return a control code as instruments write it: 3A001.b.2, however it was typed."""
    code = "".join(code.split())
    return code[:5].upper() + code[5:].lower()


def code_under(code: str, beginnings: Iterable[str]) -> bool:
    """Whether a code is one of some or a paragraph of it: 5A001.b.21 is none of 5A001.b.2."""
    return any(
        one == "*" or code == one or (code.startswith(one) and (len(one) < 5 or code[len(one)] == "."))
        for one in beginnings
    )


def covers_item(terms: Terms, code: str) -> bool | None:
    """Whether an item is covered; None where only an officer can say, because the list is not held here."""
    code = code_of(code)
    if terms.items.groups and code[1:2] not in terms.items.groups:
        return False
    return _covers(terms.items, code_under(code, terms.items.exclude), code, code_under)


def covers_destination(terms: Terms, country: str) -> bool | None:
    """Whether a country is covered; None where only an officer can say."""
    facts = selectors.country_facts(country)
    places = {country, *facts.groups}

    def among(_country: str, wanted: Iterable[str]) -> bool:
        wanted = set(wanted)
        return "*" in wanted or bool(places & wanted)

    return _covers(terms.destinations, among(country, terms.destinations.exclude), country, among)


def _covers(coverage: Coverage, excluded: bool, thing: str, among: Any) -> bool | None:
    if excluded:
        return False
    if among(thing, [one for one in coverage.named if one != "*"]):
        return True
    if among(thing, coverage.unsure):
        return None
    if "*" in coverage.named:
        return True
    return None if coverage.unnamed else False
