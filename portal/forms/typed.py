"""What people type, as the dossier keeps it, and back again."""

from __future__ import annotations

from typing import Any


def share(typed: str) -> str:
    return typed.replace("%", "").replace(",", ".").strip()


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def codes(text: str) -> list[str]:
    return [code.strip().upper() for code in text.replace(",", " ").split() if code.strip()]


def whole(typed: str) -> int | str:
    """Return a number written with or without separators of thousands; what is none stays as it was typed."""
    digits = typed.translate(str.maketrans("", "", ",.' \u00a0"))
    return int(digits) if digits.isdecimal() else typed.strip()


def yes(value: str) -> bool | None:
    return {"yes": True, "no": False}.get(value)


def said(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, "") if isinstance(value, bool) else ""
