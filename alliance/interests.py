"""Where a humanitarian and a security interest meet, by the criteria in force: a grant then takes two keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from alliance import cel, selectors
from alliance.models import Criterion


@dataclass(frozen=True)
class Meeting:
    """One reason why both interests are concerned, as the criterion that fired has it."""

    key: str
    sentence: str
    legal_basis: str


def meeting(facts: Mapping[str, object]) -> list[Meeting]:
    """Return why both interests meet in the facts of a case (`alliance.facts`); nothing where they do not.

    A criterion that gives no answer counts as one that fired: what is not known is not waved through.
    """
    found = []
    for criterion in selectors.criteria():
        if criterion.kind != Criterion.Kind.KEYS:
            continue
        try:
            fired = cel.evaluate(criterion.expression, facts, "keys")
            sentence = criterion.sentence
        except cel.CelError as error:
            fired = True
            sentence = _("It could not be told whether: %(sentence)s (%(error)s)") % {
                "sentence": criterion.sentence,
                "error": error.detail,
            }
        if fired:
            found.append(Meeting(criterion.key, sentence, criterion.legal_basis))
    return found
