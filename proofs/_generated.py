"""The driver of `./entente prove client`: runs where the generated client is installed, not in the platform."""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
from entente_api_client import AuthenticatedClient, Client
from entente_api_client.api.applications import (
    applications_create,
    applications_documents_create,
    applications_documents_list,
    applications_retrieve,
    applications_submission_create,
)
from entente_api_client.api.cases import (
    cases_claim_create,
    cases_decisions_create,
    cases_list,
    cases_retrieve,
)
from entente_api_client.api.consultations import consultations_list, consultations_positions_create
from entente_api_client.api.decisions import decisions_countersignature_create
from entente_api_client.api.events import events_list
from entente_api_client.api.licences import (
    licences_retrieve,
    licences_usage_list,
    licences_verification_retrieve,
)
from entente_api_client.models import (
    DraftRequest,
    ProposeDecisionRequest,
    SubmissionRequest,
    TakePositionRequest,
)
from entente_api_client.models import ToAttachRequest as Attached

PDF = "JVBERi0xLjcKMSAwIG9iago8PC9UeXBlL0NhdGFsb2c+PgplbmRvYmoKdHJhaWxlcgo8PC9Sb290IDEgMCBSPj4KJSVFT0YK"


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def typed(answer: Any, wanted: HTTPStatus = HTTPStatus.OK) -> Any:
    """Return the parsed body of an answer of the status wanted."""
    assert answer.status_code == wanted, (answer.status_code, answer.content[:600])
    assert answer.parsed is not None, answer.content[:600]
    return answer.parsed


def wait(look: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.3)
    raise AssertionError(f"not seen within {seconds:.0f} s: {what}")


def key() -> str:
    return str(uuid.uuid4())


def sign_in(base: str, entry: dict[str, str]) -> AuthenticatedClient:
    pair = (entry["client_id"], entry["client_secret"])
    told = httpx.post(f"{base}/oauth/token/", data={"grant_type": "client_credentials"}, auth=pair).json()
    return AuthenticatedClient(base_url=base, token=told["access_token"], raise_on_unexpected_status=True)


def main(base: str, clients: Path) -> None:
    entries = json.loads(clients.read_text())
    names = ("exporter-de-1", "de-licensing_officer", "de-decider", "de-countersigner")
    filing, officer, decider, second = (sign_in(base, entries[name]) for name in names)
    schema = httpx.get(f"{base}/api/v1/openapi.json").json()
    content = schema["paths"]["/api/v1/applications/"]["post"]["requestBody"]["content"]["application/json"]
    example = next(iter(content["examples"].values()))["value"]

    once = key()
    made = typed(
        applications_create.sync_detailed(
            client=filing, body=DraftRequest.from_dict(example), idempotency_key=once
        ),
        HTTPStatus.CREATED,
    )
    again = applications_create.sync_detailed(
        client=filing, body=DraftRequest.from_dict(example), idempotency_key=once
    )
    assert again.parsed == made, "sent twice it is one draft"
    say(f"draft {made.reference}, once though sent twice")
    sheet = Attached(kind="data_sheet", name="sheet.pdf", content=PDF)
    kept = typed(
        applications_documents_create.sync_detailed(made.reference, client=filing, body=sheet),
        HTTPStatus.CREATED,
    )
    listed = typed(applications_documents_list.sync_detailed(made.reference, client=filing))
    assert [one.uid for one in listed] == [kept.uid]

    seen = applications_retrieve.sync_detailed(made.reference, client=filing)
    same = applications_retrieve.sync_detailed(
        made.reference, client=filing, if_none_match=seen.headers["ETag"]
    )
    assert same.status_code == HTTPStatus.NOT_MODIFIED
    filed = typed(
        applications_submission_create.sync_detailed(
            made.reference,
            client=filing,
            body=SubmissionRequest(),
            idempotency_key=key(),
            if_match=seen.headers["ETag"],
        )
    )
    reference = filed.case
    say(f"case {reference}")

    def case(client: AuthenticatedClient) -> Any:
        return typed(cases_retrieve.sync_detailed(reference, client=client))

    wait(lambda: case(officer).routed_at, "the case routed")
    read = cases_retrieve.sync_detailed(reference, client=officer)
    claimed = cases_claim_create.sync_detailed(
        reference, client=officer, if_match=read.headers["ETag"], idempotency_key=key()
    )
    typed(claimed)
    stale = cases_claim_create.sync_detailed(
        reference, client=officer, if_match=read.headers["ETag"], idempotency_key=key()
    )
    assert stale.status_code == HTTPStatus.PRECONDITION_FAILED
    say("claimed as read; an act on what was read before is refused")
    for asked in case(officer).consultations:
        member = sign_in(base, entries[f"{asked.jurisdiction.lower()}-licensing_officer"])
        mine = typed(
            consultations_list.sync_detailed(client=member, case=reference, jurisdiction=asked.jurisdiction)
        )
        typed(
            consultations_positions_create.sync_detailed(
                mine.results[0].uid,
                client=member,
                body=TakePositionRequest.from_dict({"kind": "no_objection"}),
                idempotency_key=key(),
            ),
            HTTPStatus.CREATED,
        )
        say(f"{asked.jurisdiction}: no objection")

    proposal = ProposeDecisionRequest.from_dict(
        {"kind": "grant", "criteria": ["C1"], "reasons": "Civil end-use at a named site."}
    )

    def proposed() -> Any:
        answer = cases_decisions_create.sync_detailed(
            reference, client=decider, body=proposal, idempotency_key=key()
        )
        return answer.parsed if answer.status_code == HTTPStatus.CREATED else None

    decision = wait(proposed, "the decision proposed")
    typed(decisions_countersignature_create.sync_detailed(decision.uid, client=second, idempotency_key=key()))
    number = wait(lambda: case(filing).licence, "the licence")
    licence = typed(licences_retrieve.sync_detailed(number, client=filing))
    (left,) = typed(licences_usage_list.sync_detailed(number, client=filing))
    assert left.left == left.licensed == licence.lines[0].quantity
    with Client(base_url=base, raise_on_unexpected_status=True) as anyone:
        assert typed(licences_verification_retrieve.sync_detailed(number, client=anyone)).status == "valid"
    found = typed(cases_list.sync_detailed(client=filing, application=made.reference))
    assert [one.reference for one in found.results] == [reference]
    happened = wait(
        lambda: [
            one.type_
            for one in typed(events_list.sync_detailed(client=filing, limit=200)).events
            if one.case == reference
        ],
        "events",
    )
    say(f"licence {number}, valid for anyone who asks; {len(happened)} events told")


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    except AssertionError as failure:
        print(f"  FAILED: {failure}")
        sys.exit(1)
