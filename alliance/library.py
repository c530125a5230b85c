"""The library of prepared sets: those of the bundle in force and those written and agreed in the workbench."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from alliance import measures, preconditions, selectors
from alliance.charters import CharterData
from alliance.measures import Effect, MeasureSet
from alliance.models import Bundle, PreparedSet
from core.errors import Invalid, NotFound
from members.models import Jurisdiction


@dataclass(frozen=True)
class Prepared:
    """A set that can be declared. `written`: the version written here that it is, None for the bundle's."""

    set: MeasureSet
    payload: Mapping[str, Any]
    written: PreparedSet | None = None


def library() -> list[Prepared]:
    """Return the sets that can be declared, by key: of one key the one that was agreed last."""
    found = {
        entry["key"]: Prepared(measures.parse(entry), entry)
        for entry in selectors.entries(Bundle.Kind.MEASURES)
    }
    for row in _agreed():
        found[row.key] = Prepared(measures.parse(row.payload), row.payload, row)
    return [one for _key, one in sorted(found.items())]


def _agreed() -> list[PreparedSet]:
    """The sets written here that are agreed, oldest first; a bundle that came into force later goes before them."""
    rows = PreparedSet.objects.filter(status=PreparedSet.Status.AGREED).select_related("author", "agreed_by")
    with suppress(NotFound):
        rows = rows.filter(agreed_at__date__gte=selectors.in_force(Bundle.Kind.MEASURES).effective_from)
    return list(rows.order_by("agreed_at", "pk"))


def prepared(key: str) -> Prepared:
    """Return the set of a key that can be declared; NotFound without one."""
    found = next((one for one in library() if one.set.key == key), None)
    if found is None:
        raise NotFound(_("There is no prepared set “%(key)s”.") % {"key": key})
    return found


def fits_crisis(charter: CharterData) -> bool:
    """Whether cases may run under a charter because of a crisis: someone is asked, and silence never approves."""
    return bool(charter.tiers) and not charter.silence_may_approve


def accept(payload: object, path: str = "") -> MeasureSet:
    """Return the set a payload describes once it fits what else is agreed; Invalid names the path of what does not:
    a scenario or charter that is not in force, a charter under which silence could approve, a member unknown, a
    precondition that cannot be judged."""
    found = measures.parse(payload, path)
    under = f"{path}." if path else ""
    if found.scenario not in selectors.scenarios():
        raise Invalid.field(f"{under}scenario", _("No such scenario profile is in force."))
    charters = {charter.key: charter for charter in selectors.all_charters()}
    known = set(Jurisdiction.objects.values_list("code", flat=True))
    for index, measure in enumerate(found.measures):
        place = f"{under}measures.{index}"
        if measure.effect is Effect.LANE and measure.charter:
            require_charter(measure.charter, charters, f"{place}.charter")
        if strangers := set(measure.members) - known:
            raise Invalid.field(
                f"{place}.members", _("%(code)s is no member of the alliance.") % {"code": min(strangers)}
            )
    preconditions.check_expressions(found, path)
    return found


def require_charter(key: str, charters: Mapping[str, CharterData], path: str) -> None:
    """Invalid at the path unless cases may run under the charter because of a crisis."""
    if key not in charters:
        raise Invalid.field(path, _("No such charter is in force."))
    if not fits_crisis(charters[key]):
        raise Invalid.field(
            path, _("In a crisis somebody is asked, and silence never approves: choose another.")
        )
