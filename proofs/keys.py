"""The web server killed at random while systems file: each request, sent again with its key, has one effect.

Against real processes: `kill -9` hits the web server and all its workers some milliseconds after a request is sent,
wherever that finds it: before, in or between any two writes, or after the commit but before the answer is out. The
same request is then sent with the same key until it is answered.
"""

from __future__ import annotations

import argparse
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import requests

from api.examples import DOSSIER
from config.embedded.progress import step
from config.embedded.trial import Trial, trial


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente prove keys", description=__doc__)
    parser.add_argument("--requests", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="of when it is killed (default: %(default)s)")
    options = parser.parse_args(arguments)
    with trial() as system:
        filing = Filing(system, random.Random(options.seed))
        try:
            with step(f"file {options.requests} dossiers while the web server is killed"):
                for number in range(options.requests):
                    filing.file(number)
            filing.check()
        except AssertionError as failure:
            print(f"NOT PROVED: {failure}")
            return 1
    print(f"  the first answer came: {dict(filing.came)}")
    print(
        f"  {options.requests * 2} requests, {filing.sent} times sent, {filing.kills} kills: one effect each"
    )
    print("Proved.")
    return 0


class Filing:
    """One exporter's system that sends each request until it is answered."""

    def __init__(self, system: Trial, dice: random.Random) -> None:
        self.system, self.dice = system, dice
        entry = json.loads((system.folder.path / "demo-clients.json").read_text())["exporter-de-1"]
        told = requests.post(
            f"{system.url}/oauth/token/",
            data={"grant_type": "client_credentials"},
            auth=(entry["client_id"], entry["client_secret"]),
            timeout=60,
        ).json()
        self.headers = {"Authorization": f"Bearer {told['access_token']}"}
        self.sent = self.kills = 0
        self.came: Counter[str] = Counter()
        self.filed: list[tuple[str, str]] = []

    def file(self, number: int) -> None:
        made = self._until_answered("/applications/", {"dossier": DOSSIER}, f"draft-{number}")
        path = f"/applications/{made['reference']}/submission/"
        done = self._until_answered(path, {}, f"filed-{number}")
        self.filed.append((made["reference"], done["case"]))

    def _until_answered(self, path: str, body: Any, key: str) -> Any:
        """Send a request with its key, killing the server under the first, until there is an answer; return it."""
        striker = threading.Timer(self.dice.uniform(0.0, 0.25), self._strike)
        striker.start()
        answer = self._send(path, body, key)
        striker.join()
        while answer is None or answer.status_code != (201 if path == "/applications/" else 200):
            if answer is not None:
                assert answer.status_code in (409, 500, 502, 503), (answer.status_code, answer.text[:300])
            self._revive()
            answer = self._send(path, body, key)
        self._revive()
        again = self._send(path, body, key)
        assert again is not None
        assert (again.status_code, again.content) == (answer.status_code, answer.content), key
        assert again.headers.get("Idempotent-Replayed") == "true", key
        first = answer.headers.get("Idempotent-Replayed") == "true"
        self.came["kept, after a kill behind the commit" if first else "as it was made"] += 1
        return answer.json()

    def _send(self, path: str, body: Any, key: str) -> requests.Response | None:
        self.sent += 1
        try:
            return requests.post(
                f"{self.system.url}/api/v1{path}",
                json=body,
                headers={**self.headers, "Idempotency-Key": key},
                timeout=30,
            )
        except requests.RequestException:
            return None

    def _strike(self) -> None:
        self.kills += 1
        self.system.kill("web")

    def _revive(self) -> None:
        if "web" not in self.system.children:
            self.system.start("web")
            self.system.await_web()

    def check(self) -> None:
        """Every application was filed once, and there is none that nobody knows of."""
        known = []
        path = f"{self.system.url}/api/v1/applications/?limit=200"
        while path:
            page = requests.get(path, headers=self.headers, timeout=60).json()
            known += [(row["reference"], row["case"]) for row in page["results"]]
            path = page["next"]
        assert set(self.filed) <= set(known), "an application is missing"
        drafts = [row for row in known if row not in self.filed and row[1] is None]
        assert not drafts, f"left behind: {drafts}"
        time.sleep(2)  # the sealer works each second
        cursor, happened = "", Counter[str]()
        while True:
            asked: dict[str, Any] = {
                "limit": 200,
                "cursor": cursor,
                "type": ["application.started", "application.registered"],
            }
            page = requests.get(
                f"{self.system.url}/api/v1/events/", params=asked, headers=self.headers, timeout=60
            ).json()
            if not page["events"]:
                break
            happened.update(f"{event['type']} {event['subject']}" for event in page["events"])
            cursor = page["next_cursor"]
        twice = [what for what, times in happened.items() if times > 1]
        assert not twice, f"happened twice: {twice}"
        for reference, _case in self.filed:
            assert any(what.endswith(reference) for what in happened), f"no event of {reference}"
