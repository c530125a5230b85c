"""The main job, played against a running system over HTTP: the newcomer's tour and the smoke test."""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

ITEMS = (
    ("3A001", "854239", "Radiation-hardened integrated circuits for a weather satellite ground station"),
    ("6A003", "900710", "High-speed cameras for combustion research"),
    ("2B001", "845961", "Five-axis milling machine for turbine blades"),
    ("5A002", "851762", "Network encryptors for a hospital trust"),
)
BUYERS = (
    ("AE", "AEJEA", "Gulf Meteorology Institute", "Plot 14, Science Park, Dubai", "Dubai"),
    ("SG", "SGSIN", "Straits Combustion Laboratory", "8 Research Link, Singapore", "Singapore"),
    ("TR", "TRIST", "Marmara Turbine Works", "Organize Sanayi 5, Istanbul", "Istanbul"),
    ("MY", "MYPKG", "Klang Valley Hospital Trust", "Jalan Universiti 2, Klang", "Klang"),
)


#: Who plays: the demo alliance's clients by key.
PARTS = {
    "exporter": r"exporter-de-[1-4]",  # those after are of a customs broker
    "lead_officer": "de-licensing_officer",
    "fr_officer": "fr-licensing_officer",
    "us_officer": "us-licensing_officer",
    "crisis_seat": r"[a-z]{2}-crisis_seat-trade",
    "decider": "de-decider",
    "countersigner": "de-countersigner",
    "customs": "(de|fr|us)-customs_officer",
}


class NotObserved(Exception):
    """A step did not become visible from outside in its time."""


@dataclass
class Client:
    """One partner's system: OAuth2 client credentials, JSON in and out."""

    base: str
    name: str
    client_id: str
    client_secret: str
    session: requests.Session = field(default_factory=requests.Session)

    def sign_in(self) -> None:
        answer = self.session.post(
            f"{self.base}/oauth/token/",
            data={"grant_type": "client_credentials"},
            auth=(self.client_id, self.client_secret),
            timeout=20,
        )
        if answer.status_code != 200:
            raise NotObserved(f"{self.name} got no token: {answer.status_code} {answer.text[:200]}")
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON answer; NotObserved with the problem details on a refusal."""
        url = path if path.startswith("http") else f"{self.base}{path}"
        answer = self.session.request(method, url, json=body, timeout=20)
        if answer.status_code >= 400:
            raise NotObserved(f"{self.name}: {method} {path}: {answer.status_code} {answer.text[:600]}")
        return answer.json() if answer.content else None

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def allowed(self, case: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the acts the API offers this client on a case now."""
        yield from (act for act in case["acts"] if act["allowed"])


class Tour:
    """One case from filing to a verified licence; every step is read back from the API."""

    parts = PARTS

    def __init__(self, base: str, clients: dict[str, dict[str, str]], seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - varies a tour, guards nothing
        self.base = base
        self.started = time.monotonic()
        self.seed = seed
        self.clients = {part: self._client(clients, key) for part, key in self.parts.items()}

    def _client(self, clients: dict[str, dict[str, str]], key: str) -> Client:
        """Return the demo client of a part; where several could play it the seed decides."""
        fitting = sorted(name for name in clients if re.fullmatch(key, name))
        if not fitting:
            raise NotObserved(f"The demo alliance has no client {key}.")
        entry = clients[self.random.choice(fitting)]
        return Client(self.base, entry["person"], entry["client_id"], entry["client_secret"])

    def say(self, text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - self.started:7.1f} s  {text}\n")
        sys.stdout.flush()

    def wait(self, what: str, look: Callable[[], Any], seconds: float) -> Any:
        """Look again and again until there is an answer; NotObserved when the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if answer := look():
                return answer
            time.sleep(0.3)
        raise NotObserved(f"Not seen within {seconds:.0f} s: {what}")

    def dossier(self) -> dict[str, Any]:
        code, hs, description = self.random.choice(ITEMS)
        country, port, buyer, address, town = self.random.choice(BUYERS)
        quantity = self.random.randint(1, 9)
        number = self.random.randint(1000, 9999)
        return {
            "own_reference": f"DRILL-{self.seed}-{number}",
            "title": description,
            "items": [
                {
                    "line": 1,
                    "control_code": code,
                    "classification_requested": False,
                    "hs_code": hs,
                    "description": description,
                    "quantity": str(quantity),
                    "unit": "NAR",
                    "value": f"{quantity * 1800}.00",
                    "currency": "EUR",
                    "serial_numbers": [],
                    "components_from": ["US"],
                }
            ],
            "parties": [
                {
                    "role": role,
                    "kind": "company",
                    "name": f"{buyer} {number}",
                    "aliases": [],
                    "address": address,
                    "country": country,
                    "identifiers": [],
                    "website": "https://buyer.example",
                    "incorporated_on": "2009-05-04",
                }
                for role in ("consignee", "end_user")
            ]
            + [
                {
                    "role": "owner",
                    "kind": "company",
                    "name": f"{buyer} Foundation",
                    "aliases": [],
                    "address": address,
                    "country": country,
                    "identifiers": [],
                    "owns": f"{buyer} {number}",
                    "share": "60",
                }
            ],
            "end_use": {
                "site": f"{address}, hall {self.random.randint(1, 9)}",
                "site_country": country,
                "purpose": f"{description}, installed and run by the institute's own staff in {town}; "
                "output is published measurement data.",
                "undertakings": ["no_wmd", "no_military", "no_reexport", "allow_checks"],
                "military_end_user": False,
                "prohibited_end_use": False,
            },
            "route": {
                "goods_location": "FR",
                "legs": [{"origin": "FRLEH", "destination": port, "mode": "sea"}],
            },
            "documents": [],
            "ground": {"kind": "none"},
            "commercial": {"payment": "bank_transfer", "third_party_payer": False},
            "declaration": {"name": "Mara Lindt", "capacity": "Export manager", "accepted": True},
        }

    def case(self, client: str) -> dict[str, Any]:
        found: dict[str, Any] = self.clients[client].get(f"/api/v1/cases/{self.reference}/")
        return found

    def do(self, client: str, name: str, body: dict[str, Any], seconds: float = 30) -> dict[str, Any]:
        """Wait until the API offers the client an act, do it where the API says, and return the act."""

        def offered() -> dict[str, Any] | None:
            acts = self.clients[client].allowed(self.case(client))
            return next((act for act in acts if act["name"] == name), None)

        act: dict[str, Any] = self.wait(f"{name} offered to {self.clients[client].name}", offered, seconds)
        self.clients[client].call(act["method"], act["href"], body)
        self.say(f"{self.clients[client].name}: {act['title']}")
        return act

    def events(self, client: str, wanted: str) -> dict[str, Any] | None:
        """Return the latest event of a type about this case from a member's feed."""
        cursor, found = "", None
        while True:
            page = self.clients[client].get(f"/api/v1/events/?limit=200&cursor={cursor}")
            for event in page["events"]:
                if event["type"] == wanted and event["case"] == self.reference:
                    found = event
            if not page["events"]:
                return found
            cursor = page["next_cursor"]

    def run(self) -> None:
        for client in self.clients.values():
            client.sign_in()
        exporter = self.clients["exporter"]
        filed = exporter.call("POST", "/api/v1/applications/", {"dossier": self.dossier()})
        self.say(f"{exporter.name}: dossier {filed['reference']} saved as a draft")
        sent = exporter.call("POST", f"/api/v1/applications/{filed['reference']}/submission/", {})
        self.reference = sent["case"]
        self.say(f"{exporter.name}: registered as case {self.reference}")
        self.wait("the case routed", lambda: self.case("lead_officer")["routed_at"], 30)
        routed = self.case("lead_officer")
        assessment = routed["assessment"]
        self.say(
            f"Assessed: score {assessment['score']} ({assessment['low']}-{assessment['high']}), "
            f"band {assessment['band']}; routed by rule {routed['routing']['rule_key']} "
            f"to charter {routed['routing']['charter']}"
        )
        consulted = [c["jurisdiction"] for c in routed["consultations"] if c["tier"] == 0]
        if sorted(consulted) != ["FR", "US"]:
            raise NotObserved(f"FR (goods) and US (components) should be consulted, not {consulted}")
        self.say(f"Consulted: {', '.join(consulted)}; windows end {routed['consultations'][0]['due_at']}")
        speaks = self.random.choice(["FR", "US"])
        silent = "US" if speaks == "FR" else "FR"
        self.do(f"{speaks.lower()}_officer", "take_position", {"kind": "no_objection"})
        self.say(f"{silent} stays silent")
        lapse = self.wait("the lapse in the feed", lambda: self.events("lead_officer", "window.lapsed"), 60)
        self.say(f"The clock: window of {lapse['facts']['addressee']} lapsed at {lapse['facts']['due_at']}")
        step = self.wait("the step up", lambda: self.events("lead_officer", "case.escalated"), 30)
        self.say(f"The clock: case climbed to tier {step['facts']['tier']}, {step['facts']['name']}")
        self.do("crisis_seat", "take_position", {"kind": "no_objection", "summary": "Known institute."})
        self.wait("the unit's answer settled", lambda: self.events("lead_officer", "case.settled"), 30)
        proposal = {
            "kind": "grant",
            "criteria": ["C1"],
            "reasons": "Civil end-use at a named site; no objection by those who answered.",
            "reasons_for_exporter": "Your application meets the published criteria.",
        }
        self.do("decider", "propose_decision", proposal)
        self.do("countersigner", "countersign_decision", {})
        number = self.wait("the licence", lambda: self.case("exporter")["licence"], 30)
        self.say(f"Licence {number} issued to {exporter.name}")
        anyone = requests.get(f"{self.base}/api/v1/licences/{number}/verification/", timeout=20).json()
        if anyone["status"] != "valid":
            raise NotObserved(f"Public verification of {number} says {anyone['status']}")
        held = self.clients["customs"].get(f"/api/v1/licences/{number}/")
        self.say(f"Customs: {number} covers {held['lines'][0]['quantity']} {held['lines'][0]['unit']}")
        page = requests.get(f"{self.base}/verify/{number}/", timeout=20)
        if page.status_code != 200 or number not in page.text:
            raise NotObserved("The public page does not show the licence")
        self.say(f"Anyone: {self.base}/verify/{number}/ says {anyone['status']}")
        unknown = requests.get(f"{self.base}/api/v1/licences/EL-0000-0000/verification/", timeout=20).json()
        if unknown["status"] != "unknown":
            raise NotObserved("A licence that does not exist should be unknown")


def play(kind: type[Tour], base: str, clients_file: Path, seed: int) -> int:
    """Run a tour; return 0 only if every step was observed from outside."""
    try:
        tour = kind(base.rstrip("/"), json.loads(clients_file.read_text()), seed)
        tour.run()
    except (NotObserved, requests.RequestException, OSError) as failure:
        sys.stdout.write(f"FAILED: {failure}\n")
        return 1
    tour.say("Every step was observed.")
    return 0
