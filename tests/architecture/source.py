"""Reading the product's own source: its floors, modules, calls and templates."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOORS = ("portal", "workbench", "api", "public")


@cache
def floors() -> dict[str, int]:
    """Return the rank of each app, 0 at the bottom, as the import contract orders them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {name.strip(): rank for rank, layer in enumerate(reversed(layers)) for name in layer.split("|")}


@cache
def modules(*packages: str) -> tuple[Path, ...]:
    """Return the Python files of some packages (default: every floor), migrations left out."""
    found: list[Path] = []
    for package in packages or tuple(floors()):
        found += sorted(ROOT.joinpath(package).rglob("*.py"))
    return tuple(path for path in found if "migrations" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call of a module with its dotted name as written, `?` for what has no name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def imported(node: ast.AST) -> list[str]:
    """Return the dotted names that an import statement brings in."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def last(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


def at(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


@cache
def templates() -> tuple[Path, ...]:
    roots = [ROOT / "templates", *(ROOT / floor / "templates" for floor in floors())]
    return tuple(path for root in roots for path in sorted(root.rglob("*.html")))
