"""Whether a transaction is essentially identical to a denied one, part by part, and why. Pure.

Source: Regulation (EU) 2021/821 Article 16(5) and the practice of the regimes. None of them says what "essentially
identical" is; the parts compared are the item, the end-user or consignee, the destination and the quantity. The
figures are proposals, to be agreed by the members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from intelligence.names import CATCH_ALL, normal_code

SAME_ORDER = 10  # one quantity is at most so many times the other


class Outcome(StrEnum):
    SAME = "same"
    NEAR = "near"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Line:
    """An item. `listed`: whether the control list in force has its code; `quantity` None: not said."""

    code: str
    quantity: Decimal | None = None
    unit: str = ""
    listed: bool = True

    @property
    def code_for_comparison(self) -> str:
        return (normal_code(self.code) if self.listed else "") or CATCH_ALL

    @classmethod
    def of(cls, line: dict[str, Any]) -> Line:
        """Read a line as a notice keeps it."""
        try:
            quantity = Decimal(str(line.get("quantity") or ""))
        except InvalidOperation:
            quantity = None
        return cls(str(line.get("code") or ""), quantity, str(line.get("unit") or ""))


@dataclass(frozen=True)
class Named:
    """A party by name and role; `shared`: the key of whom the members know it as, `numbers`: its identifiers."""

    name: str
    role: str
    country: str = ""
    shared: int | None = None
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Transaction:
    """What somebody asks a licence for. `receivers` are its end-users and consignees."""

    lines: tuple[Line, ...]
    receivers: tuple[Named, ...]

    @property
    def codes(self) -> list[str]:
        """The control codes as denials are compared by them."""
        return sorted({line.code_for_comparison for line in self.lines})

    @property
    def destinations(self) -> list[str]:
        return sorted({one.country for one in self.receivers})


@dataclass(frozen=True)
class Refused:
    """What a denial says of the transaction that was refused."""

    codes: tuple[str, ...]
    destination: str
    parties: tuple[Named, ...]
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Part:
    """One part of the comparison: item, party, destination or quantity; what came of it, in a sentence."""

    name: str
    outcome: Outcome
    sentence: str


@dataclass(frozen=True)
class Comparison:
    parts: tuple[Part, ...]

    @property
    def identical(self) -> bool:
        """Whether whoever denied is to be asked: item, party and destination are the same, or near.

        Another quantity alone clears nothing: the law names none, and a delivery can be split.
        """
        needed = [part for part in self.parts if part.name != "quantity"]
        return all(part.outcome in (Outcome.SAME, Outcome.NEAR) for part in needed)

    @property
    def exact(self) -> bool:
        """Whether nothing at all differs."""
        return all(part.outcome in (Outcome.SAME, Outcome.UNKNOWN) for part in self.parts) and self.identical

    @property
    def plain(self) -> list[dict[str, str]]:
        return [{key: str(value) for key, value in asdict(part).items()} for part in self.parts]


#: How alike two names are, 0 to 1, and from which values on they are one name, or near.
Likeness = Callable[[str, str], float]


@dataclass(frozen=True)
class Ruler:
    """How names are compared: by the screening engine in the house, by anything in a test."""

    alike: Likeness
    same: float
    near: float


def compare(transaction: Transaction, refused: Refused, ruler: Ruler) -> Comparison:
    """Return the comparison of a transaction with what was refused, each part with its reason."""
    return Comparison(
        (
            _item(transaction, refused),
            _party(transaction, refused, ruler),
            _destination(transaction, refused),
            _quantity(transaction, refused),
        )
    )


def _item(transaction: Transaction, refused: Refused) -> Part:
    both = [code for code in transaction.codes if code in refused.codes]
    if both == [CATCH_ALL]:
        said = _("Refused by a catch-all control, and an item asked for is on no list either.")
        return Part("item", Outcome.NEAR, said)
    if both:
        said = _("The same control heading: %(codes)s.") % {"codes": ", ".join(both)}
        return Part("item", Outcome.SAME, said)
    return Part("item", Outcome.DIFFERS, _("No control heading in common."))


def _party(transaction: Transaction, refused: Refused, ruler: Ruler) -> Part:
    best: tuple[float, Named, Named] | None = None
    for receiver in transaction.receivers:
        for denied in refused.parties:
            if receiver.shared is not None and receiver.shared == denied.shared:
                return _named(
                    Outcome.SAME, _("The members know both as one party: %(one)s."), receiver, denied
                )
            if receiver.numbers & denied.numbers:
                return _named(Outcome.SAME, _("The same number: %(one)s and %(other)s."), receiver, denied)
            likeness = ruler.alike(receiver.name, denied.name)
            if best is None or likeness > best[0]:
                best = (likeness, receiver, denied)
    if best is None or best[0] < ruler.near:
        return Part("party", Outcome.DIFFERS, _("No end-user or consignee resembles a denied party."))
    if best[0] >= ruler.same:
        return _named(Outcome.SAME, _("The same name: %(one)s and %(other)s."), *best[1:])
    return _named(Outcome.NEAR, _("%(one)s resembles %(other)s, which was denied."), *best[1:])


def _named(outcome: Outcome, sentence: str, receiver: Named, denied: Named) -> Part:
    return Part("party", outcome, sentence % {"one": receiver.name, "other": denied.name})


def _destination(transaction: Transaction, refused: Refused) -> Part:
    if refused.destination in transaction.destinations:
        said = _("The same destination: %(code)s.") % {"code": refused.destination}
        return Part("destination", Outcome.SAME, said)
    return Part("destination", Outcome.DIFFERS, _("Another destination."))


def _amounts(lines: Iterable[Line], codes: Sequence[str]) -> dict[tuple[str, str], Decimal]:
    """Quantities by code and unit; a line that does not say how much is left out."""
    found: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        if line.quantity is not None and line.quantity > 0 and line.code_for_comparison in codes:
            key = (line.code_for_comparison, line.unit.upper())
            found[key] = found.get(key, Decimal(0)) + line.quantity
    return found


def _ratios(transaction: Transaction, refused: Refused) -> Iterator[tuple[Decimal, Decimal, str]]:
    asked = _amounts(transaction.lines, refused.codes)
    denied = _amounts(refused.lines, transaction.codes)
    for key in sorted(asked.keys() & denied.keys()):
        yield asked[key], denied[key], key[1]


def _quantity(transaction: Transaction, refused: Refused) -> Part:
    pairs = list(_ratios(transaction, refused))
    if not pairs:
        said = _("The quantities cannot be compared: one is not told, or the units differ.")
        return Part("quantity", Outcome.UNKNOWN, said)
    for asked, denied, unit in pairs:
        if max(asked, denied) <= min(asked, denied) * SAME_ORDER:
            told = {"asked": f"{asked.normalize():f}", "denied": f"{denied.normalize():f}", "unit": unit}
            said = (
                _("A quantity of the same order: %(asked)s asked for, %(denied)s denied (%(unit)s).") % told
            )
            return Part("quantity", Outcome.SAME, said)
    return Part(
        "quantity",
        Outcome.DIFFERS,
        _("A quantity of another order: more than %(times)d times apart.") % {"times": SAME_ORDER},
    )
