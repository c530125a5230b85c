"""What each kind of bundle must hold; errors name the path in the file."""

import re
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from alliance import aid_reading, cel, charter_check, charters, thresholds, undercut
from alliance import instruments as authorisation_terms
from alliance import measures as crisis_measures
from alliance import scenarios as profiles
from alliance.criteria import LANES, STAKE_KINDS
from alliance.reading import KEY, Reader
from core.errors import Invalid

CONFIDENCE = ("read", "excerpt", "derived", "recalled", "proposed")
COUNTRY = re.compile(r"[A-Z]{2}")
HEADING = re.compile(r"\d[A-E]\d{3}")
REASON = re.compile(r"[A-Z]{2,4}")
GROUP = re.compile(r"[A-E]:\d")
HS6 = re.compile(r"\d{6}")
TIER = re.compile(r"\d(\.[A-Z])?")
MINISTRIES = charters.MINISTRIES

Entries = Sequence[Any]
Tables = Mapping[str, Any]


def _rows(entries: Entries, fields: Sequence[str], optional: Sequence[str] = ()) -> list[Reader]:
    return list(
        Reader({"entries": list(entries)}, "", ("entries",)).objects("entries", fields, optional=optional)
    )


def _sourced(row: Reader) -> None:
    row.text("source")
    row.choice("confidence", CONFIDENCE)


def _unique(rows: Sequence[Reader], name: str) -> None:
    seen: set[object] = set()
    for row in rows:
        value = row.value[name]
        if value in seen:
            row.fail(name, _("%(value)s is there twice.") % {"value": value})
        seen.add(value)


def _tables(tables: Tables, fields: Sequence[str], optional: Sequence[str] = ()) -> Reader:
    return Reader(tables, "tables", fields, optional=optional)


def jurisdictions(entries: Entries, tables: Tables) -> None:
    """Members with an IANA zone, the key of their calendar and one authority for each ministry."""
    _tables(tables, ())
    zones = zoneinfo.available_timezones()
    rows = _rows(entries, ("code", "name", "timezone", "calendar", "authorities", "source", "confidence"))
    for row in rows:
        row.match("code", COUNTRY, "DE")
        row.text("name", longest=100)
        if row.text("timezone", longest=50) not in zones:
            row.fail("timezone", _("Is not a time zone of the IANA database."))
        row.text("calendar", longest=20)
        found = []
        for authority in row.objects("authorities", ("ministry", "name")):
            found.append(authority.choice("ministry", MINISTRIES))
            authority.text("name", longest=200)
        if sorted(found) != sorted(MINISTRIES):
            row.fail("authorities", _("Needs one of each: %(choices)s.") % {"choices": ", ".join(MINISTRIES)})
        _sourced(row)
    _unique(rows, "code")


def countries(entries: Entries, tables: Tables) -> None:
    """Countries by code; what is said of one carries its own source and confidence."""
    _tables(tables, ())
    rows = _rows(entries, ("code", "name"), ("facts",))
    for row in rows:
        row.match("code", COUNTRY, "DE")
        row.text("name", longest=100)
        if row.has("facts"):
            known = ("embargo", "transshipment", "of_concern")
            said = row.object("facts", (), optional=known)
            for name in said.value:
                _sourced(said.object(name, ("source", "confidence")))
    _unique(rows, "code")


def control_list(entries: Entries, tables: Tables) -> None:
    """Headings with category, product group and reasons; the tables explain the letters and digits."""
    table = _tables(tables, ("categories", "product_groups", "reasons", "numbering", "critical"))
    rows = _rows(entries, ("code", "title", "category", "product_group", "reasons"), ("note",))
    names = table.open_object("reasons").value
    tops = {field: table.open_object(field).value for field in ("categories", "product_groups")}
    for row in rows:
        code = row.match("code", HEADING, "3A001")
        row.text("title", longest=120)
        for field, position, of in (("category", 0, "categories"), ("product_group", 1, "product_groups")):
            if row.value[field] != code[position] or code[position] not in tops[of]:
                row.fail(
                    field, _("Must be “%(value)s”, with its name in the tables.") % {"value": code[position]}
                )
        for reason in row.objects("reasons", ("code", "derived", "source")):
            if reason.match("code", REASON, "MT") not in names:
                reason.fail("code", _("Is not among the reasons of the tables."))
            reason.flag("derived")
            reason.text("source")
    _unique(rows, "code")
    critical = table.object("critical", ("reasons", "headings", "not_controlled", "source", "confidence"))
    critical.choices("reasons", tuple(names))
    critical.matches("headings", HEADING, "3A001")
    critical.items("not_controlled")
    _sourced(critical)


def chpl(entries: Entries, tables: Tables) -> None:
    """HS-6 codes by tier."""
    tiers = _tables(tables, ("tiers",)).open_object("tiers")
    rows = _rows(entries, ("hs6", "tier", "source", "confidence"))
    for row in rows:
        row.match("hs6", HS6, "854231")
        if row.match("tier", TIER, "3.A") not in tiers.value:
            row.fail("tier", _("Is not among the tiers of the tables."))
        _sourced(row)
    _unique(rows, "hs6")


def country_groups(entries: Entries, tables: Tables) -> None:
    """Country groups with their members; `of_concern` names the groups that call for more care."""
    rows = _rows(entries, ("group", "members", "source", "confidence"), ("note",))
    for row in rows:
        row.match("group", GROUP, "A:5")
        row.matches("members", COUNTRY, "DE")
        _sourced(row)
    _unique(rows, "group")
    _tables(tables, ("of_concern",)).choices("of_concern", [row.value["group"] for row in rows])


def fatf(entries: Entries, tables: Tables) -> None:
    """Countries on one of the FATF lists."""
    _tables(tables, ())
    rows = _rows(entries, ("code", "list", "source", "confidence"))
    for row in rows:
        row.match("code", COUNTRY, "DE")
        row.choice("list", ("countermeasures", "enhanced_due_diligence", "increased_monitoring"))
        _sourced(row)
    _unique(rows, "code")


def regimes(entries: Entries, tables: Tables) -> None:
    """Control regimes with members and what they promise about each other's denials; the table `undercut` has the
    rules by which that is kept, the first that bears on two members counts."""
    rows = _rows(entries, ("regime", "name", "members", "no_undercut", "source", "confidence"))
    known = []
    for row in rows:
        known.append(row.match("regime", re.compile(r"[A-Z]{2,4}"), "MTCR"))
        row.text("name", longest=100)
        row.matches("members", COUNTRY, "DE")
        row.text("no_undercut")
        _sourced(row)
    _unique(rows, "regime")
    if tables:
        undercut.check(_tables(tables, ("undercut",)), known)


def red_flags(entries: Entries, tables: Tables) -> None:
    """Warning signs, each on one axis."""
    _tables(tables, ())
    rows = _rows(entries, ("key", "sentence", "axis", "source", "confidence"))
    for row in rows:
        row.key("key")
        row.text("sentence", longest=300)
        row.key("axis")
        _sourced(row)
    _unique(rows, "key")


def humanitarian(entries: Entries, tables: Tables) -> None:
    """Instruments that a humanitarian ground may rest on, provider classes and kinds of supply."""
    rows = _rows(entries, ("key", "title", "covers", "does_not_cover", "source", "confidence"))
    for row in rows:
        row.key("key")
        for name in ("title", "covers", "does_not_cover"):
            row.text(name)
        _sourced(row)
    _unique(rows, "key")
    table = _tables(tables, ("providers", "supplies"))
    for name in ("providers", "supplies"):
        for item in table.objects(name, ("key", "title", "source", "confidence")):
            item.key("key")
            item.text("title", longest=200)
            _sourced(item)


def areas(entries: Entries, tables: Tables) -> None:
    """Destinations of aid as `alliance.aid_reading.parse_destinations` reads them."""
    _tables(tables, ())
    aid_reading.parse_destinations(entries)


def grounds(entries: Entries, tables: Tables) -> None:
    """The decision table of humanitarian grounds as `alliance.aid_reading.parse` reads it."""
    aid_reading.parse(entries, tables)


def scorecard(entries: Entries, tables: Tables) -> None:
    """Indicators by axis with their points; bands and the axes' caps are in the tables."""
    table = _tables(tables, ("bands", "axes", "hard_stops", "chpl_points"), ("agreed",))
    thresholds.read_agreed(table, [f"{band}_from" for band in thresholds.BANDS])
    previous = -1
    for band in table.objects("bands", ("band", "from", "to", "route")):
        band.choice("band", ("green", "amber", "red", "black"))
        if band.whole("from", 0, 100) != previous + 1:
            band.fail("from", _("Bands follow one another without a gap."))
        previous = band.whole("to", 0, 100)
        if previous < band.value["from"]:
            band.fail("to", _("Ends before it begins."))
        band.text("route")
    if previous != 100:
        table.fail("bands", _("The last band ends at 100."))
    caps = table.open_object("axes")
    if sum(caps.whole(axis, 1, 100) for axis in caps.value) != 100:
        table.fail("axes", _("The highest points of the axes add up to 100."))
    for stop in table.objects("hard_stops", ("code", "sentence")):
        stop.key("code")
        stop.text("sentence")
    points = table.object("chpl_points", ("1", "2", "3.A", "3.B", "4.A", "4.B"))
    for tier in points.value:
        points.whole(tier, 0, 100)
    rows = _rows(entries, ("key", "axis", "sentence", "source", "confidence"))
    for row in rows:
        row.key("key")
        row.choice("axis", tuple(caps.value))
        row.text("sentence")
        _sourced(row)
    _unique(rows, "key")


def harm(entries: Entries, tables: Tables) -> None:
    """What an hour of waiting costs, in hundredths of a point: by ground, people served and a date."""
    table = _tables(tables, ("ordinary", "unjudged_percent", "people", "date", "order"))
    ordinary = table.object("ordinary", ("sentence", "points"))
    ordinary.text("sentence", longest=200)
    ordinary.whole("points", 0, 100_000)
    table.whole("unjudged_percent", 0, 100)
    before = (0, 0)
    for band in table.objects("people", ("from", "points")):
        here = band.whole("from", 1, 1_000_000_000), band.whole("points", 0, 100_000)
        if here[0] <= before[0] or here[1] < before[1]:
            band.fail("from", _("More people never count for less: steps and their points rise."))
        before = here
    date = table.object("date", ("run_up_hours", "points", "perishable_points", "after_percent"))
    date.whole("run_up_hours", 1, 24 * 365)
    if date.whole("points", 0, 100_000) > date.whole("perishable_points", 0, 100_000):
        date.fail("perishable_points", _("What perishes never counts for less."))
    date.whole("after_percent", 0, 100)
    order = table.object("order", ("aging", "minutes_per_case", "lanes"))
    order.whole("aging", 1, 100_000)  # 0 would let a case starve
    order.whole("minutes_per_case", 1, 24 * 60)
    if sorted(order.choices("lanes", LANES)) != sorted(LANES):
        order.fail("lanes", _("Needs each of: %(choices)s.") % {"choices": ", ".join(LANES)})
    fields = ("key", "sentence", "ground", "supplies", "points", "rise", "most", "source", "confidence")
    rows = _rows(entries, fields)
    for row in rows:
        row.key("key")
        row.text("sentence", longest=200)
        row.choice("ground", ("crisis", "humanitarian"))
        row.matches("supplies", KEY, "medical")
        row.whole("rise", 0, 100_000)
        if row.whole("most", 0, 100_000) < row.whole("points", 0, 100_000):
            row.fail("most", _("Is less than what it begins with."))
        _sourced(row)
    _unique(rows, "key")


def ownership(entries: Entries, tables: Tables) -> None:
    """Rules by which what listed parties own counts as listed; `until` is the last day, or null."""
    _tables(tables, ())
    fields = ("key", "title", "lists", "threshold", "aggregate", "periods", "source", "confidence")
    rows = _rows(entries, fields)
    for row in rows:
        row.key("key")
        row.text("title", longest=200)
        row.matches("lists", KEY, "us-ofac-sdn")
        row.whole("threshold", 1, 100)
        row.flag("aggregate")
        for period in row.objects("periods", ("from", "until")):
            first = period.day("from")
            if period.value["until"] is not None and period.day("until") < first:
                period.fail("until", _("Ends before it begins."))
        _sourced(row)
    _unique(rows, "key")


def charter_bundle(entries: Entries, tables: Tables) -> None:
    """Charters as `alliance.charters.parse` reads them, without a hole that `alliance.charter_check` finds; the
    tables may say in how many days each path is rehearsed where its charter does not."""
    table = _tables(tables, (), ("rehearsal",))
    if table.has("rehearsal"):
        said = table.object("rehearsal", ("days", "reason"))
        said.whole("days", *charters.REHEARSE)
        said.text("reason")
    parsed = [charter_check.accept(entry, f"entries.{index}") for index, entry in enumerate(entries)]
    for index, charter in enumerate(parsed):
        if charter.key in {other.key for other in parsed[:index]}:
            raise Invalid.field(
                f"entries.{index}.key", _("%(value)s is there twice.") % {"value": charter.key}
            )


CRITERION_FIELDS = (
    "key", "kind", "rank", "expression", "sentence", "legal_basis", "owner", "review_date", "outcome",
)  # fmt: skip


def criteria(entries: Entries, tables: Tables) -> None:
    """Lane, stake and key criteria; the last lane criterion takes what no other took and asks for a review."""
    _tables(tables, ())
    rows = _rows(entries, CRITERION_FIELDS)
    lanes: list[Reader] = []
    ranks: set[int] = set()
    for row in rows:
        row.key("key")
        kind = row.choice("kind", ("lane", "stake", "keys"))
        rank = row.whole("rank", 0, 9999)
        row.text("expression", longest=cel.LONGEST)
        for name in ("sentence", "legal_basis"):
            row.text(name)
        row.text("owner", longest=200)
        row.day("review_date")
        if kind == "lane":
            outcome = row.object("outcome", ("lane", "charter"), optional=("review",))
            outcome.choice("lane", LANES)
            outcome.key("charter")
            if outcome.has("review"):
                outcome.flag("review")
            if rank in ranks:
                row.fail("rank", _("Two lane criteria may not have the same rank."))
            ranks.add(rank)
            lanes.append(row)
        elif kind == "keys":
            row.object("outcome", ("keys",)).choice("keys", ("humanitarian_security",))
        else:
            outcome = row.object("outcome", ("consultation", "binding"))
            outcome.choice("consultation", STAKE_KINDS)
            outcome.flag("binding")
    _unique(rows, "key")
    if not lanes:
        raise Invalid.field("entries", _("There must be at least one lane criterion."))
    last = max(lanes, key=lambda row: row.value["rank"])
    if last.value["expression"] != "true" or not last.value["outcome"].get("review"):
        last.fail("outcome", _("The lane criterion of the highest rank is “true” and asks for a review."))
    try:
        cel.check_all([(row.value["expression"], row.value["kind"]) for row in rows])
    except cel.CelError as error:
        path = next(iter(error.fields), "")
        raise cel.CelError(
            error.detail, fields={f"entries.{path}" if path else "entries": [error.detail]}
        ) from error


def scenarios(entries: Entries, tables: Tables) -> None:
    """Profiles as `alliance.scenarios.parse` reads them, that of peacetime among them; the tables may hold the rule
    by which the members vote on thresholds."""
    thresholds.check_rule(_tables(tables, (), (thresholds.RULE,)))
    found = [profiles.parse(entry, f"entries.{index}").key for index, entry in enumerate(entries)]
    _keys_once(found)
    if profiles.PEACETIME not in found:
        raise Invalid.field("entries", _("The profile “%(key)s” is missing.") % {"key": profiles.PEACETIME})


def measures(entries: Entries, tables: Tables) -> None:
    """Sets as `alliance.measures.parse` reads them: each with a way out."""
    _tables(tables, ())
    _keys_once([crisis_measures.parse(entry, f"entries.{index}").key for index, entry in enumerate(entries)])


def authorisations(entries: Entries, tables: Tables) -> None:
    """Instruments as `alliance.instruments.parse` reads them: none without safeguards."""
    _tables(tables, ())
    found = authorisation_terms.accept(entries)
    _keys_once([one.key for one in found])


def _keys_once(keys: Sequence[str]) -> None:
    for index, key in enumerate(keys):
        if key in keys[:index]:
            raise Invalid.field(f"entries.{index}.key", _("%(value)s is there twice.") % {"value": key})


CHECKS: Mapping[str, Callable[[Entries, Tables], None]] = {
    "jurisdictions": jurisdictions,
    "countries": countries,
    "country_groups": country_groups,
    "fatf": fatf,
    "regimes": regimes,
    "control_list": control_list,
    "chpl": chpl,
    "red_flags": red_flags,
    "humanitarian": humanitarian,
    "areas": areas,
    "grounds": grounds,
    "scorecard": scorecard,
    "harm": harm,
    "ownership": ownership,
    "charters": charter_bundle,
    "criteria": criteria,
    "scenarios": scenarios,
    "measures": measures,
    "authorisations": authorisations,
}
"""In the order in which the kinds are loaded: criteria and scenarios name charters, measures name scenarios."""
