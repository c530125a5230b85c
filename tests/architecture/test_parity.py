"""What a page can do, a partner's system can do: or the policy of the act keeps it for people who sign in.

Compared are the domain's acts, functions with an `actor`, that pages name with those that the API names. An act is
named wherever a module of a door refers to it: called, or handed to the frame that calls it.
"""

import ast
import inspect
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

from tests.architecture import source

PAGES = ("portal", "workbench", "public", "pages")
KEEPERS = {"no_system", "in_person", "unit_seat"}

#: Acts without an address whose policy does not refuse a system, each with what a system does instead.
OTHERWISE = {
    "licensing.services.applications.save_section": "PATCH of the application writes its sections",
    "licensing.services.tables.preview": "a table is judged and not saved with `preview=true`",
    "members.services.invitations.accept_invitation": "an account is a person's own",
    "members.services.people.want_digest": "a system reads its notices and sends no mail to itself",
}


@cache
def domain() -> tuple[str, ...]:
    return tuple(sorted(set(source.floors()) - {*source.DOORS, "pages", "config"}))


def plain(path: Path) -> str:
    parts = path.relative_to(source.ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def acts() -> frozenset[str]:
    """The functions of the domain that somebody does: those with an `actor`, policies left out."""
    return frozenset(
        f"{plain(path)}.{node.name}"
        for path in source.modules(*domain())
        if "policies" not in plain(path)
        for node in source.tree(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if "actor" in {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
    )


@cache
def passed_on() -> dict[str, str]:
    """Names that a package passes on, with where each comes from."""
    return {
        f"{plain(path)}.{alias.asname or alias.name}": f"{node.module}.{alias.name}"
        for path in source.modules(*domain())
        if path.name == "__init__.py"
        for node in source.tree(path).body
        if isinstance(node, ast.ImportFrom) and not node.level
        for alias in node.names
    }


def home(name: str) -> str:
    while name in passed_on():
        name = passed_on()[name]
    return name


def named(path: Path) -> Iterator[str]:
    """Yield the acts that a module names."""
    tree = source.tree(path)
    brought = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and not node.level
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found = f"{brought.get(node.value.id, '?')}.{node.attr}"
        elif isinstance(node, ast.Name):
            found = brought.get(node.id, "?")
        else:
            continue
        if home(found) in acts():
            yield home(found)


def of(*doors: str) -> set[str]:
    return {name for path in source.modules(*doors) for name in named(path)}


def function(name: str) -> FunctionType:
    module, _dot, plain_name = name.rpartition(".")
    return inspect.unwrap(getattr(import_module(module), plain_name))


def reach(found: FunctionType, name: str) -> Any:
    """What a dotted name means in the module of a function."""
    first, *rest = name.split(".")
    thing = found.__globals__.get(first)
    for part in rest:
        thing = getattr(thing, part, None)
    return inspect.unwrap(thing) if callable(thing) else thing


def called(found: FunctionType) -> Iterator[tuple[str, FunctionType]]:
    for node in ast.walk(ast.parse(inspect.getsource(found))):
        if isinstance(node, ast.Call):
            name = source.dotted(node.func)
            thing = reach(found, name)
            if isinstance(thing, FunctionType):
                yield name, thing


def policies(found: FunctionType, seen: set[FunctionType]) -> Iterator[FunctionType]:
    """Yield the policies an act requires, itself or in helpers of its module."""
    seen.add(found)
    for node in ast.walk(ast.parse(inspect.getsource(found))):
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.Name | ast.Attribute):
                thing = reach(found, source.dotted(part))
                if isinstance(thing, FunctionType) and "policies" in thing.__module__:
                    yield thing
    for _name, thing in called(found):
        if thing.__module__ == found.__module__ and thing not in seen:
            yield from policies(thing, seen)


def keeps(policy: Callable[..., Any]) -> bool:
    """Whether a policy, or one it asks, refuses systems."""
    return policy.__name__ in KEEPERS or any(
        keeps(thing) for _name, thing in called(policy) if "policies" in thing.__module__
    )


def kept_for_persons(name: str) -> bool:
    asked = set(policies(function(name), set()))
    return any(keeps(policy) for policy in asked)


def test_what_a_page_can_do_a_system_can_do_or_its_policy_keeps_it_for_persons() -> None:
    without = of(*PAGES) - of("api")
    assert {name for name in without if not kept_for_persons(name)} == OTHERWISE.keys()


def test_the_comparison_sees_both_doors_and_both_answers() -> None:
    """That it finds something, on either side, and can tell one policy from the other."""
    assert "licensing.services.decisions.propose" in of(*PAGES) & of("api")
    assert "members.services.people.appoint" in of(*PAGES) - of("api")
    assert kept_for_persons("members.services.people.appoint")
    assert not kept_for_persons("licensing.services.decisions.propose")
