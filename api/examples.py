"""Examples shown in the schema; a test files them, so they stay true."""

from typing import Any

DOSSIER: dict[str, Any] = {
    "own_reference": "PO-2026-114",
    "title": "High-speed cameras for combustion research",
    "items": [
        {
            "line": 1,
            "control_code": "6A003",
            "classification_requested": False,
            "hs_code": "900710",
            "description": "High-speed camera, 40,000 frames a second",
            "quantity": "4",
            "unit": "NAR",
            "value": "96000.00",
            "currency": "EUR",
            "serial_numbers": ["HC-0101", "HC-0102", "HC-0103", "HC-0104"],
            "components_from": ["US"],
        }
    ],
    "parties": [
        {
            "role": role,
            "kind": "company",
            "name": "Straits Combustion Laboratory",
            "aliases": [],
            "address": "8 Research Link, Singapore",
            "country": "SG",
            "identifiers": [],
            "website": "https://straits-combustion.example",
            "incorporated_on": "2009-05-04",
        }
        for role in ("consignee", "end_user")
    ],
    "end_use": {
        "site": "8 Research Link, Singapore, test hall 2",
        "site_country": "SG",
        "purpose": "Filming fuel sprays in an optical engine to validate combustion models; results are published.",
        "undertakings": ["no_wmd", "no_military", "no_reexport", "allow_checks"],
        "military_end_user": False,
        "prohibited_end_use": False,
    },
    "route": {
        "goods_location": "FR",
        "legs": [{"origin": "FRLEH", "destination": "SGSIN", "mode": "sea"}],
    },
    "documents": [],
    "ground": {"kind": "none"},
    "commercial": {"payment": "bank_transfer", "third_party_payer": False},
    "declaration": {"name": "Mara Lindt", "capacity": "Export manager", "accepted": True},
}

REPLACEMENT: dict[str, Any] = {"dossier": {"end_use": DOSSIER["end_use"]}, "version": 1}
DECLARATION: dict[str, Any] = {"declaration": DOSSIER["declaration"]}
NO_OBJECTION: dict[str, Any] = {"kind": "no_objection"}
WITH_CONDITIONS: dict[str, Any] = {
    "kind": "approve_with_conditions",
    "summary": "The cameras stay where they are declared to stand.",
    "conditions": [{"code": "no_reexport"}, {"code": "quantity_cap", "line": 1, "value": "3"}],
}
OBJECTION: dict[str, Any] = {
    "kind": "object",
    "binding": True,
    "reason_code": "intended_end_use",
    "legal_basis": "Regulation (EU) 2021/821, Article 14(1)",
    "summary": "The stated end-use does not fit the quantity asked for.",
}
QUESTION: dict[str, Any] = {
    "reason_code": "missing_document",
    "question": "Which test hall will the cameras stand in? Please attach the floor plan.",
    "sections": ["end_use"],
    "days": 7,
}
ANSWER: dict[str, Any] = {
    "answer": "They stand in test hall 3 until hall 2 is refitted.",
    "changes": {"end_use": {**DOSSIER["end_use"], "site": "8 Research Link, Singapore, test hall 3"}},
}
GRANT: dict[str, Any] = {
    "kind": "grant",
    "criteria": ["C1", "C4"],
    "reasons": "Civil end-use at a named site; the end-user is known and lets the use be checked.",
}
REFUSAL: dict[str, Any] = {
    "kind": "refuse",
    "criteria": ["C4"],
    "ground_code": "C4",
    "reasons": "The quantity exceeds what the test hall can use.",
    "reasons_for_exporter": "The end-use is not established for the quantity asked for.",
}
REASON: dict[str, Any] = {"reason": "Another address and another date of foundation than the listed party's."}

NOTE: dict[str, Any] = {"text": "The laboratory confirmed the floor plan by telephone on Tuesday."}
#: An example names nobody's officer, case or hit: a test puts in those that are there.
NOBODY = "00000000-0000-4000-8000-000000000000"
REASSIGNMENT: dict[str, Any] = {"officer": NOBODY}
ALLOCATION: dict[str, Any] = {"officer": NOBODY, "cases": ["EN-7K3M-9QX2", "EN-7K3M-9QX3"]}
CLEARANCES: dict[str, Any] = {"hits": [NOBODY], "reason": REASON["reason"], "remember_days": 365}
CONFIRMATIONS: dict[str, Any] = {"hits": [NOBODY]}
WIDENING: dict[str, Any] = {
    "member": "JP",
    "reason": "The goods are consolidated in its port before they leave.",
}
MESSAGE: dict[str, Any] = {
    "to": ["FR"],
    "subject": "Consignee in Singapore",
    "text": "Have you delivered to this laboratory before? We would like to answer by noon.",
    "acknowledge_within": 24,
}
SUSPICION: dict[str, Any] = {
    "goods": "Twelve high-speed cameras, 40,000 frames a second, for delivery within a week",
    "party_name": "Straits Combustion Laboratory",
    "party_country": "SG",
    "party_address": "8 Research Link, Singapore",
    "identifiers": [{"scheme": "registration", "value": "200904567K"}],
    "red_flags": ["RF02", "RF05"],
    "reasons": "The agent offers cash for three times the usual number and will not say what they film.",
    "outcome": "declined",
}
REVIEWED: dict[str, Any] = {"outcome": "noted"}
STOP: dict[str, Any] = {
    "reason_code": "pre_licence_check",
    "days": 14,
    "basis": "Order 12/2026 of the Federal Office",
}
EXTENSION: dict[str, Any] = {"amount": 5, "reason": "The site has to be surveyed first."}

PARTIES: dict[str, Any] = {
    "parties": [
        {
            "reference": "row-1",
            "names": ["Kavir Advanced Materials"],
            "kind": "company",
            "country": "IR",
            "identifiers": ["REG 44117"],
            "addresses": ["14 Sanat Street, Tehran"],
        }
    ]
}
QUERIES: dict[str, Any] = {
    "queries": {"q": {"schema": "Company", "properties": {"name": ["Kavir Advanced Materials"]}}}
}

CHARTER: dict[str, Any] = {
    "key": "lead-alone",
    "version": "2",
    "title": "The lead decides alone",
    "critical": False,
    "legal_basis": "The alliance's own rule for cases of low risk.",
    "if_nobody_answers": "The case is put on hold with an owner and a date.",
    "tiers": [],
    "reminders": [50, 90],
    "decide_within": {"amount": 10, "unit": "working_days"},
    "hold": {"amount": 5, "unit": "working_days"},
    "outer_limit": {"amount": 90, "unit": "calendar_days"},
}
"""A charter to check."""
CHARTER_TEXT = """\
key: lead-alone
version: "3"
title: The lead decides alone
critical: false
legal_basis: The alliance's own rule for cases of low risk.
if_nobody_answers: The case is put on hold with an owner and a date.
tiers: []
reminders: [50, 90]
decide_within: {amount: 8, unit: working_days}
hold: {amount: 5, unit: working_days}
outer_limit: {amount: 90, unit: calendar_days}
"""
MEASURES_TEXT = """\
key: cameras
version: "3"
title: Cameras
scenario: peacetime
objective: Stop what would reach the front within a week.
legal_basis: Council Decision 2026/114, Article 2
sunset: {amount: 2, unit: months}
measures:
  - key: one
    title: Cameras to Singapore
    objective: Nothing is granted while the diversion is looked into.
    legal_basis: Council Decision 2026/114, Article 3
    effect: no_grant
    scope:
      control_codes: [6A]
      destinations: [SG]
exit:
  - key: all
    title: Everything
    sector: general trade
    lifts:
      - measures: [one]
    preconditions:
      - key: days
        sentence: A day has gone.
        expression: days_in_force >= 1
"""
OPENED: dict[str, Any] = {
    "salt": "5f2a0c9be1d84c7f9a3b6d1e07c45f8a5f2a0c9be1d84c7f9a3b6d1e07c45f8a",
    "content": {
        "format": "entente-preposition/1",
        "reference": "PP-7K3M-9QX2",
        "authority": "FR/trade",
        "trigger": {"event": "consultation"},
        "expression": "'6A003' in control_codes && score < 40",
        "position": {
            "kind": "no_objection",
            "binding": False,
            "reason_code": "",
            "legal_basis": "",
            "summary": "",
            "conditions": [],
        },
        "valid_until": "2027-06-30",
    },
}
TRIAGE: dict[str, Any] = {
    "outcome": "accepted",
    "answer": "The hospital's generator has failed, and the spare part is nowhere else.",
}

_LABORATORY = {"name": "Hanbit Optical Laboratory", "address": "8 Gwahak-ro, Daejeon", "country": "KR"}
AUTHORISATION_USE: dict[str, Any] = {
    "lines": [
        {
            "description": "High-speed camera",
            "control_code": "6A003",
            "hs_code": "900710",
            "quantity": "2",
            "unit": "NAR",
            "value": "48000.00",
        }
    ],
    "currency": "EUR",
    "parties": [{"role": role, **_LABORATORY} for role in ("consignee", "end_user")],
    "purpose": "sale",
    "end_use": "Filming fuel sprays in an optical engine to validate combustion models at the test hall.",
    "military_end_user": False,
    "informed": False,
    "free_zone": False,
    "statements": ["no_reexport"],
    "statement_by": "Park Ji-woo, purchasing",
    "statement_on": "2026-11-20",
}
SHIPMENT: dict[str, Any] = {
    "licence": "EL-7K3M-9QX2",
    "lines": [{"line": 1, "quantity": "2"}],
    "consignee": DOSSIER["parties"][0]["name"],
    "destination": DOSSIER["parties"][0]["country"],
    "carrier": "Nordsee Spedition GmbH",
    "carrier_country": "DE",
    "vessel": "MV Aurelia",
    "flag": "PA",
    "imo": "9074729",
    "leaves_from": "DE",
    "via": ["NL"],
    "planned_departure": "2026-12-01",
    "planned_arrival": "2026-12-20",
    "own_reference": "B/L 4471",
    "containers": ["CSQU3054383"],
}
DELIVERY: dict[str, Any] = {
    "received": [{"line": 1, "quantity": "2"}],
    "delivered_at": "2026-12-21T09:30:00Z",
    "place": "Port of Singapore, berth 7",
    "signed_by": "Anke Vossberg",
    "third_party": "Harbour Survey Pte Ltd",
    "third_person": "Mei Tan",
    "third_contact": "mei.tan@harbour-survey.example",
    "documents": [
        {
            "name": "berth.png",
            "content": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
            "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        }
    ],
}

RESERVATION: dict[str, Any] = {
    "line": 1,
    "quantity": "2",
    "unit": "NAR",
    "office": "DE004851",
    "declaration": "26DE485112345678A1",
}
DRAWN = {"quantity": "1"}
OFFLINE_TOKEN = {"line": 1, "quantity": "2", "unit": "NAR", "office": "DE004851", "hours": 12}
OFFLINE_USES: dict[str, Any] = {
    "uses": [
        {
            "token": "OT-7K3M-9QX2",
            "quantity": "1",
            "used_at": "2026-11-23T04:10:00+01:00",
            "office": "DE004851",
            "declaration": "26DE485112345678A1",
        },
        {
            "licence": "EL-7K3M-9QX2",
            "line": 1,
            "quantity": "1",
            "unit": "NAR",
            "used_at": "2026-11-23T04:20:00+01:00",
            "office": "DE004851",
            "declaration": "26DE485112345678A2",
        },
    ]
}
USAGE_FILE = {
    "text": "\n".join(
        (
            r"1\fileHeader\CHIEF\ENTENTE\usageData\202611270300\49543" + "\\",
            r"2\licenceUsage\LU49543/00001\insert\EL-7K3M-9QX2\O" + "\\",
            r"3\line\1\1\0" + "\\",
            r"4\usage\O\9GB000001328000-PE112345\R\20261126\1\0\\000262\\\\",
            r"5\end\line\3",
            r"6\end\licenceUsage\5",
            r"7\fileTrailer\1",
        )
    )
}
CORRECTION = {"quantity": "1", "reason": "One article was taken out at the inspection."}
PRE_SHIPMENT: dict[str, Any] = {
    "licence": "EL-7K3M-9QX2",
    "goods": [{"line": 1, "quantity": "2", "unit": "NAR"}],
    "destination": DOSSIER["parties"][0]["country"],
    "leaves_from": "DE",
}

MONITOR = {
    "person": "Mei Tan",
    "organisation": "Harbour Survey Pte Ltd",
    "email": "mei.tan@harbour-survey.example",
}

EXTENDED: dict[str, Any] = {
    "valid_until": "2028-06-30",
    "reason": "The ship is delayed and the goods leave later.",
}
AMENDMENT: dict[str, Any] = {
    "changes": [{"path": "parties[0].address", "to": "10 Research Link, Singapore"}],
    "reason": "The laboratory has moved next door.",
}
RECOMMENDED: dict[str, Any] = {
    "proposal": "grant",
    "remark": "Seen against the file: the same party, next door.",
}
GIVEN_UP: dict[str, Any] = {"reason": "The order was cancelled."}
SUSPENDED: dict[str, Any] = {
    "reason": "The end-user was seen to hand cameras on; the inspection is on its way."
}
REINSTATED: dict[str, Any] = {"reason": "The inspection found both cameras where they should be."}
USED_UP: dict[str, Any] = {"reason": "The last of it left on declarations made on paper."}
