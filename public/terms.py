"""What the terms of our JSON-LD context mean, as anyone reads them beside it."""

from django.utils.translation import gettext_lazy as _

#: By class and term: the context defines these and no others.
TERMS = {
    "ExportLicenceCredential": {},
    "ExportLicence": {
        "number": _("Number of the licence, which stays the same through all editions"),
        "edition": _("Edition of the licence: of several the latest counts, and the others are superseded"),
        "issued": _("Instant it was issued"),
        "holder": _("Exporter to whom it was issued"),
        "parties": _("Consignee, end-user and others to whom the goods may go"),
        "items": _("What may be exported, and at most how much"),
        "destinations": _("Countries the goods go to, ISO 3166-1"),
        "territory": _(
            "Members in which it holds, since they have consented: elsewhere nothing leaves under it"
        ),
        "conditions": _("Conditions beyond the law"),
        "nationalReference": _("Reference under which the issuer keeps the case"),
        "confirmBy": _(
            "Of a provisional licence, the instant from which it is revoked unless it is confirmed"
        ),
    },
    "LicenceHolder": {
        "lei": _("Legal Entity Identifier, ISO 17442"),
        "nameSalt": _("What the name is salted with before its digest is taken"),
        "nameDigest": _("SHA-256 of salt and name, base64url: whoever has the name can check it"),
    },
    "LicenceParty": {
        "role": _("consignee, end_user, intermediary, purchaser or carrier"),
        "country": _("Country of the party, ISO 3166-1"),
        "nameSalt": _("As of the holder"),
        "nameDigest": _("As of the holder"),
    },
    "LicensedItem": {
        "line": _("Number of the line, as on the licence"),
        "controlCode": _("Entry of the control list; empty where it is unlisted"),
        "hsCode": _("Harmonized System code"),
        "quantity": _("At most this much, as a decimal number"),
        "unit": _("Unit of the quantity, UN/ECE Recommendation 20"),
        "value": _("At most this value"),
        "currency": _("Currency of the value, ISO 4217"),
    },
    "LicenceCondition": {
        "code": _("Kind of condition"),
        "line": _("Line that it bears on; all where none is given"),
        "says": _("The condition in words"),
    },
    "MemberConsent": {
        "member": _("Member that consented, ISO 3166-1"),
        "by": _("decision, position, silence (where that is no objection), consent (given later) or charter"),
        "at": _("Instant of the consent"),
    },
}
