"""What each operation of the matrix is asked with, so that a refusal is about the person and not about the form."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from typing import Any

from alliance import charter_text
from api import exercises
from api.examples import (
    AMENDMENT,
    AUTHORISATION_USE,
    CHARTER,
    CHARTER_TEXT,
    CORRECTION,
    DELIVERY,
    DOSSIER,
    DRAWN,
    MEASURES_TEXT,
    MESSAGE,
    MONITOR,
    OFFLINE_TOKEN,
    OFFLINE_USES,
    OPENED,
    PRE_SHIPMENT,
    RECOMMENDED,
    RESERVATION,
    SHIPMENT,
    SUSPICION,
    USAGE_FILE,
)
from api.views.authorisations import REGISTRATION
from api.views.bars import BARRED
from api.views.blind import FILLED
from api.views.denials import NOTICES
from api.views.documents import ATTACHED
from api.views.granted import DRAFTED as UNDER_A_TEMPLATE
from api.views.traders import AUDITED
from api.views.waivers import DRAFTED as WAIVED
from core import clock
from exemptions import icp
from licensing.dossier import tables
from tests import appetite, crises
from tests.escalation.test_exercises_kept import PLANNED

#: Sections, kinds and names that an address chooses among: they name no thing of anyone's.
CHOICES = {
    "section": "items",
    "number": "1",
    "entry_id": "90001",
    "kind": "grant",
    "name": "suspend",
    "view": "ours",
    "code": "stale",
    "type": "case.escalated",
    "key": "absent",
    "dataset": "default",
    "uidb36": "1",
    "scenario": "peacetime",
    "threshold": "lane_from_score",
    "purpose": "revocation",
    "form": "open",
    "rest": "nothing",
    "status": "absent",
}


SOON = clock.now() + timedelta(days=30)
REASON = "It was looked into, and this is what was found."
QUESTION = {"reason_code": "clarification", "question": "In which hall will it stand?", "days": 7}
SEALED = {
    "trigger": "consultation",
    "expression": "score < 40",
    "kind": "no_objection",
    "valid_until": (clock.today() + timedelta(days=30)).isoformat(),
}
EMERGENCY = {
    "requested": True,
    "reason": "The generator of the hospital has failed and the part is nowhere else.",
    "without_it": "Operations stop when the second generator fails as well.",
    "needed_by": (clock.today() + timedelta(days=30)).isoformat(),
}
PACKAGE: dict[str, Any] = {
    "authority": "Federal Customs Office",
    "country": "AE",
    "purpose": "To check whether goods that it declares for Singapore arrive there.",
    "legal_basis": "Memorandum on customs cooperation, Article 4",
    "valid_until": clock.today() + timedelta(days=30),
}
AGENT = "HRB 7000"  # the registration number of the organisation that mandates name
ITEMS = base64.b64encode(tables.template("items").encode()).decode()
LEGAL = {"reason_code": "pre_licence_check", "days": 7, "basis": "Order 12/2026 of the ministry"}
AUDIT = {"visited_on": clock.today().isoformat(), "summary": REASON} | {
    element.key: "met" for element in icp.questionnaire().elements
}
PLANNED_DAYS = {
    "planned_departure": (clock.today() + timedelta(days=1)).isoformat(),
    "planned_arrival": (clock.today() + timedelta(days=9)).isoformat(),
}
THRESHOLD: dict[str, Any] = {
    name: value.isoformat() if isinstance(value, date) else value
    for name, value in appetite.given(new_value=70).items()
    if name not in ("scenario", "threshold")
}
#: What is granted within bounds: the world's crisis and exporter go in.
WAIVER: dict[str, Any] = {
    **WAIVED,
    "lifts": ["one"],
    "control_codes": ["9A"],
    "destinations": ["NZ"],
    "first_day": clock.today().isoformat(),
    "last_day": (clock.today() + timedelta(days=20)).isoformat(),
}
DRAFT = {**UNDER_A_TEMPLATE, "first_day": WAIVER["first_day"], "last_day": WAIVER["last_day"]}
#: Answers that an operation takes, by the beginning of its name: without them a form would be sent back before
#: anyone asks whether the person may act. The first that fits counts; what an operation does not ask is ignored.
ANSWERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("api:application-list", {"dossier": DOSSIER}),
    ("api:application-documents", ATTACHED),
    ("api:application-table", {"mode": "append"}),
    ("portal:table", {"table": ITEMS, "how": "append"}),
    ("api:ground-advice", {"provider": "un_agency", "supply": "medical", "member": "DE", "place": "SY"}),
    ("api:case-decisions", {"kind": "refuse", "criteria": ["C4"], "reasons": REASON, "ground_code": "C4"}),
    ("api:case-questions", QUESTION),
    ("api:case-emergency-triage", {"outcome": "declined", "answer": REASON}),
    ("api:preposition-verification", OPENED),
    ("api:case-notes", {"text": REASON}),
    ("api:case-reassignment", {"officer": ""}),
    ("api:case-allocations", {"officer": "", "cases": []}),
    ("api:hit-clearances", {"hits": [], "reason": REASON}),
    ("api:hit-confirmations", {"hits": []}),
    ("api:consent-list", {"member": "JP", "reason": REASON}),
    ("api:consultation-positions", {"kind": "no_objection"}),
    ("api:information-request-answer", {"answer": REASON}),
    ("api:screening-match", {"parties": [{"names": ["Nobody of Nowhere"]}]}),
    ("api:yente-match", {"queries": {"q": {"schema": "Company", "properties": {"name": ["Nobody"]}}}}),
    ("api:case-stops", LEGAL),
    ("api:consultation-extension", {"amount": 1, "reason": REASON}),
    ("api:charter-check", {"charter": CHARTER}),
    ("api:charter-version-list", {"text": CHARTER_TEXT}),
    ("api:charter-version-detail", {"text": charter_text.write(CHARTER)}),
    ("api:measures-check", {"text": MEASURES_TEXT}),
    ("api:measure-version-list", {"text": MEASURES_TEXT}),
    ("api:measure-version-detail", {"text": charter_text.write(crises.measures())}),
    ("api:exercise-list", exercises.FULL),
    ("api:exercise-answers", exercises.SAID),
    ("api:exercise-continuation", {"hour": 48}),
    ("api:exercise-evaluation", exercises.FOUND),
    ("api:exercise-improvements", {**exercises.TO_DO, "due_at": SOON.isoformat()}),
    ("api:improvement-", exercises.DONE),
    ("workbench:exit-", {"reason": REASON}),
    ("api:crisis-adopt", {"legal_reference": crises.LAW}),
    ("api:guidance-answer", {"text": REASON}),
    ("api:registration-list", REGISTRATION),
    ("api:denial-review", {"outcome": "keep"}),
    ("api:registration-uses", AUTHORISATION_USE),
    ("api:registration-reports", {"exports": 0, "found": REASON}),
    ("api:waiver-report-review", {"remark": REASON}),
    ("api:waiver-list", WAIVER),
    ("api:granted-authorisation-list", DRAFT),
    ("api:bar-list", {**BARRED, "keys": []}),
    ("api:check-list", {"licence": "", "reason": REASON}),
    ("api:check-performance", {"result": "favourable", "found": REASON}),
    ("api:confirmation-", {"remark": REASON}),
    ("api:trader-list", {}),
    ("api:trader-part", {"answers": {"yearly": "yes"}, "evidence": REASON}),
    ("api:trader-certificate", {"number": "DEAEOF000012"}),
    ("api:trader-audit-report", {**AUDITED, "visited_on": clock.today().isoformat()}),
    ("api:trader-grant", {"reasons": REASON}),
    ("api:trader-refusal", {"reasons": REASON}),
    ("api:waiver-report", {"used": "1", "found": REASON}),
    ("api:shipment-list", {**SHIPMENT, **PLANNED_DAYS, "lines": [{"line": 1, "quantity": "1"}]}),
    ("api:reservation-list", RESERVATION),
    ("api:reservation-confirmation", DRAWN),
    ("api:take-offline-token", OFFLINE_TOKEN),
    ("api:offline-use-list", OFFLINE_USES),
    ("api:customs-file-list", USAGE_FILE),
    ("api:reservation-correction", CORRECTION),
    ("api:pre-shipment-check", PRE_SHIPMENT),
    ("api:shipment-delivery", DELIVERY),
    ("api:shipment-monitor", MONITOR),
    ("api:appetite-list", {**THRESHOLD, "scenario": "peacetime", "threshold": "lane_from_score"}),
    ("api:appetite-vote", {"choice": "for", "reason": REASON}),
    ("api:webhook-list", {"url": "https://hooks.example.org/"}),
    ("api:webhook-detail", {"description": "The warehouse"}),
    ("api:webhook-key", {"scheme": "v1"}),
    ("api:webhook-replay", {}),
    ("webhooks:new", {"url": "https://hooks.example.org/", "scheme": "v1a"}),
    ("webhooks:change", {"url": "https://hooks.example.org/"}),
    ("webhooks:rotate", {"scheme": "v1"}),
    ("webhooks:replay", {"replay-since": ""}),
    ("api:denial-import-list", {"filename": "denials.csv", "content": NOTICES.replace("EF-000", "EF-001")}),
    ("api:blind-pair-list", {"member": "JP", "key_id": "0" * 16}),
    ("api:blind-pair-agreement", {"key_id": "0" * 16}),
    ("api:blind-pair-", {"fingerprints": FILLED}),
    ("api:denial-release", {"releasable_to": []}),
    ("api:undercut-check-answer", {"answer": "not_identical", "reason": REASON}),
    ("api:undercut-check-explanation", {"explanation": REASON}),
    ("api:message-list", MESSAGE),
    ("api:suspicious-order-list", SUSPICION),
    ("api:suspicious-order-review", {"outcome": "noted"}),
    ("api:licence-changes", AMENDMENT),
    ("api:licence-change-recommendation", RECOMMENDED),
    ("api:", {"reason": REASON}),
    ("workbench:new-message", {"to": "FR", "subject": "Consignee", "text": REASON}),
    ("workbench:message", {"to": "FR", "text": REASON}),
    ("workbench:suspicious-order", {"outcome": "noted"}),
    (
        "portal:new-suspicious-order",
        {name: value for name, value in SUSPICION.items() if name != "identifiers"},
    ),
    ("workbench:clear-hits", {"reason": REASON}),
    ("workbench:clear-hit", {"clear-reason": REASON}),
    ("workbench:unsure-hit", {"unsure-reason": REASON}),
    ("workbench:reject-clear", {"reject-reason": REASON}),
    ("workbench:confirm-match", {"match-reason": REASON}),
    ("workbench:propose-threshold", THRESHOLD),
    ("workbench:propose", {"criteria": ["C1"], "reasons": REASON}),
    ("workbench:denial", {"outcome": "keep"}),
    ("workbench:agree-blind", {"agree-key_id": "0" * 16}),
    ("workbench:blind", {"member": "JP", "key_id": "0" * 16}),
    ("workbench:undercut", {"answer": "not_identical", "reason": REASON}),
    ("workbench:send-back-denial-file", {"reason": REASON}),
    ("workbench:withdraw-denial", {"reason": REASON}),
    ("workbench:ask", QUESTION),
    ("workbench:stop-clock", LEGAL),
    ("workbench:extend-window", {"amount": "1", "reason": REASON}),
    ("workbench:new-charter", {"text": charter_text.write({**CHARTER, "version": "3"})}),
    ("workbench:edit-charter", {"text": charter_text.write(CHARTER)}),
    ("workbench:activate-charter", {"effective_from": "2099-01-01"}),
    ("workbench:declare-crisis", {**crises.GIVEN, "set": crises.GIVEN["set_key"]}),
    ("workbench:plan-exercise", {**PLANNED, "injects": "silent:FR@24-72"}),
    ("workbench:answer-exercise", {"hour": "24", "kind": "no_objection", "summary": REASON}),
    ("workbench:continue-exercise", {"hour": "48"}),
    ("workbench:evaluate-exercise", {"findings": REASON}),
    ("workbench:improve-exercise", {"text": REASON, "last": "2027-01-05"}),
    ("workbench:do-improvement", {"outcome": REASON}),
    ("workbench:reject-improvement", {"outcome": REASON}),
    ("workbench:crisis-adopt", {"legal_reference": crises.LAW}),
    ("workbench:crisis-renew", {"findings": REASON, "last_day": "2099-01-01"}),
    ("workbench:crisis-review", {"findings": REASON}),
    (
        "workbench:draft-waiver",
        {
            "registration": "HRB 0",
            "lifts": "no-grant",
            "control_codes": "6A",
            "destinations": "SG",
            "cap_of": "value",
            "cap": "1",
            "unit": "EUR",
            "first_day": "2026-01-01",
            "last_day": "2099-01-01",
            "report_every_days": "7",
            "monitoring": REASON,
            "reasons": REASON,
        },
    ),
    ("workbench:bar-exporter", {"reason": REASON, "told": "yes"}),
    ("api:credential-verification", {"credential": "e30.e30.e30"}),
    ("public:verify-credential", {"credential": "e30.e30.e30"}),
    ("administration:revoke-key", {"day": "2020-01-01", "time": "10:00", "reason": REASON}),
    ("portal:register", {"undertakings": ["read_conditions", "keep_records"]}),
    ("portal:report-registration", {"exports": "0", "found": REASON}),
    ("workbench:review-waiver-report", {"remark": REASON}),
    ("portal:extend-licence", {"valid_until": "2099-01-01", "reason": REASON}),
    ("portal:give-up-licence", {"reason": REASON}),
    ("workbench:recommend-licence-change", RECOMMENDED),
    ("workbench:send-back-licence-change", {"back-remark": REASON}),
    ("workbench:speak-licence-change", {"answer": "agree", "reason": REASON}),
    ("portal:widen-licence", {"member": "JP", "reason": REASON}),
    ("portal:report-waiver", {"used": "1", "found": REASON}),
    (
        "portal:declare-shipment",
        {
            "line_1": "1",
            "consignee": "0",
            "leaves_from": "DE",
            "carrier": "Nordsee Spedition GmbH",
            "carrier_country": "DE",
            **PLANNED_DAYS,
        },
    ),
    ("portal:cancel-shipment", {"reason": REASON}),
    ("portal:monitor-shipment", MONITOR),
    ("workbench:monitor-shipment", MONITOR),
    ("workbench:draw", RESERVATION),
    ("workbench:confirm-reservation", DRAWN),
    ("workbench:take-token", OFFLINE_TOKEN),
    ("workbench:propose-offline-conflict", {"proposal": "error", "reason": REASON}),
    ("workbench:settle-offline-conflict", {"reason": REASON}),
    ("workbench:return-offline-conflict", {"reason": REASON}),
    ("workbench:refer-offline-conflict", {"reason": REASON}),
    ("workbench:correct-reservation", CORRECTION),
    ("workbench:release-reservation", {"reason": REASON}),
    ("workbench:cancel-reservation", {"reason": REASON}),
    ("workbench:stop-shipment", {"reason": REASON}),
    ("workbench:accept-shipment", {"remark": REASON}),
    ("workbench:reject-shipment", {"remark": REASON}),
    ("workbench:ask-check", {"of": "licence", "reason": REASON}),
    ("workbench:perform-check", {"result": "favourable", "found": REASON}),
    ("workbench:withdraw-check", {"reason": REASON}),
    ("portal:trusted-part", {"yearly": "yes", "evidence": REASON}),
    ("portal:trusted-certificate", {"number": "DEAEOF000012"}),
    ("portal:regain-trusted", {"made_good": REASON}),
    ("portal:give-up-trusted", {"reason": REASON}),
    ("workbench:audit-trader", AUDIT),
    ("workbench:grant-trader", {"reasons": REASON}),
    ("workbench:refuse-trader", {"reasons": REASON}),
    ("workbench:suspend-trader", {"reason": REASON}),
    ("workbench:end-trader", {"reason": REASON}),
    ("workbench:vote-threshold", {"choice": "for", "reason": REASON}),
    ("workbench:prepare", {"legal_reference": crises.LAW}),
    ("workbench:new-measures", {"text": charter_text.write(crises.measures(version="3"))}),
    ("workbench:edit-measures", {"text": charter_text.write(crises.measures())}),
    (
        "workbench:write-guidance",
        {
            "effect": "deny",
            "text": REASON,
            "legal_basis": "Article 5(6)",
            "items": "3A",
            "last": (clock.today() + timedelta(days=9)).isoformat(),
        },
    ),
    ("workbench:answer-guidance", {"text": REASON}),
    (
        "workbench:propose-joint-effect",
        {
            "crisis": "CR-0000-0000",
            "cases": "EN-0000-0000, EN-1111-1111",
            "day": (clock.today() + timedelta(days=1)).isoformat(),
            "time": "12:00",
            "reason": REASON,
        },
    ),
    ("workbench:notes", {"text": REASON}),
    ("workbench:emergency", {"outcome": "declined", "answer": REASON}),
    ("workbench:new-preposition", SEALED),
    ("workbench:new-liaison", {**PACKAGE, "valid_until": PACKAGE["valid_until"].isoformat()}),
    ("workbench:liaison-package", {"what": "withdrawn", "text": REASON}),
    ("workbench:take-position", {"kind": "no_objection"}),
    ("administration:rota", {"day": "2030-01-01", "start": "08:00", "end": "18:00"}),
    ("administration:deputies", {"first": "2030-01-01", "last": "2030-01-05"}),
    ("administration:offline", {"reason": REASON, "last": "2030-01-05"}),
    ("administration:appoint", {"appoint-role": "auditor"}),
    ("administration:grade", {"grade-grade": "senior"}),
    ("administration:invite", {"name": "New", "email": "n@authority.example", "roles": "adviser"}),
    ("administration:register-client", {"client-name": "Desk", "client-scopes": "cases:read"}),
    (
        "organisation:invite",
        {"invite-name": "New", "invite-email": "n@rheinwerk.example", "invite-role": "member"},
    ),
    ("organisation:register-client", {"client-name": "ERP", "client-scopes": "cases:read"}),
    ("organisation:change-role", {"role": "administrator"}),
    ("portal:question", {"answer": REASON}),
    (
        "portal:give-mandate",
        {
            "jurisdiction": "FR",
            "registration_number": AGENT,
            "acts": "draft",
            "starts_on": clock.today().isoformat(),
            "ends_on": (clock.today() + timedelta(days=30)).isoformat(),
        },
    ),
    ("", {"reason": REASON}),
)
