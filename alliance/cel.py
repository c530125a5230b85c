"""Expressions of the Common Expression Language: checked when they are saved, distrusted when they run."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import cel
from django.utils.translation import gettext as _

from alliance import facts, live_facts, use_facts
from core.errors import Invalid

LONGEST = 2000
DEEPEST = 2
BUDGET_MS = 250
START_SECONDS = 20

MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
FUNCTIONS = frozenset({"size", "startsWith", "endsWith", "contains"})
Result = Literal["bool", "list"]


@dataclass(frozen=True)
class Kind:
    """What an expression of a kind may read and has to answer; `ends` are its facts, all empty and all greatest."""

    names: frozenset[str]
    result: Result
    ends: tuple[Mapping[str, object], ...]


def _kind(known: Sequence[facts.Fact], result: Result) -> Kind:
    ends = tuple(facts.extreme(greatest=greatest, known=known) for greatest in (False, True))
    return Kind(frozenset(fact.name for fact in known), result, ends)


KINDS: Mapping[str, Kind] = {
    "lane": _kind((*facts.FACTS, facts.STAKES), "bool"),
    "stake": _kind(facts.FACTS, "list"),
    "keys": _kind(facts.FACTS, "bool"),
    "precondition": _kind(live_facts.FACTS, "bool"),
    "use": _kind(use_facts.FACTS, "bool"),
}

_TOKEN = re.compile(
    r"""(?P<string>[rRbB]{0,2}(?:\"\"\".*?\"\"\"|'''.*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))
      | (?P<comment>//[^\n]*)
      | (?P<number>\d[\w.]*)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<space>\s+)
      | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)


class CelError(Invalid):
    """An expression that cannot be accepted, or gave no answer: a reason to look, never a "no". Correct it where it
    stands."""

    code = "criterion"
    title = "A criterion gave no answer"


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def _tokens(expression: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(expression):
        kind = str(match.lastgroup)
        if kind not in ("comment", "space"):
            yield _Token(kind, match.group())


def _bound_names_and_depth(expression: str) -> tuple[frozenset[str], int]:
    """Return the names that comprehensions bind and how deep comprehensions are nested.

    CelError for the member access `a.b`: facts are flat, so it can only fail.
    """
    tokens = list(_tokens(expression))
    bound: set[str] = set()
    open_macros: list[bool] = []
    deepest = 0
    for index, token in enumerate(tokens):
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        after_dot = index > 0 and tokens[index - 1].text == "."
        if token.kind == "name" and after_dot and following != "(":
            raise CelError(_("Facts are flat: “.%(name)s” reads no fact.") % {"name": token.text})
        if token.text in "([{" and token.kind == "sign":
            macro = (
                token.text == "("
                and index > 1
                and tokens[index - 1].text in MACROS
                and tokens[index - 2].text == "."
            )
            open_macros.append(macro)
            deepest = max(deepest, sum(open_macros))
            if macro and following:
                bound.add(following)
        elif token.text in ")]}" and token.kind == "sign" and open_macros:
            open_macros.pop()
    return frozenset(bound), deepest


@lru_cache(maxsize=512)
def _program(expression: str) -> Any:
    try:
        return cel.compile(expression)
    except Exception as error:
        raise CelError(_("This is not an expression: %(error)s") % {"error": str(error)[:300]}) from error


def check_text(expression: str, kind: str) -> None:
    """Raise CelError unless length, nesting, names and functions are allowed for a kind of expression."""
    if not expression.strip():
        raise CelError(_("An expression is needed."))
    if len(expression) > LONGEST:
        raise CelError(
            _("The expression has %(length)d characters; %(longest)d are allowed.")
            % {"length": len(expression), "longest": LONGEST}
        )
    bound, depth = _bound_names_and_depth(expression)
    if depth > DEEPEST:
        raise CelError(
            _("Comprehensions are nested %(depth)d deep; %(deepest)d are allowed.")
            % {"depth": depth, "deepest": DEEPEST}
        )
    known = KINDS[kind].names
    if hidden := bound & known:
        raise CelError(
            _("“%(name)s” is a fact; a comprehension needs a name of its own.") % {"name": min(hidden)}
        )
    program = _program(expression)
    for name in program.variables():
        if name not in known | bound:
            raise CelError(_("“%(name)s” is not a published fact.") % {"name": name})
    for name in program.functions():
        if name[0].isalpha() and name not in FUNCTIONS:
            raise CelError(
                _("“%(name)s” is not available. Functions: %(functions)s.")
                % {"name": name, "functions": ", ".join(sorted(FUNCTIONS | MACROS))}
            )


def _check_result(result: object, wanted: Result) -> bool | list[str]:
    if wanted == "bool" and isinstance(result, bool):
        return result
    if wanted == "list" and isinstance(result, list) and all(isinstance(item, str) for item in result):
        return result
    raise CelError(
        _("The result must be true or false.")
        if wanted == "bool"
        else _("The result must be a list of codes.")
    )


def compile_check(expression: str, kind: str = "lane") -> None:
    """Raise CelError unless an expression of a kind (lane, stake, precondition, use) may be put in force."""
    check_all([(expression, kind)])


def names_read(expression: str) -> list[str]:
    """Return the facts that an expression reads, in the order of their names; CelError where it is none."""
    bound, _depth = _bound_names_and_depth(expression)
    return sorted(set(_program(expression).variables()) - bound)


def check_all(criteria: Sequence[tuple[str, str]]) -> None:
    """Check many (expression, kind) pairs with one probe; the error carries `index`, the pair it is about.

    The probe runs each expression over empty and over the greatest facts in a process of its own, which the
    kernel ends after 250 ms of processor time.
    """
    for index, (expression, kind) in enumerate(criteria):
        try:
            check_text(expression, kind)
        except CelError as error:
            raise _at(error.detail, index) from error
    answers = _probe(tuple(criteria))
    for index, (_expression, kind) in enumerate(criteria):
        if index >= len(answers):
            raise _at(
                _("The greatest facts keep the expression busy for more than %(budget)d ms.")
                % {"budget": BUDGET_MS},
                index,
            )
        for answer in answers[index]:
            if "error" in answer:
                raise _at(_("The expression fails: %(error)s") % {"error": answer["error"]}, index)
            try:
                _check_result(answer["result"], KINDS[kind].result)
            except CelError as error:
                raise _at(error.detail, index) from error


def _at(detail: str, index: int) -> CelError:
    return CelError(detail, fields={f"{index}.expression": [detail]})


@lru_cache(maxsize=8)
def _probe(criteria: tuple[tuple[str, str], ...]) -> list[list[dict[str, Any]]]:
    """Return, for each expression in turn, its answers over both ends; shorter when the process was ended."""
    job = json.dumps(
        {
            "expressions": criteria,
            "facts": {kind: KINDS[kind].ends for _expression, kind in criteria},
            "budget_ms": BUDGET_MS,
        }
    )
    probe = Path(__file__).with_name("probe.py")
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(probe)],
            input=job,
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS + 2 * len(criteria) * BUDGET_MS / 1000,
        )
    except subprocess.TimeoutExpired as error:
        raise CelError(_("The expressions could not be tried out in time.")) from error
    if not done.stdout.startswith("ready\n"):
        raise CelError(_("The expressions could not be tried out: %(error)s") % {"error": done.stderr[-300:]})
    return [json.loads(line) for line in done.stdout.splitlines()[1:]]


def evaluate(expression: str, facts: Mapping[str, object], kind: str = "lane") -> bool | list[str]:
    """Return what an expression says of the facts: codes for a stake, else a truth value.

    CelError when it cannot be evaluated or answers with another type.
    """
    try:
        result = _program(expression).execute(dict(facts))
    except CelError:
        raise
    except BaseException as error:  # the extension's panic is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise CelError(_("The expression fails: %(error)s") % {"error": str(error)[:300]}) from error
    return _check_result(result, KINDS[kind].result)
