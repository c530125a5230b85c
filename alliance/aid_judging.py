"""What the decision table answers to a question, every regime beside the others, and the strictest of it.
Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from alliance.aid import Acceptability, CarveOut, Licence, Place, Regime, Row, Table


@dataclass(frozen=True)
class Question:
    """What is asked of the table. `members`: the exporter's, and those whose law bears on the goods as well.

    `reference`: the response plan or appeal the claim rests on.
    """

    provider: str
    supply: str
    members: tuple[str, ...]
    places: tuple[Place, ...]
    reference: str = ""


@dataclass(frozen=True)
class Cited:
    """What one regime says of one place. `row` is "" where it knows nothing, which an officer then looks at.

    `carve_out` and `licence` are the answers as they count: what is only recalled counts as a question.
    """

    regime: str
    regime_title: str
    place: str
    row: str
    sentence: str
    carve_out: str
    carve_out_basis: str
    carve_out_confidence: str
    licence: str
    licence_basis: str
    licence_confidence: str
    said: tuple[str, str]
    documents: tuple[str, ...] = ()
    lacks_reference: bool = False

    @property
    def confirmed(self) -> bool:
        return "recalled" not in (self.carve_out_confidence, self.licence_confidence)


@dataclass(frozen=True)
class Reached:
    """What is agreed of one place as a destination of aid; `acceptability` as it counts."""

    code: str
    name: str
    acceptability: str
    conditions: tuple[str, ...]
    legal_basis: str


@dataclass(frozen=True)
class Judgement:
    """The answers of all regimes for all places, and the strictest of each test."""

    version: str
    cited: tuple[Cited, ...]
    reached: tuple[Reached, ...]
    carve_out: str
    licence: str
    acceptability: str

    @property
    def accepted(self) -> bool:
        """Whether no answer is a question, none stands in the way, and one regime names the lane."""
        return (
            self.carve_out in (CarveOut.NOT_APPLICABLE, CarveOut.LIFTED)
            and self.licence in (Licence.NOT_LICENSABLE, Licence.GENERAL_EXEMPTION, Licence.RAPID_LANE)
            and self.acceptability in (Acceptability.ACCEPTED, Acceptability.WITH_CONDITIONS)
            and not any(one.lacks_reference for one in self.cited)
        )

    @property
    def deciding(self) -> Cited:
        """The one that a finding names: what is unknown or a question first, else what names the lane."""

        def weight(one: Cited) -> tuple[bool, int, int]:
            return (
                not one.row or one.lacks_reference,
                CarveOut.values.index(one.carve_out) if one.carve_out in _STOPPING else -1,
                Licence.values.index(one.licence),
            )

        return max(self.cited, key=weight)

    @property
    def documents(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for one in self.cited for key in one.documents))


_STOPPING = (CarveOut.ASK, CarveOut.NOT_LIFTED)


def judge(table: Table, question: Question) -> Judgement:
    """Return what every regime that bears on a question says of every place, and the strictest of it.

    A combination no row knows is a question to an officer under either test, never a refusal; so is a
    member whose law is in no regime, and no place at all.
    """
    cited = tuple(_ask_all(table, question))
    reached = tuple(_reach(table, place) for place in question.places)
    return Judgement(
        version=table.version,
        cited=cited,
        reached=reached,
        carve_out=_strictest(CarveOut.values, (one.carve_out for one in cited)),
        licence=_strictest(Licence.values, (one.licence for one in cited)),
        acceptability=_strictest(
            Acceptability.values, [one.acceptability for one in reached] or [Acceptability.REVIEW]
        ),
    )


def _ask_all(table: Table, question: Question) -> Iterator[Cited]:
    bearing = [regime for regime in table.regimes if regime.bears_on(question.members)]
    national = [regime for regime in bearing if regime.members]
    unheard = [code for code in question.members[:1] if not any(code in one.members for one in national)]
    for place in question.places:
        for regime in bearing:
            row = table.row(regime.key, question.provider, question.supply, place)
            yield (
                _unknown(regime.key, regime.title, place.code)
                if row is None
                else _cite(regime, row, place, question)
            )
    for code in unheard:
        yield _unknown("", _("The law of %(country)s") % {"country": code}, "")
    if not question.places or not bearing:
        yield _unknown("", _("The table"), "")


def _cite(regime: Regime, row: Row, place: Place, question: Question) -> Cited:
    return Cited(
        regime=regime.key,
        regime_title=regime.title,
        place=place.code,
        row=row.key,
        sentence=row.sentence,
        carve_out=row.carve_out.outcome if row.carve_out.confirmed else CarveOut.ASK.value,
        carve_out_basis=row.carve_out.legal_basis,
        carve_out_confidence=row.carve_out.confidence,
        licence=row.licence.outcome if row.licence.confirmed else Licence.FULL_REVIEW.value,
        licence_basis=row.licence.legal_basis,
        licence_confidence=row.licence.confidence,
        said=(row.carve_out.outcome, row.licence.outcome),
        documents=row.documents,
        lacks_reference=row.needs_reference and not question.reference.strip(),
    )


def _unknown(regime: str, title: str, place: str) -> Cited:
    return Cited(
        regime=regime,
        regime_title=title,
        place=place,
        row="",
        sentence=_("No row knows this combination: an officer decides, and nothing is refused for that."),
        carve_out=CarveOut.ASK.value,
        carve_out_basis="",
        carve_out_confidence="",
        licence=Licence.FULL_REVIEW.value,
        licence_basis="",
        licence_confidence="",
        said=(CarveOut.ASK.value, Licence.FULL_REVIEW.value),
    )


def _reach(table: Table, place: Place) -> Reached:
    found = table.destination(place)
    if found is None and place.country in table.divided():
        return Reached(
            place.code,
            table.destinations[place.country].name,
            Acceptability.REVIEW.value,
            (),
            _("It is not said which area of the country is meant."),
        )
    if found is None:
        return Reached(place.code, place.code, Acceptability.ACCEPTED.value, (), "")
    counts = found.acceptability if found.confirmed else Acceptability.REVIEW.value
    return Reached(found.code, found.name, counts, found.conditions, found.legal_basis)


def _strictest(order: Sequence[str], outcomes: Iterable[str]) -> str:
    return max(outcomes, key=order.index)
