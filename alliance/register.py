"""The register of risk appetite: what each threshold is, was and has to be, and by which minute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from alliance import selectors, thresholds
from alliance.models import Bundle, ThresholdChange, ThresholdVote
from alliance.thresholds import EVERY, THRESHOLDS, Agreement, Held, Key, Threshold
from core import clock
from core.errors import Invalid, NotFound
from members.models import Jurisdiction, User

KINDS = tuple(dict.fromkeys(one.kind for one in THRESHOLDS.values()))


def versions(kind: str) -> list[Bundle]:
    """Return the versions of a kind of bundle as they take effect, oldest first; of one day the last counts."""
    return list(Bundle.objects.filter(kind=kind).order_by("effective_from", "pk"))


def latest(kind: str) -> Bundle:
    """Return the version that is in force once all that are loaded have taken effect; NotFound without one."""
    found = Bundle.objects.filter(kind=kind).order_by("effective_from", "pk").last()
    if found is None:
        raise NotFound(_("No bundle of the kind %(kind)s is loaded.") % {"kind": kind})
    return found


# What a version has to hold ------------------------------------------------------------------------------


def _agreed_by(day: date) -> dict[Key, ThresholdChange]:
    """The change of each threshold that was agreed last of those in force on a day."""
    status = ThresholdChange.Status.AGREED
    rows = ThresholdChange.objects.filter(status=status, effective_from__lte=day)
    return {row.key: row for row in rows.order_by("effective_from", "pk")}


def require_agreed(kind: str, payload: Mapping[str, Any], day: date) -> None:
    """Invalid, at each place, unless a version that takes effect on a day holds the thresholds the members agreed.

    A threshold has the value of the change agreed last, and names it; one that was never changed has the value of
    the version before. What no version held before begins as its author says, but a profile's without a score.
    """
    if kind not in KINDS:
        return
    last = Bundle.objects.filter(kind=kind, effective_from__lte=day).order_by("effective_from", "pk").last()
    before = thresholds.held(kind, last.payload) if last else {}
    now, agreed = thresholds.held(kind, payload), _agreed_by(day)
    wrong: dict[str, list[str]] = {}
    for key in sorted(before.keys() | now.keys()):
        change = agreed.get(key)
        by = change.agreement if change is not None else None
        if change is not None:
            value = change.new_value
        elif key in before:
            value = before[key].value
        elif key in now and (last is None or THRESHOLDS[key[1]].every):
            value = now[key].value
        else:
            value = None
        # what is taken out is none from then on
        have = now.get(key) or Held(None, by, f"entries.{key[0]}")
        if (have.value, have.agreed) != (value, by):
            wrong[have.path] = [_refusal(key, have, value, by)]
    if wrong:
        raise Invalid(next(iter(wrong.values()))[0], fields=wrong)


def shown(value: int | None) -> str:
    """A value of a threshold as it is told."""
    return _("none") if value is None else str(value)


def _refusal(key: Key, have: Held, value: int | None, agreed: Agreement | None) -> str:
    told = {
        "title": THRESHOLDS[key[1]].title,
        "have": shown(have.value),
        "value": shown(value),
        "page": f"/workbench/appetite/{key[0]}/{key[1]}/propose/",
    }
    if have.value != value:
        text = _(
            "“%(title)s” would be %(have)s, and the members agreed on %(value)s. A change needs an agreed entry"
            " of the register first: propose it at %(page)s."
        )
        return text % told
    if agreed is None:
        return _("“%(title)s” names an agreement that the register does not have: leave it out.") % told
    text = _(
        "“%(title)s” has to say by what it was agreed: in “agreed”, under “%(name)s”, the reference %(reference)s"
        " and the minute “%(minute)s”."
    )
    return text % {**told, "name": key[1], "reference": agreed.reference, "minute": agreed.minute}


# What it is and was --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A value with the first day, UTC, on which it was in force, and the version that brought it."""

    value: int | None
    since: date
    version: str
    source: str
    agreed: Agreement | None


def history(key: Key, loaded: Iterable[Bundle] | None = None) -> list[Step]:
    """Return the values a threshold had and will have by what is loaded, oldest first; versions that brought no
    other value are left out. `loaded`: the versions of its kind, from whoever has read them."""
    kind = THRESHOLDS[key[1]].kind
    steps: list[Step] = []
    standing: tuple[date, int] | None = None
    rows = versions(kind) if loaded is None else loaded
    for bundle in sorted(rows, key=lambda row: (_since(row), row.pk)):
        rank = (bundle.effective_from, bundle.pk)
        if standing is not None and rank < standing:
            continue  # one that took effect later was in force already
        standing = rank
        found = thresholds.held(kind, bundle.payload).get(key)
        value, agreed = (found.value, found.agreed) if found else (None, None)
        if steps and (steps[-1].value, steps[-1].agreed) == (value, agreed):
            continue
        if not steps and found is None:
            continue
        if steps and steps[-1].since == _since(bundle):
            steps.pop()  # of one day the last counts
        steps.append(Step(value, _since(bundle), bundle.version, bundle.source, agreed))
    return steps


def _since(bundle: Bundle) -> date:
    """The first day on which a version was in force: none is before it was loaded."""
    return max(bundle.effective_from, bundle.loaded_at.date())


@dataclass(frozen=True)
class Entry:
    """A threshold of the register. `scenario`: title of the profile, "" where it holds in every one; `steps`: what
    it was, is and will be; `voted`: the change whose vote is open; `next`: what is agreed and not in force yet."""

    key: Key
    about: Threshold
    scenario: str
    value: int | None
    agreed: Agreement | None
    steps: tuple[Step, ...]
    voted: ThresholdChange | None = None
    next: Step | None = None


def keys_in_force() -> dict[Key, Held]:
    """Return the thresholds in force: those that hold in every scenario first, then by profile."""
    found: dict[Key, Held] = {}
    for kind in KINDS:
        try:
            found |= thresholds.held(kind, selectors.in_force(kind).payload)
        except NotFound:
            continue
    order = list(THRESHOLDS)
    return dict(sorted(found.items(), key=lambda row: (row[0][0] != EVERY, order.index(row[0][1]))))


def title_of(scenario: str) -> str:
    """The title of a scenario profile; its key where it is not in force any more, "" for EVERY."""
    if scenario == EVERY:
        return ""
    profile = selectors.scenarios().get(scenario)
    return profile.title if profile else scenario


def titled(changes: Iterable[ThresholdChange]) -> list[tuple[ThresholdChange, str]]:
    """Return changes, each with the title of its scenario."""
    with selectors.pinned():
        return [(change, title_of(change.scenario)) for change in changes]


def entries(user: User) -> list[Entry]:
    """Return the register as it stands, with the votes that a person may see."""
    with selectors.pinned():
        return _entries(user)


def _entries(user: User) -> list[Entry]:
    loaded = {kind: versions(kind) for kind in KINDS}
    rows = ThresholdChange.objects.visible_to(user).filter(status=ThresholdChange.Status.OPEN)  # type: ignore[attr-defined]
    voted = {row.key: row for row in rows}
    return [
        _entry(key, held, loaded[THRESHOLDS[key[1]].kind], voted.get(key))
        for key, held in keys_in_force().items()
    ]


def entry(user: User, key: Key) -> Entry:
    """Return one entry of the register; NotFound without one."""
    held = keys_in_force().get(key)
    if held is None:
        raise NotFound()
    rows = ThresholdChange.objects.visible_to(user).filter(status=ThresholdChange.Status.OPEN)  # type: ignore[attr-defined]
    scenario, threshold = key
    voted = rows.filter(scenario=scenario, threshold=threshold).first()
    return _entry(key, held, versions(THRESHOLDS[threshold].kind), voted)


def _entry(key: Key, held: Held, loaded: Iterable[Bundle], voted: ThresholdChange | None) -> Entry:
    steps = history(key, loaded)
    coming = next((step for step in steps if step.since > clock.today()), None)
    return Entry(
        key, THRESHOLDS[key[1]], title_of(key[0]), held.value, held.agreed, tuple(steps), voted, coming
    )


# How members voted ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Count:
    """How many members said something. `share`: of all members, in thousandths."""

    choice: str
    label: str
    count: int
    share: int


def told(change: ThresholdChange, members: Iterable[Jurisdiction]) -> dict[str, Any]:
    """Return how the members voted: `counts` by choice, `by_member` (member, its vote or None), and how many of
    `number` members have `spoken`, of those `needed` for the quorum."""
    votes = {vote.jurisdiction_id: vote for vote in change.votes.all()}
    by_member = [(member, votes.get(member.code)) for member in members]
    number = change.members or len(by_member) or 1
    rows = [
        (str(choice), str(choice.label), sum(1 for vote in votes.values() if vote.choice == choice))
        for choice in ThresholdVote.Choice
    ]
    rows.append(("", _("Silent"), number - len(votes)))
    return {
        "counts": [Count(key, label, count, 1000 * count // number) for key, label, count in rows],
        "by_member": by_member,
        "spoken": len(votes),
        "needed": -(-change.quorum * number // 100),
        "number": number,
    }
