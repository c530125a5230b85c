"""Matching a name against the lists in force, with the reason for each match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from rapidfuzz.distance import Levenshtein

from core.errors import Invalid
from screening.index import Index, allowed_errors, ensure, rests
from screening.lists.store import PARTS, hash_of, listed, lists_in_force
from screening.normal import LONGEST, core, forms, identifier, numbers

KINDS = ("primary", "alias", "weak")
WEAK_SCORE = 0.85
SHORTEST_WORD = 4  # letters a word needs before it may differ from another


@dataclass(frozen=True)
class Match:
    """A listed name that a name resembles. `score` is 1 for the same name, less by each letter that differs."""

    list_key: str
    version: str
    entry_id: str
    entry_kind: str
    entry_name: str
    matched_name: str
    name_kind: str  # primary | alias | weak
    score: float
    rule: str  # exact | alias | edit_1 | edit_2 | identifier
    explanation: tuple[str, ...]

    @property
    def strong(self) -> bool:
        """Whether it stops a case: the same name or number, and not a weak alias."""
        return self.rule in ("exact", "alias", "identifier") and self.name_kind != "weak"

    @property
    def closeness(self) -> tuple[float, bool]:
        """What orders matches: the score, and of equal ones a number before a name."""
        return (self.score, self.rule == "identifier")


@lru_cache(maxsize=2)
def _open(root: str, key: str, lists: tuple[tuple[str, ...], ...]) -> Index:
    return Index(ensure(Path(root), key, lambda: listed(lists)))


def index_of(lists: Iterable[Mapping[str, str]]) -> Index:
    """Return the opened index of a set of snapshots, building it on a machine that lacks it."""
    wanted = tuple(tuple(state.get(part, "") for part in PARTS) for state in lists)
    return _open(str(Path(settings.DATA_DIR) / "index"), hash_of(lists), wanted)


def index_in_force() -> Index:
    """Return the opened index of the lists in force."""
    return index_of(lists_in_force())


def screen(
    name: str,
    *,
    kind: str | None = None,
    country: str | None = None,
    identifiers: Iterable[str] = (),
    index: Index | None = None,
) -> list[Match]:
    """Return the listed parties a name or number may be, best first, each once.

    `kind` is what the asker says the party is: between company and person only the same name counts then, and a
    vessel's name counts for a vessel alone. `country` narrows nothing: it is too easily another one.
    `index`: to ask about several names in one state of the lists. Invalid for a name of more than 300
    characters.
    """
    if len(name) > LONGEST:
        raise Invalid.field("name", _("A name has at most 300 characters."))
    index = index or index_in_force()
    best: dict[int, Match] = {}
    for match, entry in (*_by_name(index, name), *_by_number(index, identifiers)):
        if not _may_be(kind, match):
            continue
        if entry not in best or _rank(match) > _rank(best[entry]):
            best[entry] = match
    return sorted(best.values(), key=_rank, reverse=True)


def _may_be(kind: str | None, match: Match) -> bool:
    people = ("company", "person")
    if kind is None or match.entry_kind == kind or match.rule == "identifier":
        return True
    if kind in people and match.entry_kind in people:
        return match.score == 1.0
    return kind not in people and match.entry_kind not in people


def _rank(match: Match) -> tuple[tuple[float, bool], bool, str]:
    return (match.closeness, match.name_kind == "primary", match.entry_id)


@dataclass(frozen=True)
class _Near:
    """A listed name beside the name asked for: the two texts compared, and the letters by which they differ."""

    place: int
    way: str  # of Form, or word
    one: str
    other: str
    distance: int
    length: int  # letters of the longer name, in the form compared


def _by_name(index: Index, name: str) -> Iterator[tuple[Match, int]]:
    numbered = numbers(name)
    for near in (*_by_form(index, name), *_by_word(index, name)):
        if near.distance and numbers(index.name(near.place)) != numbered:
            continue
        entry = int(index.name_entry[near.place])
        yield _match(index, entry, name, near), entry


def _by_form(index: Index, name: str) -> Iterator[_Near]:
    """Yield the names whose letters, taken together, are the same or nearly."""
    for text, way in forms(name):
        errors = allowed_errors(len(text))
        for shape in index.exact(text) | index.near(text):
            listed = index.form(shape)
            most = min(errors, allowed_errors(len(listed)))
            distance = Levenshtein.distance(text, listed, score_cutoff=most)
            if distance <= most:
                longest = max(len(text), len(listed))
                yield _Near(int(index.form_name[shape]), way, text, listed, distance, longest)


def _by_word(index: Index, name: str) -> Iterator[_Near]:
    """Yield the names that have every word but one in common, where that one is nearly the same.

    A wrong first letter changes the place of a word in the alphabet, so the joined forms miss it.
    """
    words = sorted(core(name))
    letters = sum(map(len, words))
    errors = allowed_errors(letters)
    for rest, word in rests(words) if errors else ():
        for left in index.beside(rest):
            listed = index.left(left)
            most = min(errors, allowed_errors(letters - len(word) + len(listed)))
            if word == listed or min(len(word), len(listed)) < SHORTEST_WORD:
                continue
            distance = Levenshtein.distance(word, listed, score_cutoff=most)
            if distance <= most:
                longest = letters - len(word) + max(len(word), len(listed))
                yield _Near(int(index.left_name[left]), "word", word, listed, distance, longest)


def _match(index: Index, entry: int, name: str, near: _Near) -> Match:
    list_key, version, entry_id, entry_kind, entry_name, countries = index.entry(entry)
    matched, kind = index.name(near.place), KINDS[int(index.name_kind[near.place])]
    score = 1.0 - near.distance / near.length
    if kind == "weak":
        score *= WEAK_SCORE
    rule = ("exact" if kind == "primary" else "alias") if near.distance == 0 else f"edit_{near.distance}"
    steps = [
        _("“%(name)s” is compared with “%(listed)s”, %(kind)s of entry %(entry)s “%(entry_name)s”.")
        % {
            "name": name,
            "listed": matched,
            "kind": {"primary": _("the name"), "alias": _("an alias"), "weak": _("a weak alias")}[kind],
            "entry": entry_id,
            "entry_name": entry_name,
        },
        _way(near),
        _("They are the same.")
        if near.distance == 0
        else _("They differ in %(count)s letter(s): %(edits)s.")
        % {"count": near.distance, "edits": _edits(near.one, near.other)},
    ]
    if countries:
        steps.append(_("The list gives: %(countries)s.") % {"countries": ", ".join(countries)})
    return Match(
        list_key,
        version,
        entry_id,
        entry_kind,
        entry_name,
        matched,
        kind,
        round(score, 3),
        rule,
        tuple(steps),
    )


def _way(near: _Near) -> str:
    said = {
        "sorted": _("Without case, accents, punctuation and word order they read “%(one)s” and “%(other)s”."),
        "core": _(
            "Without case, accents, punctuation, word order, legal forms and titles they read “%(one)s” and "
            "“%(other)s”."
        ),
        "written": _(
            "Without case, accents, punctuation, spaces, legal forms and titles they read “%(one)s” and "
            "“%(other)s”."
        ),
        "word": _(
            "Without legal forms and titles every word is the same but one, which reads “%(one)s” and “%(other)s”."
        ),
    }
    return said[near.way] % {"one": near.one, "other": near.other}


def _edits(form: str, listed: str) -> str:
    words = []
    for edit in Levenshtein.editops(form, listed):
        before, after = form[edit.src_pos : edit.src_pos + 1], listed[edit.dest_pos : edit.dest_pos + 1]
        if edit.tag == "replace":
            words.append(_("%(one)s for %(other)s") % {"one": before, "other": after})
        elif edit.tag == "delete":
            words.append(_("%(one)s too many") % {"one": before})
        else:
            words.append(_("%(one)s missing") % {"one": after})
    return ", ".join(words)


def _by_number(index: Index, identifiers: Iterable[str]) -> Iterator[tuple[Match, int]]:
    for number in identifiers:
        if len(identifier(number)) < 5:
            continue
        for entry in index.numbered(number):
            list_key, version, entry_id, entry_kind, entry_name, _countries = index.entry(entry)
            steps = (
                _("The number %(number)s is that of entry %(entry)s “%(name)s”.")
                % {"number": identifier(number), "entry": entry_id, "name": entry_name},
            )
            yield (
                Match(
                    list_key,
                    version,
                    entry_id,
                    entry_kind,
                    entry_name,
                    entry_name,
                    "primary",
                    1.0,
                    "identifier",
                    steps,
                ),
                entry,
            )
