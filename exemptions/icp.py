"""The questions on a trader's internal compliance programme: versioned data with their source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

ANSWERS = ("yes", "partly", "no")
LONGEST = 4000
FILE = Path(__file__).parent / "icp.json"


@dataclass(frozen=True)
class Question:
    key: str
    text: str


@dataclass(frozen=True)
class Element:
    """A core element of a compliance programme; `evidence` is asked beside its questions."""

    key: str
    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Questionnaire:
    version: str
    source: str
    elements: tuple[Element, ...]

    def element(self, key: str) -> Element | None:
        return next((one for one in self.elements if one.key == key), None)


@cache
def questionnaire() -> Questionnaire:
    """Return the questions in force."""
    found = json.loads(FILE.read_text(encoding="utf-8"))
    elements = tuple(
        Element(one["key"], one["title"], tuple(Question(**asked) for asked in one["questions"]))
        for one in found["elements"]
    )
    return Questionnaire(found["version"], found["source"], elements)


def wrong_with(element: Element, given: Mapping[str, object]) -> dict[str, list[str]]:
    """Return what is wrong with the answers to one element, by question; empty when they are whole."""
    errors: dict[str, list[str]] = {}
    for question in element.questions:
        if given.get(question.key) not in ANSWERS:
            errors[question.key] = [_("Answer yes, partly or no.")]
    evidence = given.get("evidence")
    if not isinstance(evidence, str) or not evidence.strip():
        errors["evidence"] = [_("Say what shows it, such as the document and where it is kept.")]
    elif len(evidence) > LONGEST:
        errors["evidence"] = [_("Write at most %(most)d characters.") % {"most": LONGEST}]
    return errors


def unanswered(answers: Mapping[str, Mapping[str, object]]) -> list[Element]:
    """Return the elements whose answers are not whole yet."""
    return [one for one in questionnaire().elements if wrong_with(one, answers.get(one.key) or {})]
