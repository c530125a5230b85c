"""The facts a criterion may speak of: the published vocabulary of routing rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from django.utils.translation import gettext as _

from core.errors import Invalid

LONGEST_LIST = 200
LONGEST_TEXT = 500
GREATEST = 9_007_199_254_740_991  # the largest integer every JSON reader keeps exact

FactType = Literal["string", "bool", "int", "list"]


@dataclass(frozen=True)
class Fact:
    """One name of the vocabulary; `list` is a list of strings."""

    name: str
    type: FactType
    sentence: str


class Facts(TypedDict):
    """All facts of one assessed case. Money is in minor units; lists hold at most 200 strings."""

    exporter_jurisdiction: str
    exporter_reference: str
    goods_location: list[str]
    destinations: list[str]
    transit: list[str]
    countries: list[str]
    components_from: list[str]
    members: list[str]
    denial_issuers: list[str]
    control_codes: list[str]
    categories: list[str]
    reasons: list[str]
    chpl_tiers: list[str]
    critical_item: bool
    classification_requested: bool
    embargoed: bool
    of_concern: bool
    military_end_user: bool
    score: int
    score_low: int
    score_high: int
    band: str
    hard_stops: list[str]
    open_hits: int
    lists_stale: list[str]
    ground: str
    ground_state: str
    emergency: str
    total_value_minor: int
    currencies: list[str]
    trader_level: int


FACTS: tuple[Fact, ...] = (
    Fact(
        "exporter_jurisdiction",
        "string",
        "Code of the jurisdiction that leads: where the exporter is established.",
    ),
    Fact("exporter_reference", "string", "The exporter's own reference, empty when there is none."),
    Fact("goods_location", "list", "Codes of the countries in which the goods are when they are exported."),
    Fact(
        "destinations", "list", "Codes of the countries in which consignees and end-users receive the goods."
    ),
    Fact("transit", "list", "Codes of the countries the route passes through."),
    Fact("countries", "list", "Codes of every country the dossier names: places, route, parties."),
    Fact("components_from", "list", "Codes of the countries that supplied controlled components."),
    Fact("members", "list", "Codes of all members of the alliance."),
    Fact(
        "denial_issuers",
        "list",
        "Codes of the members with a valid denial of an essentially identical transaction.",
    ),
    Fact("control_codes", "list", "Control list headings of the items, such as 3A001."),
    Fact("categories", "list", "Categories of the items: the first character of their control codes."),
    Fact("reasons", "list", "Reasons for control of the items, such as MT or NP."),
    Fact("chpl_tiers", "list", "Tiers of the common high priority list that the HS codes fall in."),
    Fact("critical_item", "bool", "An item is critical by the control list in force, or not on it at all."),
    Fact("classification_requested", "bool", "The exporter asks for an item to be classified."),
    Fact("embargoed", "bool", "A country of the route or of a party is under comprehensive embargo."),
    Fact(
        "of_concern",
        "bool",
        "A country of the route or of a party is of concern by the country data in force.",
    ),
    Fact("military_end_user", "bool", "An end-user is military, security or intelligence."),
    Fact("score", "int", "Risk score, 0 to 100."),
    Fact("score_low", "int", "Lowest score the missing facts allow."),
    Fact("score_high", "int", "Highest score the missing facts allow."),
    Fact("band", "string", "Band of the score: green, amber, red or black."),
    Fact("hard_stops", "list", "Codes of the hard stops found."),
    Fact("open_hits", "int", "Screening hits that officers have not cleared."),
    Fact(
        "lists_stale",
        "list",
        "Keys of the screening lists in force that are older than they may be; empty when all are fresh.",
    ),
    Fact("ground", "string", "Ground claimed: none, crisis or humanitarian."),
    Fact("ground_state", "string", "Finding on the ground: none, accepted, review or refused."),
    Fact("emergency", "string", "Emergency handling: none, requested, accepted, declined or overtaken."),
    Fact("total_value_minor", "int", "Value of all items in minor units, currencies added as they stand."),
    Fact("currencies", "list", "ISO 4217 codes of the currencies used."),
    Fact(
        "trader_level",
        "int",
        "Level of the exporter as a trusted trader, 1 to 3; 0 while it is none, read anew when the case is routed.",
    ),
)

BY_NAME: Mapping[str, Fact] = {fact.name: fact for fact in FACTS}
STAKES = Fact("stakes", "list", "Codes of the members that the stake criteria named; lane criteria only.")


def _fits(fact: Fact, value: object) -> bool:
    match fact.type:
        case "bool":
            return isinstance(value, bool)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= GREATEST
        case "string":
            return isinstance(value, str) and len(value) <= LONGEST_TEXT
        case "list":
            return (
                isinstance(value, list)
                and len(value) <= LONGEST_LIST
                and all(isinstance(item, str) and len(item) <= LONGEST_TEXT for item in value)
            )


def check(facts: Mapping[str, object]) -> None:
    """Raise Invalid unless every published fact is there with its type, and nothing else."""
    for name in facts:
        if name not in BY_NAME:
            raise Invalid.field(name, _("Is not a published fact."))
    for fact in FACTS:
        if fact.name not in facts:
            raise Invalid.field(fact.name, _("This fact is missing."))
        if not _fits(fact, facts[fact.name]):
            raise Invalid.field(
                fact.name, _("Must be of type %(type)s and of reasonable size.") % {"type": fact.type}
            )


def extreme(*, greatest: bool, known: Sequence[Fact] = (*FACTS, STAKES)) -> dict[str, object]:
    """Return facts at one end: everything empty, or lists of 200 long strings and the greatest numbers."""
    ends: dict[FactType, object] = (
        {
            "bool": True,
            "int": GREATEST,
            "string": "x" * LONGEST_TEXT,
            "list": [f"{number:0{LONGEST_TEXT}d}" for number in range(LONGEST_LIST)],
        }
        if greatest
        else {"bool": False, "int": 0, "string": "", "list": []}
    )
    return {fact.name: ends[fact.type] for fact in known}
