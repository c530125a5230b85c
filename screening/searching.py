"""Free text over the entries in force: names, numbers, programmes and remarks, as officers type them."""

from __future__ import annotations

import re

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet

from core.errors import Invalid
from screening.lists import store
from screening.matching import Match, screen
from screening.models import Entry, EntryName
from screening.models.lists import NAME_WORDS, OWN_WORDS

SHORTEST = 2  # characters
MOST_WORDS = 10
LONGEST = 300


def words_of(text: str) -> list[str]:
    """Return the words that a text is searched by, each once."""
    return list(dict.fromkeys(re.findall(r"\w+", text.casefold())))[:MOST_WORDS]


def entries_like(text: str) -> QuerySet[Entry]:
    """Return the entries in force with every word of a text, or one that begins with it, by name.

    All of them in one name, or all of them in the rest of what the list says. None for less than two characters.
    """
    words = words_of(text)
    if sum(map(len, words)) < SHORTEST:
        return Entry.objects.none()
    begun = SearchQuery(" & ".join(f"{word}:*" for word in words), search_type="raw", config="simple")
    query = begun | SearchQuery(text, config="simple")  # the second takes numbers and addresses as they are
    named = EntryName.objects.annotate(words=NAME_WORDS).filter(words=query).order_by().values("entry_id")
    told = Entry.objects.annotate(words=OWN_WORDS).filter(words=query).order_by()
    found = Entry.objects.filter(until__isnull=True, pk__in=named.union(told.values("pk")))
    return found.select_related("source_list", "since").prefetch_related("names").order_by("name", "pk")


def resembling(text: str, most: int = 10) -> list[Match]:
    """Return the entries whose name a text resembles, as a party's name is matched, best first."""
    if sum(map(len, words_of(text))) < SHORTEST or len(text) > LONGEST:
        return []
    try:
        return screen(text)[:most]
    except Invalid:
        return []


def versions_of(list_key: str, entry_id: str) -> list[Entry]:
    """Return what the versions of a list say of an entry, the last first."""
    found = Entry.objects.filter(source_list__key=list_key, entry_id=entry_id)
    return list(
        found.select_related("source_list", "since", "until").prefetch_related("names").order_by("-pk")[:20]
    )


def owners(entry: Entry) -> list[tuple[list[str], float]]:
    """Return by whom an entry that is not listed itself counts as listed in the version that brought it."""
    if entry.listed:
        return []
    return store.owners_of(entry.since, entry.entry_id, entry.since.in_force_from.date())
