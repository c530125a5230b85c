"""The drawing of an exit plan: its steps one under the other, with lines to those they follow."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

ROW, LEFT, WIDTH = 72, 64, 340
MARKS = {"applied": "✓", "wind_down": "…", "proposed": "?", "possible": "", "blocked": "×", "over": ""}
LONGEST = 25  # characters of a title that fit beside a step; it takes two lines at most
LINE = 19


@dataclass(frozen=True)
class Node:
    """A step at its place. `number` is its place in the plan."""

    x: int
    y: int
    state: str
    number: int
    title: list[tuple[int, str]]  # its lines, each at its height
    label: str
    label_y: int
    mark: str


@dataclass(frozen=True)
class Line:
    """A line from a step to one it follows; it stands applied or not."""

    d: str
    done: bool


@dataclass(frozen=True)
class Drawing:
    """`told` says in words what the picture shows."""

    width: int
    height: int
    nodes: list[Node]
    lines: list[Line]
    told: str


def draw(steps: Iterable[Any]) -> Drawing:
    """Return the drawing of steps with number, state, label and `step` (key, title, after)."""
    steps = list(steps)
    at = {one.step.key: index for index, one in enumerate(steps)}
    nodes, lines = [], []
    for index, one in enumerate(steps):
        y = ROW // 2 + index * ROW
        title = textwrap.wrap(one.step.title, LONGEST, max_lines=2, placeholder="…")
        top = y - 4 if len(title) < 2 else y - 13
        placed = [(top + number * LINE, text) for number, text in enumerate(title)]
        label_y = top + LINE * len(title)
        nodes.append(
            Node(LEFT, y, one.state, one.number, placed, one.label, label_y, MARKS.get(one.state, ""))
        )
        for key in one.step.after:
            above = ROW // 2 + at[key] * ROW
            bend = 0 if index - at[key] == 1 else 14 + 8 * min(4, index - at[key])
            path = f"M{LEFT} {above}" + (
                f"L{LEFT} {y}" if not bend else f"C{LEFT - bend} {above} {LEFT - bend} {y} {LEFT} {y}"
            )
            lines.append(Line(path, steps[at[key]].state == "applied"))
    said = [
        _("Step %(number)d, %(title)s: %(state)s.")
        % {"number": one.number, "title": one.step.title, "state": one.label}
        for one in steps
    ]
    return Drawing(WIDTH, ROW * max(1, len(steps)), nodes, lines, " ".join(said))
