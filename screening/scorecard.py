"""The risk score: a table of small functions, each line of which an officer can read and check. Pure.

After `risk_scorecard_proposed` of the reference data: additive, monotone (worse evidence never lowers it), and
honest about what is not known: a missing fact counts a third of the points it could still add, at least one, and
widens the interval from none of them to all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from screening.score_facts import ScoreFacts

ADDRESS_COUNTS = 40  # points of a hundred for a listed party's very address: many share one
CRISIS = date(2022, 2, 24)  # firms founded since are looked at closer; red flag RF-INC
FREQUENT = 3  # requests for emergency handling in a year; the alliance's own threshold
MISSING_SHARE = 3  # a missing fact counts a third of what it could add, rounded up


@dataclass(frozen=True)
class Line:
    """One line of the score: points of at most `max`; where a fact is missing they may come to lie anywhere from
    `low` to `high` once it is known."""

    axis: str
    indicator: str
    points: int
    low: int
    high: int
    max: int
    reason: str
    missing: bool = False


@dataclass(frozen=True)
class HardStop:
    code: str
    reason: str


@dataclass(frozen=True)
class Score:
    """The sum of the lines, the interval missing facts leave, the band, and what stops the case by itself."""

    total: int
    low: int
    high: int
    band: str
    lines: tuple[Line, ...]
    hard_stops: tuple[HardStop, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """What a feature says: how much of its points it knows of, in hundredths, why, and whether more may come
    from a fact that is missing."""

    share: int
    reason: str
    missing: bool = False


Feature = Callable[[ScoreFacts], Found]


def _missing(reason: str, share: int = 0) -> Found:
    return Found(share, reason, missing=share < 100)


def _worst(shares: Sequence[tuple[int, str]], otherwise: str) -> Found:
    share, reason = max(shares, key=lambda pair: pair[0], default=(0, otherwise))
    return Found(share, reason if share else otherwise)


def _of_countries(facts: ScoreFacts, shares: Sequence[tuple[int, str]], otherwise: str) -> Found:
    """Take the worst country; one that nothing is recorded about leaves the rest open."""
    worst = _worst(shares, "")
    unknown = [country.code for country in facts.countries if not country.known]
    if worst.share == 100 or not unknown:
        return Found(worst.share, worst.reason or otherwise)
    nothing = _("Nothing is recorded about %(codes)s.") % {"codes": ", ".join(unknown)}
    return _missing(f"{worst.reason} {nothing}".strip(), worst.share)


def outside_trusted_groups(facts: ScoreFacts) -> Found:
    """A destination is in none of the country groups of the export-control regimes."""
    destinations = [c for c in facts.countries if c.role == "destination"]
    outside = [c.code for c in destinations if c.known and not c.trusted]
    if outside:
        return Found(100, _("%(codes)s: in no country group of the regimes.") % {"codes": ", ".join(outside)})
    unknown = [c.code for c in destinations if not c.known]
    if unknown:
        return _missing(_("Nothing is recorded about %(codes)s.") % {"codes": ", ".join(unknown)})
    return Found(0, _("Every destination is in a country group of the regimes."))


def embargo_or_concern(facts: ScoreFacts) -> Found:
    """A country of the route or of a party is under embargo, or of concern."""
    return _of_countries(
        facts,
        [
            (100, _("%(code)s is under comprehensive embargo.") % {"code": c.code})
            for c in facts.countries
            if c.embargo
        ]
        + [(60, _("%(code)s is of concern.") % {"code": c.code}) for c in facts.countries if c.of_concern],
        _("No country of the case is under embargo or of concern."),
    )


FATF_SHARE = {"countermeasures": 100, "enhanced_due_diligence": 75, "increased_monitoring": 40}


def fatf_listed(facts: ScoreFacts) -> Found:
    """A country is on a list of the Financial Action Task Force."""
    return _of_countries(
        facts,
        [
            (
                FATF_SHARE.get(c.fatf, 40),
                _("%(code)s: FATF, %(what)s.") % {"code": c.code, "what": c.fatf.replace("_", " ")},
            )
            for c in facts.countries
            if c.fatf
        ],
        _("No country of the case is on an FATF list."),
    )


def transshipment_point(facts: ScoreFacts) -> Found:
    """The route or a party is at a named transshipment point."""
    return _of_countries(
        facts,
        [
            (100, _("%(code)s is a named transshipment point.") % {"code": c.code})
            for c in facts.countries
            if c.transshipment
        ],
        _("No named transshipment point."),
    )


def control_reasons(facts: ScoreFacts) -> Found:
    """How many reasons for control the items have between them."""
    reasons = sorted({reason for item in facts.items for reason in item.reasons})
    share = min(100, 34 * len(reasons))
    said = (
        _("Controlled for %(reasons)s.") % {"reasons": ", ".join(reasons)}
        if reasons
        else _("No reason for control is recorded.")
    )
    open_lines = [str(item.line) for item in facts.items if not item.classified]
    if not open_lines:
        return Found(share, said)
    still = _("Item %(lines)s is still to be classified.") % {"lines": ", ".join(open_lines)}
    return _missing(f"{said} {still}" if reasons else still, share)


TIER_SHARE = {"1": 100, "2": 75, "3.A": 50, "3.B": 50, "4.A": 50, "4.B": 50}


def high_priority(facts: ScoreFacts) -> Found:
    """An HS code is on the common high priority list; tier 1 counts most."""
    return _worst(
        [
            (
                TIER_SHARE.get(item.chpl_tier, 50),
                _("Item %(line)s: tier %(tier)s of the common high priority list.")
                % {"line": item.line, "tier": item.chpl_tier},
            )
            for item in facts.items
            if item.chpl_tier
        ],
        _("No HS code is on the common high priority list."),
    )


def unclassified(facts: ScoreFacts) -> Found:
    """An item has no control code yet."""
    lines = [str(item.line) for item in facts.items if not item.classified]
    if lines:
        return _missing(_("Item %(lines)s is still to be classified.") % {"lines": ", ".join(lines)})
    return Found(0, _("Every item has a control code."))


def list_match(facts: ScoreFacts) -> Found:
    """How closely a name or number matches a listed one that officers have not cleared."""
    return _worst(
        [
            (
                round(match.score * (ADDRESS_COUNTS if match.rule == "address" else 100)),
                (
                    _("%(name)s has the address of “%(entry)s” on %(list)s.")
                    if match.rule == "address"
                    else _("%(name)s matches “%(entry)s” on %(list)s.")
                )
                % {"name": party.name, "entry": match.entry_name, "list": match.list_key},
            )
            for party in facts.parties
            for match in party.matches
        ],
        _("No party matches a listed one."),
    )


def young_company(facts: ScoreFacts) -> Found:
    """A buyer was founded since the crisis began (red flag RF-INC)."""
    buyers = [p for p in facts.parties if p.role in ("consignee", "end_user", "purchaser", "intermediary")]
    young = [p.name for p in buyers if p.incorporated_on and p.incorporated_on >= CRISIS]
    if young:
        return Found(
            100,
            _("Founded since %(date)s: %(names)s.")
            % {"date": CRISIS.isoformat(), "names": ", ".join(sorted(set(young)))},
        )
    unknown = sorted({p.name for p in buyers if p.incorporated_on is None})
    if unknown:
        return _missing(_("Date of foundation unknown: %(names)s.") % {"names": ", ".join(unknown)})
    return Found(0, _("Every buyer is older than the crisis."))


def no_web_presence(facts: ScoreFacts) -> Found:
    """No website is given for the end-user or consignee."""
    without = sorted({p.name for p in facts.parties if p.role in ("consignee", "end_user") and not p.website})
    if without:
        return _missing(_("No website is given for %(names)s.") % {"names": ", ".join(without)})
    return Found(0, _("Websites are given."))


def shared_address(facts: ScoreFacts) -> Found:
    """Parties with different names share an address."""
    at: dict[tuple[str, str], set[str]] = {}
    for party in facts.parties:
        if party.role == "owner":  # an owner may well live where its company is
            continue
        key = (" ".join(party.address.casefold().split()), party.country)
        at.setdefault(key, set()).add(party.name.casefold())
    shared = [address for (address, _country), names in at.items() if len(names) > 1]
    if shared:
        return Found(100, _("Several parties at one address: %(where)s.") % {"where": shared[0]})
    return Found(0, _("No address is shared."))


def military_end_user(facts: ScoreFacts) -> Found:
    """The end-user is military, security or intelligence."""
    if facts.end_use.military_end_user is None:
        return _missing(_("Whether the end-user is military was not answered."))
    if facts.end_use.military_end_user:
        return Found(100, _("The end-user is military, security or intelligence."))
    return Found(0, _("The end-user is civil."))


def thin_statement(facts: ScoreFacts) -> Found:
    """The statement of end-use is short."""
    words = len(facts.end_use.purpose.split())
    if words < 12:
        return Found(100, _("The statement of end-use has %(count)s words.") % {"count": words})
    if words < 25:
        return Found(50, _("The statement of end-use has %(count)s words.") % {"count": words})
    return Found(0, _("The statement of end-use is detailed."))


def missing_undertakings(facts: ScoreFacts) -> Found:
    """Undertakings of the end-user are missing."""
    missing = 4 - len(set(facts.end_use.undertakings))
    if missing > 0:
        return Found(min(100, 34 * missing), _("%(count)s undertaking(s) are missing.") % {"count": missing})
    return Found(0, _("All undertakings are given."))


def forwarder_as_buyer(facts: ScoreFacts) -> Found:
    """A carrier or forwarder is also consignee or end-user (red flag RF10)."""
    carriers = {p.name.casefold() for p in facts.parties if p.role == "carrier"}
    both = [
        p.name for p in facts.parties if p.role in ("consignee", "end_user") and p.name.casefold() in carriers
    ]
    if both:
        return Found(100, _("%(name)s carries the goods and receives them.") % {"name": both[0]})
    return Found(0, _("Nobody both carries and receives the goods."))


def intermediaries(facts: ScoreFacts) -> Found:
    """Intermediaries stand between exporter and end-user."""
    count = sum(p.role in ("intermediary", "purchaser") for p in facts.parties)
    return Found(min(100, 34 * count), _("%(count)s intermediaries or purchasers.") % {"count": count})


def detour(facts: ScoreFacts) -> Found:
    """The route passes through third countries."""
    count = len(facts.route.transit)
    if not count:
        return Found(0, _("The route goes straight to the destination."))
    return Found(
        min(100, 50 * count),
        _("The route passes through %(codes)s.") % {"codes": ", ".join(facts.route.transit)},
    )


def last_minute_change(facts: ScoreFacts) -> Found:
    """The route was changed after registration (red flag RF-LASTMIN)."""
    if facts.route.last_minute_change:
        return Found(100, _("The route was changed after registration."))
    return Found(0, _("The route is as registered."))


def third_party_payer(facts: ScoreFacts) -> Found:
    """Somebody pays who is no party (red flag RF-PAY3)."""
    if facts.commercial.third_party_payer is None:
        return _missing(_("Who pays was not answered."))
    if facts.commercial.third_party_payer:
        return Found(100, _("A third party pays."))
    return Found(0, _("A party of the transaction pays."))


def cash(facts: ScoreFacts) -> Found:
    """Cash where financing is normal (red flag RF05)."""
    if facts.commercial.payment == "cash":
        return Found(100, _("Payment is in cash."))
    return Found(0, _("Payment is not in cash."))


def denied_before(facts: ScoreFacts) -> Found:
    """A member denied an essentially identical transaction."""
    if facts.denied_before:
        return Found(100, _("A member denied an essentially identical transaction."))
    return Found(0, _("No denial of an essentially identical transaction is known."))


def price(facts: ScoreFacts) -> Found:
    """The price against what such goods usually cost: no reference prices are loaded."""
    return _missing(_("No reference price is known."))


#: (axis, feature, most points). The points of an axis add up to its cap in the scorecard bundle.
FEATURES: tuple[tuple[str, Feature, int], ...] = (
    ("destination", outside_trusted_groups, 6),
    ("destination", embargo_or_concern, 6),
    ("destination", fatf_listed, 4),
    ("destination", transshipment_point, 4),
    ("item", control_reasons, 6),
    ("item", high_priority, 12),
    ("item", unclassified, 2),
    ("party", list_match, 12),
    ("party", young_company, 3),
    ("party", no_web_presence, 2),
    ("party", shared_address, 3),
    ("end_use", military_end_user, 8),
    ("end_use", thin_statement, 4),
    ("end_use", missing_undertakings, 3),
    ("route", forwarder_as_buyer, 4),
    ("route", intermediaries, 3),
    ("route", detour, 4),
    ("route", last_minute_change, 4),
    ("commercial", third_party_payer, 4),
    ("commercial", cash, 2),
    ("commercial", denied_before, 2),
    ("commercial", price, 2),
)


def _line(axis: str, feature: Feature, most: int, facts: ScoreFacts) -> Line:
    found = feature(facts)
    low = min(most, -(-most * found.share // 100))
    high = most if found.missing else low
    points = low - (low - high) // MISSING_SHARE  # a third of the difference, rounded up
    return Line(axis, feature.__name__, points, low, high, most, found.reason, missing=high > low)


def hard_stops(facts: ScoreFacts) -> tuple[HardStop, ...]:
    """Return what stops a case whatever its score: an exact match not cleared by a second officer, a
    prohibited end-use declared, a destination under comprehensive embargo without a ground claimed."""
    by = {
        "exact": _("by its name"),
        "alias": _("by an alias"),
        "identifier": _("by a number"),
        "owned": _("by its owners"),
    }
    found = [
        HardStop(
            "list-match",
            _("%(name)s is “%(entry)s” on %(list)s, %(by)s.")
            % {
                "name": party.name,
                "entry": match.entry_name,
                "list": match.list_key,
                "by": by.get(match.rule, match.rule),
            },
        )
        for party in facts.parties
        for match in party.matches
        if match.strong
    ]
    if facts.end_use.prohibited_end_use:
        found.append(HardStop("prohibited-end-use", _("A prohibited end-use is declared.")))
    if not facts.exemption_claimed:
        found += [
            HardStop("embargo", _("%(code)s is under comprehensive embargo.") % {"code": country.code})
            for country in facts.countries
            if country.embargo and country.role == "destination"
        ]
    return tuple(dict.fromkeys(found))


def flags(facts: ScoreFacts) -> tuple[str, ...]:
    """Return what an officer should look at although it adds no points: emergency handling asked for again and
    again draws closer scrutiny (61 FR 12814, 15 CFR 748.4(h))."""
    if facts.emergency_requests < FREQUENT:
        return ()
    return (
        _("The exporter has asked for emergency handling %(count)s times in 365 days: look closer.")
        % {"count": facts.emergency_requests},
    )


def score(facts: ScoreFacts, bands: Sequence[Mapping[str, Any]]) -> Score:
    """Return the score of a case. `bands`: [{"band", "from", "to"}] of the scorecard bundle in force; a hard
    stop makes the band the last of them."""
    lines = tuple(_line(axis, feature, most, facts) for axis, feature, most in FEATURES)
    stops = hard_stops(facts)
    total = sum(line.points for line in lines)
    band = next(str(b["band"]) for b in bands if b["from"] <= total <= b["to"])
    return Score(
        total=total,
        low=sum(line.low for line in lines),
        high=sum(line.high for line in lines),
        band=str(bands[-1]["band"]) if stops else band,
        lines=lines,
        hard_stops=stops,
        findings=(*(line.reason for line in lines if line.low), *flags(facts)),
    )
