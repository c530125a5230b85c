"""What a match says to somebody who has never seen one: a sentence for each rule."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from screening.engine.align import Aligned

#: How a word of the application and its counterpart on the list come to be the same, or not.
RULES: dict[str, str | Promise] = {
    "same": gettext_lazy("the same word"),
    "spelling": gettext_lazy("spelt nearly the same"),
    "sounds": gettext_lazy("spelt differently, but said the same"),
    "shape": gettext_lazy("letters or digits that look alike"),
    "vowels": gettext_lazy("the same word written without its vowels"),
    "variant": gettext_lazy("two spellings of one given name"),
    "translated": gettext_lazy("two forms of one word, or the same word in two languages"),
    "legal_form": gettext_lazy("both are legal forms"),
    "initial": gettext_lazy("an initial that fits"),
    "acronym": gettext_lazy("the first letters of these words"),
    "joined": gettext_lazy("written as one word here and as several there"),
    "cut": gettext_lazy("the beginning of the word: the name may have been cut off"),
    "identifier": gettext_lazy("the same number"),
    "missing_in_list": gettext_lazy("only in the application"),
    "missing_in_application": gettext_lazy("only on the list"),
    "house": gettext_lazy("the same number of the house"),
    "date_of_birth": gettext_lazy("date of birth"),
    "country": gettext_lazy("country"),
    "type": gettext_lazy("kind of party"),
}


def in_words(pair: Aligned) -> str:
    """Return one line of an alignment as a sentence."""
    values = {"asked": pair.asked, "listed": pair.listed, "rule": RULES[pair.rule]}
    if pair.rule in ("missing_in_list", "missing_in_application"):
        return _("“%(word)s” is %(rule)s.") % {"word": pair.asked or pair.listed, "rule": RULES[pair.rule]}
    if pair.rule in ("date_of_birth", "country", "type"):
        if not pair.listed:
            return (
                _("The list has no %(rule)s to compare with %(asked)s, and many people bear so short a name.")
                % values
            )
        if pair.similarity:
            return _("The %(rule)s fits: %(asked)s and %(listed)s.") % values
        return _("The %(rule)s does not fit: %(asked)s and %(listed)s.") % values
    return _("“%(asked)s” and “%(listed)s”: %(rule)s.") % values


def sentences(
    *, asked: str, matched: str, name_kind: str, entry_id: str, entry_name: str, pairs: Iterable[Aligned]
) -> tuple[str, ...]:
    """Return what was compared, then each word that is not simply the same."""
    pairs = list(pairs)
    if any(pair.rule == "identifier" for pair in pairs):
        number = next(pair.listed for pair in pairs if pair.rule == "identifier")
        first = _("The number %(number)s is that of entry %(entry)s “%(name)s”.")
        return (first % {"number": number, "entry": entry_id, "name": entry_name},)
    kind = {"primary": _("the name"), "alias": _("an alias"), "weak": _("a weak alias")}[name_kind]
    first = _("“%(name)s” is compared with “%(listed)s”, %(kind)s of entry %(entry)s “%(entry_name)s”.") % {
        "name": asked,
        "listed": matched,
        "kind": kind,
        "entry": entry_id,
        "entry_name": entry_name,
    }
    rest = [in_words(pair) for pair in pairs if pair.rule != "same"]
    return (first, *rest) if rest else (first, _("Every word is the same."))


def address_sentences(
    *, asked: str, listed: str, entry_id: str, entry_name: str, pairs: Iterable[Aligned], parties: int
) -> tuple[str, ...]:
    """Return what was compared, what fits but for the same words, and how many are listed at that address."""
    first = _("The address “%(asked)s” is compared with “%(listed)s” of entry %(entry)s “%(name)s”.") % {
        "asked": asked,
        "listed": listed,
        "entry": entry_id,
        "name": entry_name,
    }
    told = [in_words(pair) for pair in pairs if pair.rule != "same"]
    if parties > 1:
        told.append(
            _("%(count)d listed parties have this address: it may be that of an agent or a large building.")
            % {"count": parties}
        )
    return (first, *told)
