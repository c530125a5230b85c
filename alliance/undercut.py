"""By which rule a member heeds the denial of another before it grants. Pure.

Source: Regulation (EU) 2021/821 Article 16(5); the regimes' practice. The rules are data: the table `undercut` of
the bundle of regimes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from alliance.reading import Reader

MODES = ("consult", "notify")
_FIELDS = ("key", "title", "reasons", "mode", "years", "charter", "sentence", "source", "confidence")


@dataclass(frozen=True)
class UndercutRule:
    """`members`: whom it binds, empty for all; `reasons`: of control, empty for any; `years`: how long after a
    denial it is heeded, 0 while it is valid. `charter`: whose first window the member asked has. `fallback`: only
    where no other rule bears at all."""

    key: str
    title: str
    mode: str  # consult | notify
    members: frozenset[str]
    reasons: frozenset[str]
    years: int
    charter: str
    sentence: str
    fallback: bool = False

    def bears(self, members: Sequence[str], reasons: Iterable[str]) -> bool:
        bound = not self.members or self.members.issuperset(members)
        return bound and (not self.reasons or not self.reasons.isdisjoint(reasons))

    def over(self, denied_at: datetime, now: datetime) -> bool:
        return bool(self.years) and now >= _years_after(denied_at, self.years)


def _years_after(at: datetime, years: int) -> datetime:
    try:
        return at.replace(year=at.year + years)
    except ValueError:  # 29 February
        return at.replace(year=at.year + years, day=28)


def rule_between(
    rules: Iterable[UndercutRule],
    *,
    lead: str,
    denier: str,
    reasons: Iterable[str],
    denied_at: datetime,
    now: datetime,
) -> UndercutRule | None:
    """Return the rule by which a lead heeds a denial of items controlled for some reasons; None where it need not.

    Of the rules that bear on both and are not over the first counts, one that consults before one that notifies.
    """
    why = frozenset(reasons)
    bearing = [rule for rule in rules if rule.bears((lead, denier), why)]
    own = [rule for rule in bearing if not rule.fallback] or bearing
    open_ones = [rule for rule in own if not rule.over(denied_at, now)]
    return min(open_ones, key=lambda rule: MODES.index(rule.mode), default=None)


def parse(table: Sequence[Mapping[str, Any]], regimes: Mapping[str, Sequence[str]]) -> list[UndercutRule]:
    """Read the rules; the members of a regime are those of its entry."""
    return [
        UndercutRule(
            key=row["key"],
            title=row["title"],
            mode=row["mode"],
            members=frozenset(regimes[row["regime"]] if "regime" in row else row.get("members", ())),
            reasons=frozenset(row["reasons"]),
            years=row["years"],
            charter=row["charter"],
            sentence=row["sentence"],
            fallback=bool(row.get("fallback")),
        )
        for row in table
    ]


def check(table: Reader, regimes: Sequence[str]) -> None:
    """Refuse rules that cannot be read: each names whom it binds, by a regime, by members, or as fallback."""
    for row in table.objects("undercut", _FIELDS, optional=("regime", "members", "fallback")):
        row.key("key")
        row.text("title", longest=100)
        if row.choice("mode", MODES) == "consult":
            row.key("charter")
        row.whole("years", 0, 50)
        row.text("sentence", longest=400)
        row.matches("reasons", re.compile(r"[A-Z]{2,4}"), "NP")
        row.text("source")
        row.text("confidence")
        if row.has("regime"):
            row.choice("regime", regimes)
        elif row.has("members"):
            row.matches("members", re.compile(r"[A-Z]{2}"), "DE")
        elif not (row.has("fallback") and row.flag("fallback")):
            row.fail("key", _("Say whom it binds: a regime, members, or all as a fallback."))
