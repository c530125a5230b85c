"""The humanitarian lane, played against a running system over HTTP: relief that is confirmed and delivered, and
relief that nobody confirms and that is repealed by itself while a shipment is on its way."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from typing import Any

import requests

from config.walkthrough import NotObserved, Tour
from core import clock

#: A picture of one point: what a photo of a delivery is here.
PHOTO = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PARTS = {
    "exporter": r"exporter-de-\d+",
    "lead_officer": "de-licensing_officer",
    "decider": "de-decider",
    "second": "us-decider",
}
QUANTITY = 40
REASONS = {
    "kind": "grant",
    "criteria": ["C1"],
    "reasons": "Water for two districts; the agency and its partner are known.",
    "reasons_for_exporter": "Your application meets the published criteria.",
}


class AidTour(Tour):
    """Two relief cases, from filing to what became of their provisional grants."""

    parts = PARTS

    def dossier(self) -> dict[str, Any]:
        found = super().dossier()
        number = self.random.randint(1000, 9999)
        site = "Depot 4, Mombasa Road, Nairobi"
        town = f"Lake Basin Water Trust {number}"
        found |= {
            "own_reference": f"DRILL-AID-{self.seed}-{number}",
            "title": "Infrared cameras that find leaks in water mains",
            "ground": {
                "kind": "humanitarian",
                "provider": "un_agency",
                "supply": "water",
                "reference": "Flash appeal 2026",
                "explanation": "Leak detection for two districts whose mains the floods broke.",
                "people": 120_000,
            },
        }
        found["items"][0] |= {
            "control_code": "6A003",
            "hs_code": "900710",
            "description": "Infrared cameras for leak detection",
            "quantity": str(QUANTITY),
            "value": f"{QUANTITY * 300}.00",
        }
        found["parties"] = [
            {**party, "name": town, "address": site, "country": "KE", "kind": "company"}
            for party in found["parties"]
            if party["role"] != "owner"
        ]
        found["end_use"] |= {
            "site": site,
            "site_country": "KE",
            "purpose": "Measuring heat along mains for drinking water to find leaks, by the trust's own staff; "
            "what is found and mended is published each week.",
        }
        found["route"] = {
            "goods_location": "DE",
            "legs": [{"origin": "DEHAM", "destination": "KEMBA", "mode": "sea"}],
        }
        return found

    def verified(self, number: str) -> dict[str, Any]:
        url = f"{self.base}/api/v1/licences/{number}/verification/"
        found: dict[str, Any] = requests.get(url, timeout=20).json()
        return found

    def granted(self) -> str:
        """File a relief case, let everybody be silent, and return the number of what the clock granted."""
        exporter = self.clients["exporter"]
        filed = exporter.call("POST", "/api/v1/applications/", {"dossier": self.dossier()})
        sent = exporter.call("POST", f"/api/v1/applications/{filed['reference']}/submission/", {})
        if not sent["case"]:
            raise NotObserved(f"The application came back: {sent.get('deficiencies')}")
        self.reference = sent["case"]
        self.say(f"{exporter.name}: registered as case {self.reference}, water by an agency")
        self.wait("the case routed", lambda: self.case("lead_officer")["routed_at"], 30)
        case = self.case("lead_officer")
        if (case["lane"], case["routing"]["charter"]) != ("humanitarian", "drill-aid"):
            raise NotObserved(
                f"Led to {case['lane']} by {case['routing']}, ground {case['assessment']['ground']}"
            )
        self.say(f"Ground accepted by row {case['assessment']['ground']['row']}: the humanitarian lane")
        event = self.wait(
            "the provisional grant", lambda: self.events("lead_officer", "provisional.granted"), 60
        )
        number = str(event["facts"]["number"])
        seen = self.verified(number)
        if (seen["status"], seen["provisional"]) != ("valid", True):
            raise NotObserved(f"{number} should be valid and provisional, not {seen}")
        held = exporter.get(f"/api/v1/licences/{number}/")
        if float(held["lines"][0]["quantity"]) != QUANTITY / 4:
            raise NotObserved(f"A quarter of {QUANTITY} should be granted, not {held['lines']}")
        self.say(
            f"Nobody answers. The clock: {number} grants {held['lines'][0]['quantity']} of {QUANTITY} "
            f"provisionally, to be confirmed by {seen['confirm_by']}"
        )
        return number

    def shipped(self, number: str, quantity: str) -> str:
        """Declare a shipment and let it leave; return its reference."""
        exporter = self.clients["exporter"]
        held = exporter.get(f"/api/v1/licences/{number}/")
        buyer = next(party for party in held["parties"] if party["role"] == "consignee")
        today = clock.now().date()
        declared = exporter.call(
            "POST",
            "/api/v1/shipments/",
            {
                "licence": number,
                "lines": [{"line": 1, "quantity": quantity}],
                "consignee": buyer["name"],
                "destination": buyer["country"],
                "carrier": "Nordsee Spedition GmbH",
                "carrier_country": "DE",
                "leaves_from": "DE",
                "via": [],
                "planned_departure": today.isoformat(),
                "planned_arrival": (today + timedelta(days=12)).isoformat(),
            },
        )
        reference = str(declared["reference"])
        exporter.call("POST", f"/api/v1/shipments/{reference}/departure/", {})
        self.say(f"{exporter.name}: shipment {reference} of {quantity} has left Hamburg")
        return reference

    def run(self) -> None:
        for client in self.clients.values():
            client.sign_in()
        self.confirmed()
        self.repealed()

    def confirmed(self) -> None:
        number = self.granted()
        shipment = self.shipped(number, "4")
        self.do("decider", "propose_decision", REASONS)
        self.do("second", "countersign_decision", {})
        self.wait("the confirmation", lambda: self.events("lead_officer", "provisional.confirmed"), 30)
        seen = self.verified(number)
        held = self.clients["exporter"].get(f"/api/v1/licences/{number}/")
        if (seen["status"], seen["provisional"]) != ("valid", False):
            raise NotObserved(f"{number} should be an ordinary licence, not {seen}")
        self.say(
            f"Confirmed by the second member: {number} is ordinary, and covers {held['lines'][0]['quantity']}"
        )
        exporter = self.clients["exporter"]
        exporter.call(
            "POST",
            f"/api/v1/shipments/{shipment}/delivery/",
            {
                "received": [{"line": 1, "quantity": "4"}],
                "delivered_at": clock.now().isoformat(),
                "place": "Depot 4, Nairobi",
                "signed_by": "Wanjiru Otieno",
                "third_party": "Port Health Survey",
                "third_person": "Amina Yusuf",
                "third_contact": "amina.yusuf@survey.example",
                "documents": [{"name": "depot.png", "content": PHOTO}],
            },
        )
        self.say(f"{exporter.name}: delivery confirmed with a photo and a third party's signature")
        self.judge(shipment)
        state = exporter.get(f"/api/v1/shipments/{shipment}/")
        if state["verification_state"] != "accepted":
            raise NotObserved(f"The delivery should be accepted, not {state['verification_state']}")
        self.say(f"{self.clients['lead_officer'].name}, in person: the delivery of {shipment} is verified")

    def judge(self, shipment: str) -> None:
        """Accept a delivery as the lead's officer, signed in with a browser: a system cannot do that."""
        browser = requests.Session()
        door = browser.get(f"{self.base}/demo/", timeout=20).text
        name = re.escape(self.clients["lead_officer"].name)
        person = re.search(rf'name="person" value="([^"]+)"(?:(?!</form>).)*?{name}', door, re.DOTALL)
        token = TOKEN.search(door)
        if person is None or token is None:
            raise NotObserved(f"{self.clients['lead_officer'].name} is not at the door of the demonstration")
        page = f"{self.base}/workbench/shipments/{shipment}/"
        for url, body in (
            (f"{self.base}/demo/", {"person": person[1]}),
            (f"{page}accept/", {"remark": "Photo, quantity and signatures fit together."}),
        ):
            sent = {**body, "csrfmiddlewaretoken": token[1]}
            answer = browser.post(url, data=sent, headers={"Referer": self.base}, timeout=20)
            if answer.status_code >= 400:
                raise NotObserved(f"{url}: {answer.status_code}")
            token = (
                re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(page, timeout=20).text)
                or token
            )

    def repealed(self) -> None:
        number = self.granted()
        confirm_by = datetime.fromisoformat(self.verified(number)["confirm_by"])
        shipment = self.shipped(number, "5")
        self.say("Nobody confirms it")
        for before, wanted in ((2.0, "valid"), (0.0, "revoked")):
            time.sleep(max(0.0, (confirm_by - clock.now()).total_seconds() - before))
            seen = self.verified(number)
            if seen["status"] != wanted:
                raise NotObserved(f"{before} s before {confirm_by} {number} should be {wanted}, not {seen}")
        self.say(f"At {confirm_by:%H:%M:%S}: anyone reads that {number} is revoked, by itself")
        self.wait("the repeal", lambda: self.events("lead_officer", "provisional.repealed"), 30)
        listed = self.wait("the list", lambda: self.events("lead_officer", "shipment.listed"), 30)
        if listed["facts"]["in_transit"] != [shipment]:
            raise NotObserved(f"{shipment} should be listed as in transit, not {listed['facts']}")
        self.say(f"In transit when it was repealed, and told to customs: {shipment}")
        status = self.case("lead_officer")["status"]
        self.say(f"The case is {status.replace('_', ' ')}: people can still decide")
