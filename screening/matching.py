"""Matching a name against the lists in force, with the reason for each match."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from rapidfuzz.distance import Levenshtein

from core.errors import Invalid
from screening.index import Index, Listed, allowed_errors, ensure
from screening.models import Entry, Snapshot
from screening.normal import LONGEST, forms, identifier

KINDS = ("primary", "alias", "weak")
WEAK_SCORE = 0.85


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


def lists_in_force() -> list[dict[str, str]]:
    """Return {list, version, sha256} of every snapshot in force."""
    found = Snapshot.objects.filter(in_force_until__isnull=True).select_related("source_list")
    return [
        {"list": s.source_list.key, "version": s.version, "sha256": s.sha256}
        for s in found.order_by("source_list__key")
    ]


def hash_of(lists: Iterable[dict[str, str]]) -> str:
    text = "\n".join(f"{entry['list']} {entry['sha256']}" for entry in lists)
    return hashlib.sha256(text.encode()).hexdigest()


def lists_hash() -> str:
    """Return the name of the set of snapshots in force."""
    return hash_of(lists_in_force())


def _listed() -> Iterator[Listed]:
    entries = (
        Entry.objects.filter(snapshot__in_force_until__isnull=True)
        .select_related("snapshot__source_list")
        .prefetch_related("names")
        .order_by("pk")
    )
    for entry in entries.iterator(chunk_size=2000):
        yield Listed(
            entry.snapshot.source_list.key,
            entry.snapshot.version,
            entry.entry_id,
            entry.kind,
            entry.name,
            tuple((name.name, name.kind) for name in entry.names.all()),
            tuple(entry.countries),
            tuple(entry.identifiers),
        )


@lru_cache(maxsize=2)
def _open(root: str, key: str) -> Index:
    return Index(ensure(Path(root), key, _listed))


def index_in_force() -> Index:
    """Return the opened index of the lists in force, building it on a machine that lacks it."""
    return _open(str(Path(settings.DATA_DIR) / "index"), lists_hash())


def screen(
    name: str,
    *,
    kind: str | None = None,
    country: str | None = None,
    identifiers: Iterable[str] = (),
    index: Index | None = None,
) -> list[Match]:
    """Return the listed parties a name or number may be, best first, each once.

    `kind` company or person leaves out vessels and the other of the two; country only enters the explanation.
    Invalid for a name of more than 300 characters.
    """
    if len(name) > LONGEST:
        raise Invalid.field("name", _("A name has at most 300 characters."))
    index = index or index_in_force()
    best: dict[int, Match] = {}
    for match, entry in (*_by_name(index, name), *_by_number(index, identifiers)):
        if kind in ("company", "person") and match.entry_kind != kind and match.rule != "identifier":
            continue
        if entry not in best or _rank(match) > _rank(best[entry]):
            best[entry] = match
    return sorted(best.values(), key=_rank, reverse=True)


def _rank(match: Match) -> tuple[float, bool, str]:
    return (match.score, match.name_kind == "primary", match.entry_id)


def _by_name(index: Index, name: str) -> Iterator[tuple[Match, int]]:
    for number, form in enumerate(forms(name)):
        for shape in index.exact(form) | index.near(form):
            listed = index.form(shape)
            errors = min(allowed_errors(len(form)), allowed_errors(len(listed)))
            distance = Levenshtein.distance(form, listed, score_cutoff=errors)
            if distance > errors:
                continue
            place = int(index.form_name[shape])
            entry = int(index.name_entry[place])
            yield _match(index, entry, place, name, form, listed, distance, bare=number > 0), entry


def _match(
    index: Index, entry: int, place: int, name: str, form: str, listed: str, distance: int, *, bare: bool
) -> Match:
    list_key, version, entry_id, entry_kind, entry_name, countries = index.entry(entry)
    matched, kind = index.name(place), KINDS[int(index.name_kind[place])]
    longest = max(len(form), len(listed))
    score = 1.0 - distance / longest
    if kind == "weak":
        score *= WEAK_SCORE
    rule = ("exact" if kind == "primary" else "alias") if distance == 0 else f"edit_{distance}"
    steps = [
        _("“%(name)s” is compared with “%(listed)s”, %(kind)s of entry %(entry)s “%(entry_name)s”.")
        % {
            "name": name,
            "listed": matched,
            "kind": {"primary": _("the name"), "alias": _("an alias"), "weak": _("a weak alias")}[kind],
            "entry": entry_id,
            "entry_name": entry_name,
        },
        _("Without case, accents, punctuation and word order%(bare)s they read “%(one)s” and “%(other)s”.")
        % {"bare": _(", legal forms and titles") if bare else "", "one": form, "other": listed},
        _("They are the same.")
        if distance == 0
        else _("They differ in %(count)s letter(s): %(edits)s.")
        % {"count": distance, "edits": _edits(form, listed)},
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
