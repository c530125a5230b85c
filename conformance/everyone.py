"""What holds at every address, whoever asks."""

from __future__ import annotations

import re
from itertools import pairwise

from conformance.partner import Partner, told
from conformance.suite import Checks, expect

checks: Checks[Partner] = Checks()
API = "docs/api.md"
LIMIT = re.compile(r'"(\w+)";r=(\d+);t=(\d+)')
POLICY = re.compile(r'"(\w+)";q=(\d+);w=(\d+)')


@checks.add(f"{API}#signing-in")
def token(partner: Partner) -> None:
    """Client credentials are answered with a bearer token, its lifetime and its scopes."""
    answer = partner.ask_token()
    expect(answer.status_code == 200, told(answer))
    given = answer.json()
    expect(
        str(given.get("token_type")).lower() == "bearer" and given.get("access_token"), f"No token: {given}"
    )
    expect(
        0 < int(given["expires_in"]) <= 3600,
        f"A token should live for an hour at most: {given['expires_in']}",
    )
    expect(given.get("scope"), "The answer does not say which scopes the token has.")


@checks.add(f"{API}#signing-in")
def wrong_secret(partner: Partner) -> None:
    """A wrong secret gets no token: 401, invalid_client."""
    answer = partner.ask_token(secret="not-the-secret")  # noqa: S106 - wrong on purpose
    expect(answer.status_code == 401 and answer.json().get("error") == "invalid_client", told(answer))


@checks.add(f"{API}#signing-in")
def unknown_scope(partner: Partner) -> None:
    """A scope that is none gets no token: 400, invalid_scope."""
    answer = partner.ask_token(scope="everything:all")
    expect(answer.status_code == 400 and answer.json().get("error") == "invalid_scope", told(answer))


@checks.add(f"{API}#signing-in")
def scope_refused(partner: Partner) -> None:
    """A token that lacks the scope an address needs is refused: 403, and the detail names the scope."""
    narrow = partner.token(scope="events:read")
    expect(
        partner.get("/api/v1/events/?limit=1", token=narrow).status_code == 200,
        "Its own scope opens nothing.",
    )
    problem = partner.refused(partner.get("/api/v1/licences/", token=narrow), 403, "forbidden")
    expect("licences:read" in problem["detail"], f"The detail does not name the scope: {problem['detail']}")


@checks.add(f"{API}#signing-in")
def no_token(partner: Partner) -> None:
    """Without a token, or with one that is none, the answer is 401 with WWW-Authenticate."""
    for held in ("", "nonsense"):
        answer = partner.get("/api/v1/events/", token=held)
        partner.refused(answer, 401, "not-authenticated")
        expect(
            answer.headers.get("WWW-Authenticate", "").startswith("Bearer"), "No WWW-Authenticate: Bearer."
        )


@checks.add(f"{API}#what-holds-at-every-address")
def unknown_query(partner: Partner) -> None:
    """A query parameter that an address does not have is told, not ignored: 422 at its name."""
    partner.refused(partner.get("/api/v1/cases/?stauts=routed"), 422, "invalid", "stauts")
    partner.refused(partner.get("/api/v1/cases/?limit=none"), 422, "invalid", "limit")
    partner.refused(partner.get("/api/v1/cases/?cursor=none"), 422, "invalid", "cursor")


@checks.add(f"{API}#what-holds-at-every-address")
def problem_pages(partner: Partner) -> None:
    """The type of a problem is the address of a page that says what to do."""
    for address, status in (("/api/v1/cases/EN-0000-0000/", 404), ("/api/v1/cases/?stauts=routed", 422)):
        problem = partner.refused(partner.get(address), status)
        page = partner.get(problem["type"], token="")
        expect(page.status_code == 200 and "text/html" in page.headers["Content-Type"], told(page)[:200])


@checks.add(f"{API}#what-holds-at-every-address")
def absent(partner: Partner) -> None:
    """What is not there answers 404 with problem details, whatever the address names."""
    for address in ("cases/EN-0000-0000/", "licences/EL-0000-0000/", "applications/EA-0000-0000/"):
        partner.refused(partner.get(f"/api/v1/{address}"), 404, "not-found")


@checks.add(f"{API}#what-holds-at-every-address")
def etag(partner: Partner) -> None:
    """A read carries an ETag, and answers 304 without a body to If-None-Match."""
    first = partner.get("/api/v1/cases/?limit=5")
    tag = first.headers.get("ETag", "")
    expect(first.status_code == 200 and tag, f"No ETag: {told(first)[:200]}")
    again = partner.get("/api/v1/cases/?limit=5", headers={"If-None-Match": tag})
    expect(
        again.status_code == 304 and not again.content, f"Expected 304 to If-None-Match: {told(again)[:200]}"
    )
    other = partner.get("/api/v1/cases/?limit=5", headers={"If-None-Match": '"another"'})
    expect(other.status_code == 200, f"Expected 200 to another tag: {told(other)[:200]}")


@checks.add(f"{API}#what-holds-at-every-address")
def sparse(partner: Partner) -> None:
    """`fields` thins the rows of a list to what is asked for."""
    rows = partner.read("/api/v1/cases/?limit=5&fields=reference,status")["results"]
    wide = [sorted(row) for row in rows if sorted(row) != ["reference", "status"]]
    expect(not wide, f"Rows have other fields: {wide[:1]}")
    partner.refused(partner.get("/api/v1/cases/?fields=no_such"), 422, "invalid", "fields")


@checks.add(f"{API}#what-holds-at-every-address")
def pages(partner: Partner) -> None:
    """Cursors lead through a list: each thing once, newest first, and the last page says that it is."""
    whole = [row["reference"] for row in partner.read("/api/v1/cases/?limit=12&fields=reference")["results"]]
    walked: list[str] = []
    address = "/api/v1/cases/?limit=3&fields=reference,opened_at"
    opened: list[str] = []
    while address and len(walked) < len(whole):
        page = partner.read(address)
        expect(len(page["results"]) <= 3, "A page holds more than its limit.")
        walked += [row["reference"] for row in page["results"]]
        opened += [row["opened_at"] for row in page["results"]]
        address = page["next"]
    expect(walked[: len(whole)] == whole, f"Pages of three list {walked}, one page {whole}.")
    expect(all(later >= earlier for later, earlier in pairwise(opened)), "The list is not newest first.")


@checks.add(f"{API}#what-holds-at-every-address")
def limits(partner: Partner) -> None:
    """Answers tell what is left of the rate limit, and it goes down."""
    left = []
    for _time in range(2):
        answer = partner.get("/api/v1/cases/?limit=1")
        limit = LIMIT.fullmatch(answer.headers.get("RateLimit", ""))
        policy = POLICY.fullmatch(answer.headers.get("RateLimit-Policy", ""))
        if limit is None or policy is None:
            expect(False, f"RateLimit or RateLimit-Policy is missing or unread: {dict(answer.headers)}")
            return
        expect(int(limit[2]) < int(policy[2]), "What is left is not less than what there is.")
        left.append((int(limit[2]), int(limit[3])))
    same_minute = left[1][1] <= left[0][1]
    expect(left[1][0] < left[0][0] or not same_minute, f"What is left does not go down: {left}")


@checks.add("docs/webhooks.md")
def feed_replay(partner: Partner) -> None:
    """The event feed read twice from a cursor tells the same events in the same order, each once."""
    first = partner.read("/api/v1/events/?limit=5")
    expect(first["events"], "The feed is empty.")
    twice = [partner.read(f"/api/v1/events/?limit=5&cursor={first['next_cursor']}") for _time in range(2)]
    ids = [[event["id"] for event in page["events"]] for page in twice]
    expect(ids[0] == ids[1], f"Read again from the same cursor it tells other events: {ids}")
    expect(
        not set(ids[0]) & {event["id"] for event in first["events"]}, "A cursor repeats what came before it."
    )
    whole = [event["id"] for event in partner.read("/api/v1/events/?limit=10")["events"]]
    expect(
        whole == [*(event["id"] for event in first["events"]), *ids[0]], "Pages of five are not one of ten."
    )


@checks.add("docs/webhooks.md")
def feed_cloud_events(partner: Partner) -> None:
    """The feed comes as a batch of CloudEvents 1.0 to whoever accepts that, with the next page in Link."""
    kind = "application/cloudevents-batch+json"
    answer = partner.get("/api/v1/events/?limit=2", headers={"Accept": kind})
    expect(answer.headers.get("Content-Type", "").startswith(kind), f"Not a batch: {told(answer)[:200]}")
    for event in answer.json():
        lacking = [name for name in ("specversion", "id", "source", "type", "time") if not event.get(name)]
        expect(not lacking and event["specversion"] == "1.0", f"No CloudEvent 1.0; lacks {lacking}")
    expect('rel="next"' in answer.headers.get("Link", ""), "No next page in Link.")


@checks.add(API)
def unreadable(partner: Partner) -> None:
    """A body that is no JSON is 400, and one of another kind 415, with problem details."""
    broken = partner.call(
        "POST", "/api/v1/credential-verification/", data=b"{", headers={"Content-Type": "application/json"}
    )
    partner.refused(broken, 400)
    partner.refused(
        partner.call(
            "POST", "/api/v1/credential-verification/", data=b"a,b", headers={"Content-Type": "text/csv"}
        ),
        415,
    )


@checks.add(f"{API}#what-holds-at-every-address")
def unknown_field(partner: Partner) -> None:
    """A field that a body does not have is told, not ignored: 422 at its name."""
    answer = partner.call(
        "POST", "/api/v1/credential-verification/", {"credential": "none", "credental": "none"}
    )
    partner.refused(answer, 422, "invalid", "credental")


@checks.add(API)
def schema(partner: Partner) -> None:
    """The schema is OpenAPI 3.1, and open to anyone."""
    told_of = partner.read("/api/v1/openapi.json", token="")
    expect(str(told_of.get("openapi", "")).startswith("3.1"), f"OpenAPI {told_of.get('openapi')}")
    lacking = [path for path in ("/api/v1/cases/", "/api/v1/events/") if path not in told_of["paths"]]
    expect(not lacking, f"The schema lacks {lacking}")


@checks.add("docs/credentials.md")
def verification(partner: Partner) -> None:
    """Anyone verifies a licence by its number; one that is none is unknown, with 200."""
    answer = partner.read("/api/v1/licences/EL-0000-0000/verification/", token="")
    expect(answer.get("status") == "unknown", f"Expected unknown: {answer}")
