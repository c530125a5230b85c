"""Whether a licence covers goods at a border now, and every reason why it does not; reads, never writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from core.errors import NotFound
from core.references import normalise_reference
from enforcement import selectors, units
from enforcement.models import Shipment
from enforcement.policies import is_customs
from enforcement.selectors import Left
from enforcement.terms import FAILED, Term, terms_of
from licensing.dossier import UNITS
from licensing.dossier.goods import COUNTED
from licensing.models import Licence
from licensing.selectors.standings import standing
from members.models import User

#: What the shapes and pages know reasons by. A licence's own status is the code of why it does not hold.
CODES = (
    "no_cover", "not_valid_here", "not_yet_valid", "suspended", "revoked", "expired", "exhausted",
    "surrendered", "replaced",
    "line_unknown", "wrong_unit", "bad_quantity", "over_limit", "over_value", "destination", "screening", "check",
    "shipment", "condition",
)  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """Why something is not covered; `line` is of the licence, 0 where it is about the whole."""

    code: str
    detail: str
    line: int = 0

    @property
    def told(self) -> dict[str, object]:
        return {"code": self.code, "detail": self.detail, "line": self.line or None}


@dataclass(frozen=True)
class Goods:
    """What is to leave: of a line of the licence, or by control code where no line is named."""

    quantity: Decimal
    unit: str
    line: int = 0
    control_code: str = ""
    value: Decimal | None = None  # in the currency of the line; None where it is not told


@dataclass(frozen=True)
class Answer:
    """`go` only where nothing speaks against it."""

    reasons: tuple[Reason, ...]
    licence: Licence | None = None
    conditions: tuple[Term, ...] = ()  # of the licence, as they stand for these goods
    would_cover: tuple[str, ...] = ()  # licences of the caller that cover the goods, where none was named

    @property
    def verdict(self) -> str:
        return "no_go" if self.reasons else "go"


def presented(user: User, number: str) -> Licence | None:
    """Return a licence that is presented at a border: to customs any by its number, to others what they see.

    Whether a number holds in a member is told to anyone (`licences.verification`); customs in whose member it does
    not hold learn that alone.
    """
    number = normalise_reference(number)[:20]
    rows = Licence.objects.all() if is_customs(user) else Licence.objects.visible_to(user)  # type: ignore[attr-defined]
    found: Licence | None = rows.select_related("issued_by", "case").filter(number=number).first()
    return found


def found_for(user: User, number: str) -> Licence:
    """Return a licence presented to somebody; NotFound where they see none of that number."""
    licence = presented(user, number)
    if licence is None:
        raise NotFound(_("No licence of that number is known here: nothing covers these goods."))
    return licence


def standing_reasons(licence: Licence, member: str) -> list[Reason]:
    """Return why nothing leaves from a member under a licence now; `member` empty asks for none of them."""
    now = standing(licence)
    found = [Reason(now.status, told) for told in selectors.not_standing(licence, now)]
    if member and member not in licence.territory:
        told = _("It does not hold in %(member)s. It holds in %(all)s; a member may consent later.") % {
            "member": member,
            "all": ", ".join(licence.territory),
        }
        found.insert(0, Reason("not_valid_here", told))
    return found


def of_line(
    left: Left, quantity: Decimal, unit: str, most: Decimal | None = None
) -> tuple[Reason | None, Decimal]:
    """Return why a quantity of a line is not covered, if it is not, and the quantity in the line's unit.

    `most`: what is left, where that is not what the licence has left.
    """
    line = left.line
    if not quantity.is_finite() or quantity <= 0:
        return Reason("bad_quantity", _("Give a number above zero, such as 12.5."), line.line), quantity
    if unit not in UNITS or (converted := units.convert(quantity, unit, line.unit)) is None:
        told = _(
            "Line %(line)s is licensed in %(unit)s. Declare it in that unit; only kilograms, grams and tonnes are "
            "converted, where that is exact."
        ) % {"line": line.line, "unit": line.unit}
        return Reason("wrong_unit", told, line.line), quantity
    if converted != round(converted, 3) or abs(converted) >= Decimal(10) ** 15:
        return Reason("bad_quantity", _("Use at most three decimals."), line.line), quantity
    if line.unit in COUNTED and converted != converted.to_integral_value():
        return Reason("bad_quantity", _("Give a whole number of these."), line.line), quantity
    most = left.left if most is None else most
    if converted > most:
        told = _("Of line %(line)s %(left)s %(unit)s are left, and %(asked)s are asked for.") % {
            "line": line.line,
            "left": f"{most.normalize():f}",
            "unit": line.unit,
            "asked": f"{converted.normalize():f}",
        }
        return Reason("over_limit", told, line.line), converted
    return None, converted


def unknown_line(licence: Licence, number: int) -> Reason:
    known = ", ".join(str(line.line) for line in licence.lines.all())
    told = _("The licence has no line %(line)s. Its lines are %(all)s.") % {"line": number, "all": known}
    return Reason("line_unknown", told, number)


def check(
    user: User,
    *,
    licence: str,
    goods: Sequence[Goods],
    destination: str,
    member: str = "",
    shipment: str = "",
) -> Answer:
    """Tell whether goods may leave a member now, with every reason at once where not.

    Looks at the licence, its lines with units, what is left and what it is worth, the destination, the screening of
    its parties, pre-shipment checks, and the conditions of the licence. Goods of a shipment that was declared count
    as taken by it.
    """
    if not licence.strip():
        told = _("No licence is named, and nothing leaves without one that covers it.")
        covering = _covering(user, goods, destination, member)
        if covering:
            told += " " + _("Name one of those that would: %(all)s.") % {"all": ", ".join(covering)}
        return Answer((Reason("no_cover", told),), would_cover=covering)
    found = presented(user, licence)
    if found is None:
        told = _("No licence of that number is known here: nothing covers these goods.")
        return Answer((Reason("no_cover", told),))
    reasons = standing_reasons(found, member)
    if is_customs(user) and user.jurisdiction_code not in found.territory:
        return Answer(
            tuple(one for one in reasons if one.code == "not_valid_here") or (_not_here(user, found),)
        )
    named = None
    if shipment.strip():
        rows = Shipment.objects.visible_to(user)  # type: ignore[attr-defined]
        named = rows.filter(reference=normalise_reference(shipment)[:20], licence=found).first()
        if named is None:
            told = _("The licence has no shipment %(reference)s.") % {"reference": shipment.strip()[:20]}
            reasons.append(Reason("shipment", told))
    reasons += _lines(found, goods, named)
    if destination not in found.destinations:
        told = _("The licence is for %(all)s.") % {"all": ", ".join(found.destinations)}
        reasons.append(Reason("destination", told))
    carrying = set(named.parties.values_list("shared_party_id", flat=True)) if named else set()
    reasons += [Reason("screening", told) for told in selectors.screening_waits(found.case, found, carrying)]
    reasons += [
        Reason("check", told)
        for told in selectors.checks_wait(Shipment(licence=found, destination=destination))
    ]
    terms = terms_of(found, named)
    reasons += [
        Reason("condition", f"{one.says}. {one.detail}", one.line) for one in terms if one.status == FAILED
    ]
    return Answer(tuple(reasons), found, tuple(terms))


def _not_here(user: User, licence: Licence) -> Reason:
    return standing_reasons(licence, user.jurisdiction_code or "-")[0]


def _lines(licence: Licence, goods: Sequence[Goods], named: Shipment | None) -> list[Reason]:
    left = {one.line.line: one for one in selectors.left_of(licence)}
    reasons, taken = [], dict.fromkeys(left, Decimal(0))
    worth = dict.fromkeys(left, Decimal(0))
    for one in goods:
        number = one.line or _line_of(left, one.control_code)
        if number not in left:
            reasons.append(_no_such(licence, one))
            continue
        most = selectors.left_of_shipment(named, left[number].line) if named else left[number].left
        reason, quantity = of_line(left[number], one.quantity, one.unit, most - taken[number])
        if reason is None:
            taken[number] += quantity
        else:
            reasons.append(reason)
        worth[number] += one.value or 0
        if one.value is not None and worth[number] > _value_left(left[number], named):
            told = _("It is worth more than is left of the value that line %(line)s is licensed for.")
            reasons.append(Reason("over_value", told % {"line": number}, number))
    return reasons


def _value_left(left: Left, named: Shipment | None) -> Decimal:
    """What is left of the value of a line: by the share of its quantity, as what was taken tells no value.

    The figure is told to nobody here: customs do not read prices.
    """
    line = left.line
    quantity = selectors.left_of_shipment(named, line) if named else left.left
    return line.value * max(quantity, Decimal(0)) / line.quantity


def _line_of(left: dict[int, Left], control_code: str) -> int:
    """The line of a control code that has most left; 0 where there is none."""
    own = [one for one in left.values() if control_code and one.line.control_code == control_code]
    return max(own, key=lambda one: one.left).line.line if own else 0


def _no_such(licence: Licence, goods: Goods) -> Reason:
    if goods.line:
        return unknown_line(licence, goods.line)
    told = _("No line of the licence is of the control code %(code)s.") % {"code": goods.control_code or "–"}
    return Reason("line_unknown", told)


def _covering(user: User, goods: Sequence[Goods], destination: str, member: str) -> tuple[str, ...]:
    """The numbers of the person's own licences that cover goods by control code; customs name what is presented."""
    if is_customs(user):
        return ()
    rows = Licence.objects.visible_to(user).filter(  # type: ignore[attr-defined]
        status=Licence.Status.ISSUED, destinations__contains=[destination]
    )
    coded = [replace(one, line=0) for one in goods]
    found = rows.select_related("issued_by").order_by("valid_until", "pk")[:20]
    return tuple(
        one.number for one in found if not standing_reasons(one, member) and not _lines(one, coded, None)
    )
