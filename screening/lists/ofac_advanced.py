"""OFAC's sdn_advanced.xml and cons_advanced.xml: parties, their names and documents, and who owns whom. Pure.

Format: the Advanced Sanctions Data Model. What its numbers mean stands in the file's own ReferenceValueSets.
"""

from __future__ import annotations

import calendar
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from screening.lists.rows import Link, Parsed, Row, Rows, born, broken, numbered, once, years
from screening.lists.streams import all_said, elements, said

WANTED = (
    "DateOfIssue", "ReferenceValueSets", "Location", "IDRegDocument", "DistinctParty", "ProfileRelationship",
    "SanctionsEntry",
)  # fmt: skip
KINDS = {"individual": "person", "entity": "company", "vessel": "vessel", "aircraft": "aircraft"}
OWNED = "owned or controlled by"
OF_COUNTRY = {
    "location", "nationality country", "citizenship country", "vessel flag", "nationality of registration",
}  # fmt: skip
NUMBERS = re.compile(
    r"swift|bik\b|serial number|tail number|isin|d-u-n-s|\bimo\b|mmsi|\bcode\b|registration", re.I
)
ORDER = ("ADDRESS1", "ADDRESS2", "ADDRESS3", "CITY", "STATE/PROVINCE", "POSTAL CODE", "REGION")


@dataclass
class Said:
    """What a party says by reference, resolved when the whole file is read: sections may come in any order."""

    line: int
    row: Row
    sub_type: str
    identities: list[str]
    details: list[tuple[str, str]] = field(default_factory=list)  # (feature type, text or reference)
    places: list[tuple[str, str]] = field(default_factory=list)  # (feature type, location)
    periods: list[tuple[str, list[str]]] = field(default_factory=list)  # (feature type, births)


def _date(element: Element | None) -> tuple[int, int, int] | None:
    texts = [said(element, part) for part in ("Year", "Month", "Day")]
    numbers = [int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0 for text in texts]
    return (numbers[0], numbers[1] or 1, numbers[2] or 1) if numbers[0] else None


def births(period: Element) -> list[str]:
    """Return the births of a date period: a day, a month, a year, or the years of a longer one."""
    first = _date(period.find("Start/From"))
    if first is None:
        return []
    ends = (period.find(path) for path in ("End/To", "End/From", "Start/To"))
    last = next((found for found in map(_date, ends) if found), first)
    (year, month, day), until = first, last
    if first == last:
        with_day = period.find("Start/From/Day") is not None
        with_month = period.find("Start/From/Month") is not None
        return born(f"{year:04}" + f"-{month:02}" * with_month + f"-{day:02}" * (with_month and with_day))
    if year == until[0]:
        whole = month == until[1] and day == 1 and 1 <= month <= 12
        whole = whole and until[2] == calendar.monthrange(year, month)[1]
        return born(f"{year:04}-{month:02}" if whole else f"{year:04}")
    return years(year, until[0])


def _names(profile: Element, reference: _Reference) -> Iterator[tuple[str, bool, bool, bool]]:
    """Yield (name, is it the one the party goes by, is it weak, is it in Latin script) of all identities."""
    for identity in profile.findall("Identity"):
        parts = {
            group.get("ID", ""): group.get("NamePartTypeID", "")
            for group in identity.findall("NamePartGroups/MasterNamePartGroup/NamePartGroup")
        }
        for alias in identity.findall("Alias"):
            main = alias.get("Primary") == "true" and identity.get("Primary", "true") == "true"
            weak = alias.get("LowQuality") == "true"
            for name in alias.findall("DocumentedName"):
                values = [
                    (said(value), parts.get(value.get("NamePartGroupID", ""), ""))
                    for value in name.findall("DocumentedNamePart/NamePartValue")
                ]
                status = reference.text.get(("DocNameStatus", name.get("DocNameStatusID", "")), "")
                yield _joined(values, reference), main, weak, status.casefold() == "primary latin"


def _joined(values: list[tuple[str, str]], reference: _Reference) -> str:
    """Return a name as OFAC's other files write it: `LAST NAME, First`."""
    texts = [text for text, _type in values if text]
    last = reference.text.get(("NamePartType", values[0][1]), "") if values else ""
    if len(texts) > 1 and last.casefold() == "last name" and texts[0].isascii():
        return f"{texts[0]}, {' '.join(texts[1:])}"
    return " ".join(texts)


def _party(line: int, party: Element, profile: Element, reference: _Reference) -> Said:
    number = profile.get("ID", "") or party.get("FixedRef", "")
    row = Row(number, "company", "", remarks=said(party, "Comment"))
    names = [found for found in _names(profile, reference) if found[0]]
    best = sorted(names, key=lambda found: (not found[1], found[2], not found[3]))
    row.name = best[0][0] if best else ""
    row.aliases = [name for name, _main, weak, _latin in names if not weak]
    row.weak = [name for name, _main, weak, _latin in names if weak]
    identities = [identity.get("ID", "") for identity in profile.findall("Identity")]
    about = Said(line, row, profile.get("PartySubTypeID", ""), identities)
    for feature in profile.findall("Feature"):
        of = feature.get("FeatureTypeID", "")
        for version in feature.findall("FeatureVersion"):
            for detail in version.findall("VersionDetail"):
                about.details.append((of, said(detail) or f"#{detail.get('DetailReferenceID', '')}"))
            about.places += [
                (of, place.get("LocationID", "")) for place in version.findall("VersionLocation")
            ]
            about.periods += [(of, births(period)) for period in version.findall("DatePeriod")]
    return about


class _Reference:
    """The file's own tables: what a number of a table means."""

    def __init__(self) -> None:
        self.text: dict[tuple[str, str], str] = {}
        self.type_of: dict[str, str] = {}  # party sub-type: party type
        self.described: dict[str, str] = {}  # area code: its country

    def read(self, sets: Element) -> None:
        for element in sets.iter():
            if number := element.get("ID"):
                self.text[element.tag, number] = said(element)
                if element.tag == "PartySubType":
                    self.type_of[number] = element.get("PartyTypeID", "")
                if element.tag == "AreaCode":
                    self.described[number] = element.get("Description", "")

    def kind(self, sub_type: str) -> str | None:
        for word in (
            self.text.get(("PartySubType", sub_type), ""),
            self.text.get(("PartyType", self.type_of.get(sub_type, "")), ""),
        ):
            if kind := KINDS.get(word.casefold()):
                return kind
        return None

    def place(self, location: Element) -> tuple[str, str]:
        """Return (address with its country, country) of a location; both empty for an undetermined one."""
        parts: dict[str, str] = {}
        for part in location.findall("LocationPart"):
            values = part.findall("LocationPartValue")
            main = next((value for value in values if value.get("Primary") == "true"), None)
            main = values[0] if main is None and values else main
            parts[self.text.get(("LocPartType", part.get("LocPartTypeID", "")), "")] = said(main, "Value")
        country = area = ""
        for element in location.findall("LocationCountry"):
            country = country or self.text.get(("Country", element.get("CountryID", "")), "")
        for element in location.findall("LocationAreaCode"):
            area = area or self.described.get(element.get("AreaCodeID", ""), "")
        country = country or area or parts.get("Unknown", "")
        country = "" if country.casefold() == "undetermined" else country
        lines = [text for name in ORDER if (text := parts.get(name))]
        return ", ".join([*lines, *filter(None, [country])]) if lines else "", country


def parse(path: Path) -> Parsed:
    """Read the file; entries go by their profile's number, which is that of OFAC's other files."""
    reference, rows, published = _Reference(), Rows(path), ""
    locations: dict[str, Element] = {}
    documents: dict[str, list[str]] = defaultdict(list)
    programmes: dict[str, list[str]] = defaultdict(list)
    lists: dict[str, list[str]] = defaultdict(list)
    relations: list[tuple[str, str, str]] = []  # (type, whose, of whom)
    parties: list[Said] = []
    for line, element in elements(path, "Sanctions", *WANTED):
        match element.tag:
            case "DateOfIssue" if not published and (date := _date(element)):
                published = f"{date[0]:04}-{date[1]:02}-{date[2]:02}"
            case "ReferenceValueSets":
                reference.read(element)
            case "Location":
                locations[element.get("ID", "")] = element
            case "IDRegDocument":
                documents[element.get("IdentityID", "")] += all_said(element, "IDRegistrationNo")
            case "SanctionsEntry":
                of = element.get("ProfileID", "")
                programmes[of] += all_said(element, "SanctionsMeasure/Comment")
                lists[of].append(element.get("ListID", ""))
            case "ProfileRelationship" if element.get("Former") != "true":
                ends = (element.get("From-ProfileID", ""), element.get("To-ProfileID", ""))
                relations.append((element.get("RelationTypeID", ""), *ends))
            case "DistinctParty":
                profiles = element.findall("Profile")
                if not profiles:
                    raise broken(path, line, _("a party without a profile"))
                parties += [_party(line, element, profile, reference) for profile in profiles]
    places = {number: reference.place(location) for number, location in locations.items()}
    for about in parties:
        kind = reference.kind(about.sub_type)
        if kind is None:
            raise broken(path, about.line, _("unknown type %(kind)s") % {"kind": about.sub_type})
        row = rows.add(about.line, about.row)
        row.kind = kind
        row.programmes = "; ".join(once(programmes[row.entry_id]))
        row.part = "; ".join(once(reference.text.get(("List", number), "") for number in lists[row.entry_id]))
        _resolve(about, reference, places)
        row.identifiers += numbered(n for identity in about.identities for n in documents[identity])
    links = [
        Link(owner, owned)
        for of, owned, owner in relations
        if reference.text.get(("RelationType", of), "").casefold() == OWNED
    ]
    return rows.parsed(links, published)


def _resolve(about: Said, reference: _Reference, places: dict[str, tuple[str, str]]) -> None:
    """Write into the row what its features refer to."""

    def feature(number: str) -> str:
        return reference.text.get(("FeatureType", number), "").casefold()

    row = about.row
    for of, text in about.details:
        meant = reference.text.get(("DetailReference", text[1:]), "") if text.startswith("#") else text
        if feature(of) in OF_COUNTRY - {"location"}:
            row.countries.append(meant)
        elif feature(of) == "swift/bic":
            row.identifiers += [meant.upper()] if meant.isalnum() else []
        elif NUMBERS.search(feature(of)):
            row.identifiers += numbered([meant])
    for of, location in about.places:
        address, country = places.get(location, ("", ""))
        if feature(of) in OF_COUNTRY:
            row.countries.append(country)
        if feature(of) == "location":
            row.addresses.append(address)
    for of, days in about.periods:
        if feature(of) == "birthdate":
            row.born += days
