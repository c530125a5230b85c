"""What a set of measures would bear on, member by member, read without writing anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alliance.measures import Effect, MeasureSet, Scope, applying
from licensing.models import Case, Licence
from licensing.selectors.trades import trades_of_cases, trades_of_licences
from members.models import Jurisdiction

#: Which effects do something to what.
ON_CASES = (Effect.NO_GRANT, Effect.LANE, Effect.CONSULT)


@dataclass
class Reach:
    """Of one member: open cases by effect, licences in force that would be suspended, and the exporters of both."""

    member: Jurisdiction
    cases: dict[str, int] = field(default_factory=dict)
    all_cases: int = 0
    licences: int = 0
    organisations: set[int] = field(default_factory=set)

    @property
    def exporters(self) -> int:
        return len(self.organisations)


def reach(found: MeasureSet, scope: Scope, relaxed: tuple[str, ...] = ()) -> list[Reach]:
    """Return what each member's adoption does, had or has it adopted: five queries, whatever their number."""
    by_member = {one.code: Reach(one) for one in Jurisdiction.objects.order_by("code")}
    opened = Case.objects.filter(status__in=Case.OPEN)
    live = Licence.objects.filter(status=Licence.Status.ISSUED)
    exporter_of_case: Mapping[int, int] = dict(opened.values_list("pk", "application__organisation_id"))
    holder_of: Mapping[int, int] = dict(live.values_list("pk", "holder_id"))
    for pk, trade in trades_of_cases(opened):
        effects = {one.effect for one in applying(found, scope, relaxed, trade)} & set(ON_CASES)
        own = by_member[trade.lead]
        for effect in effects:
            own.cases[effect.value] = own.cases.get(effect.value, 0) + 1
        if effects:
            own.all_cases += 1
            own.organisations.add(exporter_of_case[pk])
    for pk, trade in trades_of_licences(live):
        if any(one.effect is Effect.SUSPEND_LICENCES for one in applying(found, scope, relaxed, trade)):
            by_member[trade.lead].licences += 1
            by_member[trade.lead].organisations.add(holder_of[pk])
    return list(by_member.values())
