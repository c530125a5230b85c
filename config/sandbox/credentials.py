"""What opens a sandbox: people and systems of its own, made once, whose secrets are kept only as hashes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings

from members import demo
from members.models import ApiClient

#: Client ids and hashes of their secrets, by whose they are: they outlast resets and upgrades.
KEPT = "clients.json"
#: What was made since somebody last looked: `./entente sandbox credentials` prints it and takes it away.
SHOWN_ONCE = "credentials.json"


def enter(*, renew: bool) -> None:
    """Enter the demonstration's people and systems into the default database; with `renew` under new secrets.

    What is new is left under `SHOWN_ONCE`, readable by the owner of the folder alone.
    """
    folder = Path(settings.DATA_DIR)
    if renew:
        for name in (KEPT, SHOWN_ONCE, demo.PEOPLE):
            folder.joinpath(name).unlink(missing_ok=True)
    kept = _read(folder / KEPT)
    first = not kept
    folder.joinpath(demo.CLIENTS).unlink(missing_ok=True)
    demo.load()
    made = _read(folder / demo.CLIENTS)
    folder.joinpath(demo.CLIENTS).unlink()
    for key, entry in made.items():
        row = ApiClient.objects.filter(client_id=entry["client_id"])
        if key in kept:
            row.update(client_id=kept[key]["client_id"], client_secret=kept[key]["hash"])
        else:
            kept[key] = {
                "client_id": entry["client_id"],
                "hash": row.values_list("client_secret", flat=True).get(),
            }
    fresh = {key: entry for key, entry in made.items() if entry["client_id"] == kept[key]["client_id"]}
    _write(folder / KEPT, kept)
    if fresh:
        told: dict[str, Any] = {"url": settings.SITE_URL, "clients": fresh}
        if first:
            people = _read(folder / demo.PEOPLE)
            told |= {"people": {"password": people["password"], "totp": people["totp"]}}
        _write(folder / SHOWN_ONCE, told)


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text())) if path.is_file() else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    """Replace a file at once, readable by its owner alone."""
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(content, stream, indent=1, ensure_ascii=False)
    part.replace(path)
