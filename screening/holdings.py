"""Parties that listed ones own, by what an exporter declares: they count as listed as the list's own would."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from screening.lists.ownership import Path, Rule, owned, rules_for
from screening.lists.rows import Link
from screening.matching import Match

RULE = "owned"


@dataclass(frozen=True)
class Holding:
    """An owner, the party it holds, both by name, and how much of it in percent."""

    owner: str
    owned: str
    share: Decimal


def held(
    holdings: Iterable[Holding],
    matches: Mapping[str, Sequence[Match]],
    *,
    on: date,
    rules: Iterable[Rule],
) -> dict[str, list[Match]]:
    """Return the matches of parties by whoever owns them, by name in one spelling (`same_name`).

    `matches`: what each party resembles itself, by name, without what officers have cleared. An owner counts as
    listed where a match is strong; through how many hands it holds a party and whether shares add up is for the
    rules that bear on the list on that day. There is one match for each listed owner, with the entry of the owner.
    """
    links = [Link(same_name(one.owner), same_name(one.owned), float(one.share)) for one in holdings]
    if not links:
        return {}
    shown = {same_name(name): name for one in holdings for name in (one.owner, one.owned)}
    found: dict[str, list[Match]] = {}
    known = list(rules)
    by_list = _listed({same_name(name): of for name, of in matches.items()})
    for list_key, listed in sorted(by_list.items()):
        for rule in rules_for(known, list_key, on):
            for party, paths in owned(links, listed.keys(), at=on, rule=rule).items():
                found.setdefault(party, []).extend(_matches(rule, listed, paths, shown.__getitem__))
    return found


def same_name(name: str) -> str:
    """Return a name as it is compared with another of the same application."""
    return " ".join(name.casefold().split())


def _listed(matches: Mapping[str, Sequence[Match]]) -> dict[str, dict[str, Match]]:
    """Return who is listed by a strong match of its own, by list, each with its closest."""
    found: dict[str, dict[str, Match]] = {}
    for name, of in matches.items():
        for match in sorted(of, key=lambda one: one.closeness):
            if match.strong and match.rule != RULE:
                found.setdefault(match.list_key, {})[name] = match
    return found


def _matches(
    rule: Rule, listed: Mapping[str, Match], paths: Sequence[tuple[Path, float]], shown: Callable[[str], str]
) -> list[Match]:
    """Return one match for each listed owner; every one of them tells all the paths that made the party count."""
    sentences = [
        _("%(path)s holds %(share)s %% of “%(party)s”.")
        % {
            "path": " → ".join(f"“{shown(name)}”" for name in path[:-1]),
            "share": f"{share:g}",
            "party": shown(path[-1]),
        }
        for path, share in paths
    ]
    return [
        replace(
            listed[owner],
            rule=RULE,
            name_kind="primary",
            alignment=(),
            explanation=(
                *sentences,
                _("“%(owner)s” is “%(entry)s”, entry %(number)s.")
                % {
                    "owner": shown(owner),
                    "entry": listed[owner].entry_name,
                    "number": listed[owner].entry_id,
                },
                _("It counts as listed by the rule “%(title)s”.") % {"title": rule.title},
            ),
        )
        for owner in sorted({path[0] for path, _share in paths})
    ]
