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
