"""The way to the right ground before anything is filed: three questions and the answer of the table."""

from __future__ import annotations

from dataclasses import dataclass

from alliance import selectors as alliance
from alliance.aid import Licence, Place, Table
from alliance.aid_judging import Question, judge
from alliance.charters import CharterData
from exemptions.grounds import Claim, GroundFacts, GroundFinding, Kind, Provider, Supply, evaluate
from exemptions.telling import Told, told_finding


@dataclass(frozen=True)
class Advice:
    """What would be found on a claim if no guard stood in its way. `hours`: the longest the windows of the
    lane take.

    `charter` is that of the humanitarian lane, None where the claim leads elsewhere.
    """

    finding: GroundFinding
    told: Told
    documents: tuple[str, ...]
    charter: CharterData | None
    hours: int | None


def advise(*, provider: str, supply: str, member: str, place: str, reference: str = "") -> Advice:
    """Return what the table in force answers to an exporter of a member. `place`: a country or one of its
    areas."""
    table = alliance.aid_table()
    claim = Claim(Kind.HUMANITARIAN, provider, supply, reference)
    finding = evaluate(claim, GroundFacts(members=(member,), places=(placed(table, place),)), table)
    told = told_finding(finding)
    assert told is not None  # a humanitarian claim is always put to the table
    rapid = finding.state == "accepted" and finding.licence == Licence.RAPID_LANE
    charter = lane_charter() if rapid else None
    return Advice(
        finding=finding,
        told=told,
        documents=tuple(table.documents[key] for key in finding.documents),
        charter=charter,
        hours=charter.longest_seconds() // 3600 if charter else None,
    )


def placed(table: Table, code: str) -> Place:
    """Return the place a code means: of a divided country, its own code means the rest of it."""
    country = code[:2]
    return alliance.aid_place(country, code if "-" in code or country in table.divided() else "")


def lane_charter() -> CharterData | None:
    """Return the charter of the humanitarian lane: of those that criteria lead to without a review, the one that
    takes longest, so that nobody is promised less than it may take."""
    outcomes = [criterion.outcome for criterion in alliance.criteria()]
    keys = {
        outcome["charter"]
        for outcome in outcomes
        if outcome.get("lane") == "humanitarian" and not outcome.get("review")
    }
    return max(
        map(alliance.charter, sorted(keys, reverse=True)), key=CharterData.longest_seconds, default=None
    )


def destinations() -> list[tuple[str, str]]:
    """Return code and name of every destination by name; of a country that is divided, each part and the
    rest."""
    divided = alliance.aid_table().divided()
    found = [(one.code, one.name) for one in alliance.countries() if one.code not in divided]
    return sorted([*found, *areas()], key=lambda pair: pair[1])


def areas() -> list[tuple[str, str]]:
    """Return code and name of the parts of countries in which areas are told apart, and of the rest of
    each."""
    table = alliance.aid_table()
    divided = table.divided()
    return [(one.code, one.name) for one in table.destinations.values() if one.code[:2] in divided]


def glance() -> list[tuple[bool, list[tuple[str, list[bool]]]]]:
    """Return who may bring what by the humanitarian lane as far as the regimes say that bear on every case.

    [(whether the destination is under embargo, [(provider, [whether it leads to the lane, supply by supply])])].
    """
    table = alliance.aid_table()

    def leads(provider: str, supply: str, embargoed: bool) -> bool:
        places = (Place("", embargoed=embargoed),)
        return judge(table, Question(provider, supply, (), places, reference="named")).accepted

    return [
        (
            embargoed,
            [
                (str(label), [leads(provider, supply, embargoed) for supply in Supply.values])
                for provider, label in Provider.choices
            ],
        )
        for embargoed in (False, True)
    ]
