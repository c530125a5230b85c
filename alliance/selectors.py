"""What is agreed and in force, read from the bundles and kept decoded until another is loaded."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from typing import Any

from django.db.models import Subquery
from django.utils.translation import gettext as _

from alliance import aid, aid_reading, charters, undercut
from alliance import scenarios as profiles
from alliance.charters import CharterData
from alliance.models import AuthoredCharter, Bundle, Charter, ControlEntry, Criterion
from core import clock
from core.errors import NotFound


@dataclass(frozen=True)
class CountryFacts:
    """What the country data in force say of one country. `sources`: what each fact rests on, by name.

    `confidence` is by fact name: read, excerpt, derived or recalled. A recalled fact may add scrutiny, never
    stop anything: `embargo` is true only on a fact that was found in a text.
    """

    code: str
    name: str
    groups: frozenset[str] = frozenset()
    regimes: frozenset[str] = frozenset()
    embargo: bool = False
    fatf: str | None = None  # countermeasures, enhanced_due_diligence, increased_monitoring
    transshipment: bool = False
    of_concern: bool = False
    known: bool = True
    confidence: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RedFlag:
    """A warning sign an officer or the scorecard may raise."""

    key: str
    sentence: str
    axis: str
    source: str
    confidence: str


class _Agreed:
    """The bundles in force at one time, decoded when first asked for."""

    def __init__(self, bundles: dict[str, Bundle], day: date) -> None:
        self.bundles = bundles
        self.day = day

    def entries(self, kind: str) -> list[dict[str, Any]]:
        bundle = self.bundles.get(kind)
        return list(bundle.payload["entries"]) if bundle else []

    def tables(self, kind: str) -> dict[str, Any]:
        bundle = self.bundles.get(kind)
        return dict(bundle.payload.get("tables", {})) if bundle else {}

    @cached_property
    def hash(self) -> str:
        lines = [f"{kind} {bundle.version} {bundle.sha256}" for kind, bundle in sorted(self.bundles.items())]
        lines += [f"{row} {row.uid}" for row in self.authored]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @cached_property
    def control(self) -> dict[str, ControlEntry]:
        bundle = self.bundles.get(Bundle.Kind.CONTROL_LIST)
        return {entry.code: entry for entry in bundle.control_entries.all()} if bundle else {}

    @cached_property
    def chpl(self) -> dict[str, str]:
        return {entry["hs6"]: entry["tier"] for entry in self.entries("chpl")}

    @cached_property
    def authored(self) -> list[AuthoredCharter]:
        """The charters written in the workbench that are in force: of two of one key the later effective."""
        bundle = self.bundles.get(Bundle.Kind.CHARTERS)
        rows = AuthoredCharter.objects.filter(
            status=AuthoredCharter.Status.ACTIVE, effective_from__lte=self.day
        )
        if bundle is not None:
            rows = rows.filter(effective_from__gte=bundle.effective_from)
        latest = {row.key: row for row in rows.order_by("effective_from", "activated_at", "pk")}
        return [row for _key, row in sorted(latest.items())]

    @cached_property
    def charters(self) -> dict[str, CharterData]:
        found = {entry["key"]: charters.parse(entry) for entry in self.entries("charters")}
        return found | {row.key: charters.parse(row.payload) for row in self.authored}

    @cached_property
    def scenarios(self) -> dict[str, profiles.Scenario]:
        return {entry["key"]: profiles.parse(entry) for entry in self.entries("scenarios")}

    @cached_property
    def criteria(self) -> list[Criterion]:
        bundle = self.bundles.get(Bundle.Kind.CRITERIA)
        return list(bundle.criteria.order_by("kind", "rank", "key")) if bundle else []

    @cached_property
    def aid(self) -> aid.Table:
        bundle = self.bundles.get(Bundle.Kind.GROUNDS)
        table = (
            aid_reading.parse(bundle.payload["entries"], bundle.payload["tables"]) if bundle else aid.Table()
        )
        return replace(
            table,
            version=bundle.version if bundle else "",
            destinations=aid_reading.parse_destinations(self.entries(Bundle.Kind.AREAS)),
        )

    @cached_property
    def undercut_rules(self) -> list[undercut.UndercutRule]:
        regimes = {entry["regime"]: entry["members"] for entry in self.entries("regimes")}
        return undercut.parse(self.tables("regimes").get("undercut", []), regimes)

    @cached_property
    def countries(self) -> dict[str, CountryFacts]:
        groups: dict[str, set[str]] = {}
        for entry in self.entries("country_groups"):
            for code in entry["members"]:
                groups.setdefault(code, set()).add(entry["group"])
        regimes: dict[str, set[str]] = {}
        for entry in self.entries("regimes"):
            for code in entry["members"]:
                regimes.setdefault(code, set()).add(entry["regime"])
        fatf = {entry["code"]: entry for entry in self.entries("fatf")}
        concern_groups = set(self.tables("country_groups").get("of_concern", []))
        found = {}
        for entry in self.entries("countries"):
            code = entry["code"]
            said = entry.get("facts", {})
            mine = frozenset(groups.get(code, ()))
            standing = fatf[code]["list"] if code in fatf else None
            found[code] = CountryFacts(
                code=code,
                name=entry["name"],
                groups=mine,
                regimes=frozenset(regimes.get(code, ())),
                embargo="embargo" in said and said["embargo"]["confidence"] != "recalled",
                fatf=standing,
                transshipment="transshipment" in said,
                of_concern="of_concern" in said
                or "embargo" in said
                or bool(mine & concern_groups)
                or standing == "countermeasures",
                confidence={name: fact["confidence"] for name, fact in said.items()},
                sources={name: fact["source"] for name, fact in said.items()},
            )
        return found


_lock = Lock()
_pin: ContextVar["_Agreed | None"] = ContextVar("alliance_pin", default=None)
_kept: tuple[tuple[object, ...], _Agreed] | None = None


def _bundles_at(day: date) -> dict[str, Bundle]:
    """The last loaded of the latest effective versions of each kind."""
    rows = Bundle.objects.filter(effective_from__lte=day).order_by("kind", "-effective_from", "-pk")
    return {bundle.kind: bundle for bundle in rows.distinct("kind")}


def _agreed() -> _Agreed:
    """Return what is in force now. One small query tells whether what the process keeps is still that.

    Bundles are never changed, and loaders wait for one another, so the last row and the day say it all; of
    the charters written here the one that was last activated or retired does.
    """
    global _kept
    if (pinned_here := _pin.get()) is not None:
        return pinned_here
    authored = AuthoredCharter.objects.exclude(activated_at=None).order_by("-changed_at", "-pk")
    last = (
        Bundle.objects.order_by("-pk")
        .values_list(
            "pk", "sha256", Subquery(authored.values("uid")[:1]), Subquery(authored.values("changed_at")[:1])
        )
        .first()
    )
    today = clock.today()
    key = (last, today)
    with _lock:
        if _kept is not None and _kept[0] == key:
            return _kept[1]
    agreed = _Agreed(_bundles_at(today), today)
    with _lock:
        _kept = (key, agreed)
    return agreed


@contextmanager
def pinned() -> Iterator[None]:
    """Hold on to what is agreed now for a while, so that one act reads one state of it, and asks once."""
    token = _pin.set(_agreed())
    try:
        yield
    finally:
        _pin.reset(token)


def in_force(kind: str, at: datetime | None = None) -> Bundle:
    """Return the bundle of a kind in force now or at an instant (its date in UTC); NotFound without one."""
    agreed = _agreed() if at is None else _Agreed(_bundles_at(at.date()), at.date())
    try:
        return agreed.bundles[kind]
    except KeyError:
        raise NotFound(_("No bundle of the kind %(kind)s is in force.") % {"kind": kind}) from None


def entries(kind: str) -> list[dict[str, Any]]:
    """Return the entries of the bundle of a kind in force; none without one."""
    return _agreed().entries(kind)


def bundle_hash() -> str:
    """Return one hash over all bundles in force: an assessment made under another hash is out of date."""
    return _agreed().hash


def versions() -> dict[str, str]:
    """Return the version in force by kind."""
    return {kind: bundle.version for kind, bundle in sorted(_agreed().bundles.items())}


def heading(code: str) -> str:
    """Return the heading of a control code, e.g. 3A001 of `3a001.b.2`; "" when there is none in it."""
    match = re.match(r"\s*(\d[A-Ea-e]\d{3})(?![0-9A-Za-z])", code)
    return match[1].upper() if match else ""


def control_entry(code: str) -> ControlEntry | None:
    """Return the entry of a control code or of one of its paragraphs."""
    return _agreed().control.get(heading(code))


def search_control(text: str, limit: int = 20) -> list[ControlEntry]:
    """Return entries whose code begins with the text, or whose title has all its words; codes first."""
    entries = _agreed().control
    wanted = text.strip().upper()
    if not wanted:
        return []
    by_code = [entry for code, entry in entries.items() if code.startswith(heading(text) or wanted)]
    words = text.casefold().split()
    by_title = [
        entry
        for entry in entries.values()
        if entry not in by_code and all(word in entry.title.casefold() for word in words)
    ]
    return (by_code + by_title)[:limit]


def critical(codes: Iterable[str]) -> bool:
    """Whether any of the control codes is critical by the control list in force.

    Critical: a reason named critical by the list, a heading named critical by it, or a code that the list
    does not know (what is not known is not safe). The list says which codes mean "not controlled".
    """
    table = _agreed().tables("control_list").get("critical", {})
    reasons, headings = set(table.get("reasons", [])), set(table.get("headings", []))
    free = set(table.get("not_controlled", []))
    for code in codes:
        if code.strip().upper() in free:
            continue
        entry = control_entry(code)
        if entry is None or entry.code in headings or entry.reason_codes & reasons:
            return True
    return False


def not_controlled(code: str) -> bool:
    """Whether the control list in force names a code as meaning "not controlled"."""
    table = _agreed().tables("control_list").get("critical", {})
    return code.strip().upper() in table.get("not_controlled", [])


def country_facts(code: str) -> CountryFacts:
    """Return what is known of a country by ISO 3166-1 alpha-2 code; for an unknown code, `known` is false."""
    code = code.strip().upper()
    return _agreed().countries.get(code) or CountryFacts(code=code, name=code, known=False)


def countries() -> list[CountryFacts]:
    """Return all countries by name."""
    return sorted(_agreed().countries.values(), key=lambda country: country.name)


def hs6(code: str) -> str:
    """Return the first six digits of a commodity code written with or without points; "" when shorter."""
    digits = re.sub(r"[.\s]", "", code)
    return digits[:6] if len(digits) >= 6 and digits.isdigit() else ""


def chpl_tier(code: str) -> str | None:
    """Return the tier of the common high priority list for a commodity code of six or more digits."""
    return _agreed().chpl.get(hs6(code))


def red_flags() -> list[RedFlag]:
    """Return the warning signs in force."""
    return [
        RedFlag(entry["key"], entry["sentence"], entry["axis"], entry["source"], entry["confidence"])
        for entry in _agreed().entries("red_flags")
    ]


def scorecard() -> dict[str, Any]:
    """Return {"bands": [...], "axes": {axis: max}, "points": {...}, "hard_stops": [...]} in force."""
    return _agreed().tables("scorecard")


def harm() -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """Return (version, tables, entries) of the harm of delay in force; ("", {}, []) where none is."""
    agreed = _agreed()
    bundle = agreed.bundles.get("harm")
    return (bundle.version if bundle else "", agreed.tables("harm"), agreed.entries("harm"))


def undercut_rules() -> list[undercut.UndercutRule]:
    """Return the rules in force by which a member heeds the denials of another, in their order."""
    return _agreed().undercut_rules


def ownership_rules() -> list[dict[str, Any]]:
    """Return the rules in the bundle in force by which what listed parties own counts as listed."""
    return _agreed().entries("ownership")


def humanitarian() -> dict[str, Any]:
    """Return the providers, supplies and instruments of the humanitarian grounds in force."""
    return _agreed().tables("humanitarian")


def aid_table() -> aid.Table:
    """Return the decision table of humanitarian grounds in force; one without rows where none is."""
    return _agreed().aid


def aid_place(country: str, area: str = "") -> aid.Place:
    """Return a destination with what the country data in force say of it."""
    facts = country_facts(country)
    return aid.Place(facts.code, area, facts.embargo, facts.groups)


def charter(key: str, version: str | None = None) -> CharterData:
    """Return a charter in force, or a version of it that was ever loaded; NotFound without one."""
    found = _agreed().charters.get(key)
    if version is not None and (found is None or found.version != version):
        row = Charter.objects.filter(key=key, version=version).order_by("-pk").first()
        written = AuthoredCharter.objects.filter(key=key, version=version).exclude(activated_at=None).first()
        payload = row.payload if row else written.payload if written else None
        found = None if payload is None else charters.parse(payload)
    if found is None:
        raise NotFound(
            _("There is no charter “%(key)s” %(version)s.") % {"key": key, "version": version or ""}
        )
    return found


def authored_charters() -> list[AuthoredCharter]:
    """Return the charters in force that were written in the workbench, by key."""
    return list(_agreed().authored)


def charter_payload(key: str) -> dict[str, Any]:
    """Return a charter in force as it is written; NotFound without one."""
    agreed = _agreed()
    written = {entry["key"]: entry for entry in agreed.entries("charters")}
    written |= {row.key: row.payload for row in agreed.authored}
    if key not in written:
        raise NotFound()
    return dict(written[key])


def all_charters() -> list[CharterData]:
    """Return the charters in force by key."""
    return [found for _key, found in sorted(_agreed().charters.items())]


def rehearsal() -> dict[str, Any]:
    """Return {"days", "reason"}: within how long each path of a charter is rehearsed; empty where not agreed."""
    return dict(_agreed().tables("charters").get("rehearsal", {}))


def criteria() -> list[Criterion]:
    """Return the criteria in force, lanes before stakes, each by rank."""
    return list(_agreed().criteria)


def scenarios() -> dict[str, profiles.Scenario]:
    """Return the scenario profiles in force by key."""
    return dict(_agreed().scenarios)


def scenario(key: str) -> profiles.Scenario:
    """Return a scenario profile in force; NotFound without one."""
    found = _agreed().scenarios.get(key)
    if found is None:
        raise NotFound(_("There is no scenario profile “%(key)s”.") % {"key": key})
    return found
