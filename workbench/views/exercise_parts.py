"""What the page of an exercise shows of a table-top, of questions that wait for people, and of rehearsed paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from alliance import selectors as alliance
from core.policies import Verdict
from escalation.exercises import plans
from escalation.exercises.figures import ANSWERED
from escalation.models import Answer, Exercise
from escalation.policies import exercises as policies
from members.models import User
from pages.geography import country_name


@dataclass(frozen=True)
class Asked:
    """A situation or a question: what it is about, when it has to be answered, and what was said."""

    question: str
    title: str
    text: str
    start: float
    end: float
    open: bool
    facts: tuple[tuple[str, str], ...] = ()
    answers: tuple[Answer, ...] = ()  # those the reader may see
    by: tuple[str, ...] = ()  # who has answered
    may_answer: Verdict | None = None


def table_of(user: User, found: Exercise) -> list[Asked]:
    """Return the situations of a table-top that were put: what others said shows once each is closed."""
    if found.kind != Exercise.Kind.TABLE_TOP:
        return []
    present = (found.halted or {}).get("situation") if found.status == Exercise.Status.WAITING else None
    closed = found.scorecard is not None
    said = _said(found)
    return [
        Asked(
            question=one.question,
            title=_("Situation %(number)s") % {"number": one.number},
            text=one.text,
            start=one.start,
            end=one.end,
            open=one.number == present,
            answers=tuple(
                row
                for row in said.get(one.question, ())
                if one.number != present or row.authority_id == user.authority_id
            ),
            by=tuple(str(row.authority) for row in said.get(one.question, ())),
            may_answer=policies.can_answer(user, found, one.question) if one.number == present else None,
        )
        for one in plans.read(found.plan).table
        if closed or (present is not None and one.number <= present)
    ]


def questions_of(user: User, found: Exercise) -> list[Asked]:
    """Return the questions that a functional exercise waits for, one's own first."""
    if found.kind != Exercise.Kind.FUNCTIONAL or found.status != Exercise.Status.WAITING:
        return []
    said = _said(found)
    own = [
        replace(one, may_answer=policies.can_answer(user, found, one.question))
        for one in _questions(found, said)
    ]
    return sorted(own, key=lambda one: (not one.may_answer, one.end, one.question))


def asked_of(found: Exercise, question: str) -> Asked | None:
    """Return what an answer is given to; None where the exercise does not wait for it."""
    if found.status != Exercise.Status.WAITING:
        return None
    if found.kind == Exercise.Kind.FUNCTIONAL:
        return next((one for one in _questions(found, {}) if one.question == question), None)
    for one in plans.read(found.plan).table:
        if one.question == question:
            title = _("Situation %(number)s") % {"number": one.number}
            return Asked(one.question, title, one.text, one.start, one.end, open=True)
    return None


def _said(found: Exercise) -> dict[str, list[Answer]]:
    said: dict[str, list[Answer]] = {}
    for row in found.answers.select_related("authority__jurisdiction", "given_by"):
        said.setdefault(row.question, []).append(row)
    return said


def _questions(found: Exercise, said: Mapping[str, list[Answer]]) -> list[Asked]:
    return [
        Asked(
            question=one["question"],
            title=_("%(member)s (%(ministry)s): %(title)s")
            % {"member": one["member"], "ministry": one["ministry"], "title": one["title"]},
            text=one["purpose"],
            start=one["opened"],
            end=one["due"],
            open=True,
            facts=(
                (_("Item"), f"{one['item']}, {one['quantity']}"),
                (_("Buyer"), f"{one['buyer']}, {country_name(one['country'])}"),
                (_("Military end-user"), _("Yes") if one["military"] else _("No")),
                (_("Lead"), one["lead"]),
                (_("Tier"), str(one["tier"])),
                (_("An objection"), _("binds") if one["binding"] else _("is advisory")),
            ),
            answers=tuple(said.get(one["question"], ())),
            by=tuple(str(row.authority) for row in said.get(one["question"], ())),
        )
        for one in (found.halted or {}).get("questions", ())
    ]


def path_titles(paths: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """Return what was rehearsed in words: tiers by their way through, deputies and members by name."""
    titles = {charter.key: charter for charter in alliance.all_charters()}
    found = []
    for path in paths:
        kind, _colon, rest = path.partition(":")
        if kind == "member":
            found.append(_("%(member)s took part") % {"member": names.get(rest, rest)})
        elif kind == "deputies":
            found.append(_("A deputy of %(member)s stood in") % {"member": names.get(rest, rest)})
        elif kind == "charter":
            charter = titles.get(rest)
            found.append(charter.title if charter else rest)
        elif path.count(":") == 3:
            key, number, way = rest.split(":")
            charter = titles.get(key)
            title = charter.title if charter else key
            words = _("all answered") if way == ANSWERED else _("somebody was silent")
            found.append(
                _("%(charter)s, tier %(number)s: %(way)s")
                % {"charter": title, "number": number, "way": words}
            )
    return found
