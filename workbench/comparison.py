"""The two sides of a hit beside each other: what fits, what differs, and what only one of them says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licensing.models import Party
from licensing.selectors.cases import Sides
from pages.geography import country_name
from screening.engine.countries import same_country
from screening.engine.words import identifier, is_latin, spelt
from screening.explaining import RULES
from screening.models import Entry, Hit

KINDS = {
    "company": gettext_lazy("Company or body"),
    "person": gettext_lazy("Person"),
    "vessel": gettext_lazy("Vessel"),
    "aircraft": gettext_lazy("Aircraft"),
}
#: How a hit came about, in words, by its rule.
HIT_RULES: dict[str, str | Promise] = {
    "exact": gettext_lazy("The same name"),
    "alias": gettext_lazy("The same as an alias"),
    "near": gettext_lazy("A name much alike"),
    "identifier": gettext_lazy("The same number"),
    "address": gettext_lazy("The same address"),
    "owned": gettext_lazy("Held by listed parties"),
    "edit_1": gettext_lazy("One letter differs"),
    "edit_2": gettext_lazy("Two letters differ"),
}


@dataclass(frozen=True)
class Said:
    """One thing that a side says; `chosen` where it is what the match was made on."""

    text: str
    chosen: bool = False
    note: str | Promise = ""


@dataclass(frozen=True)
class Verdict:
    """What comes of comparing, in a word and its colour."""

    label: str | Promise
    colour: str


FACTS = ("identifier", "date_of_birth", "country", "type")  # rules that fit or do not
SAME = Verdict(gettext_lazy("The same"), "green")
ALIKE = Verdict(gettext_lazy("Alike"), "yellow")
DIFFERENT = Verdict(gettext_lazy("Different"), "red")
BY_EYE = Verdict(gettext_lazy("Compare them"), "grey")
ONLY_LISTED = Verdict(gettext_lazy("Only on the list"), "grey")
ONLY_ASKED = Verdict(gettext_lazy("Only in the application"), "grey")


@dataclass(frozen=True)
class Compared:
    """A line of the comparison. `verdict` is None where nothing is said, or there is nothing to compare with."""

    label: str | Promise
    asked: list[Said]
    listed: list[Said]
    verdict: Verdict | None


@dataclass(frozen=True)
class Line:
    """A word of the application beside its counterpart on the list."""

    asked: str
    listed: str
    percent: int | None  # None: there is no counterpart
    rule: str | Promise
    fits: Verdict
    asked_reads: str = ""  # in Latin letters, where it is written in others
    listed_reads: str = ""


def compared(both: Sides) -> list[Compared]:
    """Return what both sides say, line by line."""
    hit, party, entry = both.hit, both.party, both.entry
    return [
        Compared(_("Name"), _asked_names(hit, party), _listed_names(hit, entry), _of_names(hit)),
        _line(_("Kind"), _kind(party), _kind(entry), _same_text),
        _line(
            _("Country"),
            _country(party),
            [_named(one) for one in entry.countries] if entry else [],
            lambda _asked, _listed: _of_country(party, entry),
        ),
        _line(_("Address"), [party.address] if party else [], list(entry.addresses) if entry else []),
        _line(_("Numbers"), _numbers(party), list(entry.identifiers) if entry else [], _same_number),
        _line(_("Founded or born"), _dates(party), list(entry.born) if entry else [], _same_year),
    ]


def _line(label: str, asked: list[str], listed: list[str], compare: Any = None) -> Compared:
    asked, listed = [one for one in asked if one], [one for one in listed if one]
    if asked and listed:
        verdict = compare(asked, listed) if compare else BY_EYE
    else:
        verdict = ONLY_ASKED if asked else ONLY_LISTED if listed else None
    return Compared(label, [Said(one) for one in asked], [Said(one) for one in listed], verdict)


def _asked_names(hit: Hit, party: Party | None) -> list[Said]:
    names = list(dict.fromkeys([party.name, *party.aliases] if party else [hit.queried_name]))
    if hit.queried_name not in names:
        names.append(hit.queried_name)
    return [Said(name, name == hit.queried_name, _("compared")) for name in names]


def _listed_names(hit: Hit, entry: Entry | None) -> list[Said]:
    if entry is None:
        return [
            Said(name, name == hit.matched_name) for name in dict.fromkeys([hit.entry_name, hit.matched_name])
        ]
    return [
        Said(name.name, name.name == hit.matched_name, name.get_kind_display()) for name in entry.names.all()
    ]


def _of_names(hit: Hit) -> Verdict:
    if hit.rule in ("exact", "alias"):
        return SAME
    return BY_EYE if hit.rule in ("identifier", "owned", "address") else ALIKE


def _kind(side: Party | Entry | None) -> list[str]:
    return [str(KINDS.get(side.kind, side.kind))] if side else []


def _country(party: Party | None) -> list[str]:
    return [country_name(party.country)] if party and party.country else []


def _numbers(party: Party | None) -> list[str]:
    return [f"{str(one['scheme']).upper()} {one['value']}" for one in party.identifiers] if party else []


def _dates(party: Party | None) -> list[str]:
    told = getattr(party, "born", None) or (party.incorporated_on if party else None)
    return [str(told)] if told else []


def _same_text(asked: list[str], listed: list[str]) -> Verdict:
    return SAME if set(asked) & set(listed) else DIFFERENT


def _named(text: str) -> str:
    """A country as a publisher writes it, by its name where that is a code."""
    return country_name(text.upper()) if len(text) == 2 else text


def _of_country(party: Party | None, entry: Entry | None) -> Verdict:
    same = same_country(party.country, entry.countries) if party and entry else None
    return BY_EYE if same is None else SAME if same else DIFFERENT


def _same_number(asked: list[str], listed: list[str]) -> Verdict:
    mine = {identifier(one.partition(" ")[2]) for one in asked}
    return SAME if mine & {identifier(one) for one in listed} else DIFFERENT


def _same_year(asked: list[str], listed: list[str]) -> Verdict:
    return SAME if {one[:4] for one in asked} & {one[:4] for one in listed} else DIFFERENT


def reading(name: str) -> str:
    """Return how a name in another script reads in Latin letters; "" for one in Latin letters."""
    if is_latin(name):
        return ""
    return _capitals(" ".join(read for read, _written in spelt(name)))


def _capitals(words: str) -> str:
    return " ".join(word.capitalize() for word in words.split())


def _both(words: str, name: str) -> tuple[str, str]:
    """Return words of a name as they are written there and, where that is not in Latin letters, how they read."""
    if not is_latin(words):
        return words, reading(words)
    if is_latin(name):
        return words, ""
    wanted = words.casefold().split()
    known = [(word, place) for place, (read, _w) in enumerate(spelt(name)) for word in read.split()]
    for start in range(len(known) - len(wanted) + 1):
        part = known[start : start + len(wanted)]
        if [word for word, _place in part] == wanted:
            written = [spelt(name)[place][1] for place in dict.fromkeys(place for _word, place in part)]
            between = "" if all(len(each) == 1 for each in written) else " "
            return between.join(written), _capitals(words)
    return words, ""


def percent(score: Decimal | float) -> int:
    """Return a likeness in percent; 100 only where it is whole."""
    return int(score * 100)


def aligned(hit: Hit) -> list[Line]:
    """Return the words that a hit was made of, each beside its counterpart; [] for a hit that kept none.

    Kind, country and dates are not among them: the comparison of both sides tells how they fit.
    """
    return [_aligned(line, hit) for line in hit.alignment if line["rule"] not in FACTS[1:]]


def lowered(hit: Hit) -> list[str]:
    """Return, in words, the facts that lowered the likeness of a hit."""
    told = {"date_of_birth": _("The date of birth is another"), "type": _("The kind of party is another")}
    return [
        told[line["rule"]] for line in hit.alignment if line["rule"] in told and not float(line["similarity"])
    ]


def labels(lines: Iterable[Compared], verdict: Verdict) -> list[str]:
    """Return what else than the name comes to a verdict, by its label."""
    return [str(line.label) for line in list(lines)[1:] if line.verdict is verdict]


def _aligned(line: dict[str, Any], hit: Hit) -> Line:
    rule, alike = str(line["rule"]), float(line["similarity"])
    asked, listed = str(line["asked"]), str(line["listed"])
    if rule == "identifier":
        return Line(asked, listed, None, RULES[rule], SAME if alike else DIFFERENT)
    (asked, asked_reads), (listed, listed_reads) = (
        _both(asked, hit.queried_name),
        _both(listed, hit.matched_name),
    )
    percent = None if rule.startswith("missing") else int(alike * 100)
    fits = SAME if percent == 100 else ALIKE if percent else DIFFERENT
    if rule.startswith("missing"):
        fits = ONLY_ASKED if rule == "missing_in_list" else ONLY_LISTED
    return Line(asked, listed, percent, RULES.get(rule, rule), fits, asked_reads, listed_reads)
