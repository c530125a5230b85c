"""Every operation against everyone: who gets what, that the foreign looks absent, that a refusal changes nothing.

`addresses-get.txt` and `addresses-post.txt` hold the status of each operation for each person, tried on things
of the German exporter with answers that the operation takes. An address without a line there fails. After a
wanted change write them anew, and read the difference: `ENTENTE_WRITE_MATRIX=1 ./entente test tests/matrix`.

Usually one person of each kind asks at every address and the other roles take turns; every role is asked everywhere
where the tables are written and by `./entente prove matrix`. What roles may do is told by policies, which
`test_policies.py` tries with every role each time.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.db import transaction
from django.template.backends.django import Template
from django.test import Client
from oauth2_provider.models import AccessToken

from core import clock
from ledger.models import Event
from members import policies
from members.models import ApiClient, User
from tests import journeys
from tests.matrix.answers import CHOICES
from tests.matrix.operations import Operation, operations
from tests.matrix.things import build
from tests.matrix.world import World, absent
from tests.standing import stays

SNAPSHOTS = Path(__file__).parent
LOGIN = "/account/login/"
#: Where those are sent who have to sign in, or to set up their second factor first.
AWAY = (LOGIN, "/account/2fa/")

#: Whom a door lets in at all, by the beginning of its operations' names. Everyone else is refused on each of
#: its addresses. The first that fits counts.
OFFICERS = r"^(DE|FR|US) "
DOORS: tuple[tuple[str, str], ...] = (
    ("api:schema", r""),
    ("api:docs", r""),
    ("api:licence-verification", r""),
    ("api:credential-verification", r""),
    ("api:application-list", r"^(exporter|office)$|" + OFFICERS),
    ("api:application-", r"^(exporter|office)$"),
    ("api:", r"^(exporter|office)$|" + OFFICERS),
    ("taxii:", OFFICERS),
    ("portal:need", r""),
    ("portal:", r"^(exporter|office)$"),
    ("organisation:list", r"."),
    ("organisation:register", r"."),
    ("organisation:", r"^(exporter|office)$"),
    ("administration:organisations", OFFICERS),
    ("administration:organisation", r"^DE "),
    ("administration:deputies", OFFICERS),
    ("administration:rota", OFFICERS),
    ("administration:offline", OFFICERS),
    ("administration:keys", OFFICERS),
    ("administration:rotate-key", OFFICERS),
    ("administration:revoke-key", r"^DE "),
    ("administration:end-absence", OFFICERS),
    ("administration:end-delegation", r"^DE "),
    ("administration:remove-shift", r"^DE "),
    ("administration:", r"^DE (administrator|licensing_officer)$|^FR licensing_officer$"),
    ("workbench:", OFFICERS),
    ("webhooks:list", r"^(exporter|office)$|" + OFFICERS),
    ("webhooks:new", r"^(exporter|office)$|" + OFFICERS),
    ("webhooks:", r"^office$"),
    ("inbox", r"^(exporter|office)$|" + OFFICERS),
    ("", r""),
)
#: Operations whose answer can depend on an officer's role; the others are tried with one of each kind of person.
BY_ROLE = ("api:application", "api:case", "api:charter", "api:crisis", "api:exit", "api:consultation",
           "api:exercise", "api:improvement", "api:measure", "api:situation",
           "api:appetite", "api:denial", "api:undercut", "api:message", "api:suspicious", "api:blind",
           "api:cleared-pair", "api:clock-recount", "api:stop-list", "api:stop-statistics",
           "api:position", "api:decision", "api:guidance", "api:information", "api:hit", "api:preposition",
           "api:licence-", "api:border-pack", "api:offline", "api:take-offline", "api:customs-file",
           "api:waiver", "api:granted", "api:bar-", "api:use-", "api:check", "api:confirmation", "api:trader",
           "api:event", "portal:", "administration:", "workbench:")  # fmt: skip
EVERY_ROLE = bool(os.environ.get("ENTENTE_WRITE_MATRIX") or os.environ.get("ENTENTE_EVERY_ROLE"))
#: Of the roles that take turns one in so many asks at an address.
TURNS = 10
OF_EACH_KIND = ("anonymous", "exporter", "office", "DE licensing_officer", "FR licensing_officer")
#: What anyone may ask of a thing that is not theirs.
PUBLIC_THINGS = (
    "public:verification", "public:crisis", "api:crisis-detail", "api:crisis-adopt", "api:crisis-opt-out",
    "api:licence-verification", "invitation", "public:delivery", "api:charter-detail",
    "public:did-document", "public:member-keys", "public:status-list",
    "public:authorisation", "api:authorisation-detail", "portal:register", "workbench:draft-authorisation",
    "public:appetite-change",
)  # fmt: skip
#: What every member's officers are told.
ALLIANCE_THINGS = {
    # customs look any licence up by its number: anyone may verify it, and where it does not hold they learn no more
    "workbench:draw", "workbench:take-token", "api:reservation-list", "api:take-offline-token",
    "workbench:threshold-change", "workbench:vote-threshold", "workbench:withdraw-threshold",
    "api:appetite-detail", "api:appetite-vote",
    "taxii:collection", "taxii:manifest", "taxii:objects", "taxii:object", "taxii:versions",
    "workbench:denial", "workbench:withdraw-denial", "workbench:release-denial", "api:denial-detail",
    "api:denial-withdrawal", "api:denial-release", "api:denial-review",
    "workbench:list", "workbench:entry", "api:screening-list", "api:screening-entry",
    "workbench:charter", "workbench:charter-yaml",
    "workbench:charter-in-force", "workbench:charter-in-force-yaml", "workbench:edit-charter",
    "workbench:activate-charter", "workbench:retire-charter", "administration:end-absence",
    "api:exit-plan", "api:exit-propose", "api:exit-withdraw", "api:exit-reverse",
    "workbench:exit", "workbench:exit-end", "workbench:exit-fact", "workbench:exit-step", "workbench:exit-touched",
    "workbench:exit-propose", "workbench:exit-apply", "workbench:exit-withdraw", "workbench:exit-reverse",
    "workbench:crisis", "workbench:crisis-reach", "workbench:crisis-confirm", "workbench:crisis-withdraw",
    "workbench:crisis-adopt", "workbench:crisis-opt-out", "workbench:crisis-renew",
    "workbench:crisis-confirm-renewal", "workbench:crisis-withdraw-renewal", "workbench:crisis-propose-end",
    "workbench:crisis-review", "workbench:kept-review", "api:reviews", "api:waiver-detail", "api:waiver-status",
    "api:waiver-report", "api:registration-detail", "api:registration-uses", "api:registration-reports",
    "workbench:authorisation", "workbench:grant-authorisation", "workbench:revoke-authorisation",
    "workbench:registration", "workbench:bar-exporter", "workbench:lift-bar",
    "api:waiver-suspension", "api:waiver-restoration", "api:waiver-revocation", "api:waiver-report-review",
    "api:granted-authorisation-detail", "api:granted-authorisation-grant", "api:granted-authorisation-revocation",
    "api:bar-detail", "api:bar-lifting", "api:trader-part", "api:trader-certificate", "api:trader-audit",
    "api:trader-audit-report", "api:trader-grant", "api:trader-refusal", "api:trader-suspension", "api:trader-end",
    "api:trader-detail", "workbench:trader", "workbench:audit-trader", "workbench:begin-audit-trader",
    "workbench:end-trader", "workbench:grant-trader", "workbench:refuse-trader", "workbench:suspend-trader",
    "workbench:waiver", "workbench:draft-waiver", "workbench:grant-waiver", "workbench:suspend-waiver",
    "workbench:restore-waiver", "workbench:revoke-waiver", "workbench:review-waiver-report",
    "workbench:crisis-end", "workbench:crisis-keep-on", "workbench:measures-of", "workbench:prepare",
    "workbench:unprepare", "workbench:measures-written", "workbench:edit-measures", "workbench:agree-measures",
    "workbench:retire-measures", "workbench:exercise", "workbench:exercise-progress",
    "workbench:start-exercise", "workbench:evaluate-exercise", "workbench:improve-exercise",
    "workbench:answer-exercise", "workbench:continue-exercise", "workbench:close-situation",
    "workbench:close-exercise", "workbench:do-improvement", "workbench:reject-improvement",
    "workbench:guidance-notice", "workbench:guidance-jws", "workbench:issue-guidance", "workbench:note-guidance",
    "workbench:decline-guidance", "workbench:withdraw-guidance", "api:guidance-detail", "api:guidance-answer",
    "api:guidance-acknowledgement", "workbench:situation-report", "api:situation-report-detail",
    "api:charter-version-detail", "api:charter-version-retirement", "api:measures-detail", "api:measures-reach",
    "api:measure-version-detail", "api:measure-version-retirement", "api:crisis-reach", "api:appetite-withdrawal",
    "api:crisis-comparison", "api:exit-fact", "api:exit-touched", "api:exit-ending",
    "api:exercise-detail", "api:exercise-start", "api:exercise-answers", "api:exercise-situation-closure",
    "api:exercise-continuation", "api:exercise-evaluation", "api:exercise-improvements", "api:exercise-closure",
    "api:improvement-detail", "api:improvement-completion", "api:improvement-rejection",
}  # fmt: skip
NOT_ASKED = "?"
#: Depends on what else runs, not on who asks.
PROBES = ("health-live", "health-ready")


class Pages:
    """Whether pages are drawn: they are for one person of each kind. For the other roles only the status is asked,
    and views know that before they draw."""

    drawn = True

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        draw = Template.render
        monkeypatch.setattr(
            Template, "render", lambda *given, **more: draw(*given, **more) if self.drawn else ""
        )


class Visitor:
    """A person at the browser's door and, through a partner's system, at the API's."""

    def __init__(self, person: User | None) -> None:
        self.pages, self.api, self.headers = Client(raise_request_exception=False), Client(), {}
        self.api.raise_request_exception = False
        if person is not None:
            self.pages.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
            self.headers = {"Authorization": f"Bearer {_token(person)}"}
            self.pages.get("/health/live")  # the session notes when it was last used: once, as time stands
        self.cookies = copy.deepcopy(self.pages.cookies)
        self.events = Event.objects.count()

    def ask(self, operation: Operation, path: str, given: dict[str, Any]) -> tuple[Any, int]:
        """Return the answer, and how many events it recorded; whatever it did is undone."""
        cache.clear()
        with transaction.atomic():
            if operation.is_api:
                answer = self.api.generic(
                    operation.method,
                    path,
                    "" if operation.method == "GET" else json.dumps(given),
                    content_type="application/taxii+json"
                    if path.startswith("/taxii2/")
                    else "application/json",
                    headers=self.headers,
                )
            else:
                self.pages.cookies = copy.deepcopy(self.cookies)
                answer = self.pages.generic(
                    operation.method,
                    path,
                    "" if operation.method == "GET" else urlencode(given),
                    content_type="application/x-www-form-urlencoded",
                )
            recorded = Event.objects.count() - self.events
            transaction.set_rollback(True)
        return answer, recorded


def _token(person: User) -> str:
    client = ApiClient.objects.create(
        allowed_scopes=sorted(policies.scopes_for(person)),
        name=f"System of {person.name}",
        user=person,
        client_type="confidential",
        authorization_grant_type="client-credentials",
    )
    token = AccessToken.objects.create(
        application=client,
        token=f"token-{client.pk}",
        scope=" ".join(client.allowed_scopes),
        expires=clock.now() + timedelta(days=1),
    )
    return str(token.token)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    return Pages(monkeypatch)


@stays(ageless=True)
def begun(in_force: None) -> tuple[datetime, World]:
    """What is tried, and when it was made."""
    with journeys.at(clock.now()):
        return clock.now(), build()


@pytest.fixture
def world(begun: tuple[datetime, World], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """What is tried, with the clock standing; the test client keeps no copy of each page's context, and pages have
    no menu, which counts what waits for each person (tests/workbench, tests/portal)."""
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *given, **more: None)
    monkeypatch.setattr("pages.navigation._seen", lambda request, place: [])
    with journeys.at(begun[0]):
        yield begun[1]


def asked_with(operation: Operation, world: World) -> dict[str, Any]:
    return world.answers(operation.name) if operation.takes_body else {}


def address(operation: Operation, world: World, make: Callable[[str], str] | None = None) -> str:
    """Return the path of an operation on the world's things, or with the ids that `make` gives."""
    door = operation.name.partition(":")[0]
    values = dict(CHOICES)
    for parameter, noun in operation.nouns:
        thing = world.things.get(f"{door}:{noun}", world.things.get(noun))
        if thing is not None:
            values[parameter] = make(noun) if make else thing
        assert parameter in values, f"{operation}: say in tests/matrix/things.py what <{parameter}> names"
    return operation.template % values


def names_a_thing(operation: Operation, world: World) -> bool:
    door = operation.name.partition(":")[0]
    return any(noun in world.things or f"{door}:{noun}" in world.things for _p, noun in operation.nouns)


def refused(answer: Any) -> bool:
    """Whether an answer gives nothing and does nothing: also a form that was judged before its thing was sought."""
    away = answer.status_code == 302 and answer.headers["Location"].startswith(AWAY)
    return bool(away or answer.status_code in (400, 401, 403, 404, 405, 422))


def lets_in(operation: Operation, column: str) -> bool:
    return bool(next(re.search(who, column) for name, who in DOORS if operation.name.startswith(name)))


def shown(answer: Any) -> str:
    """A status, `in` for the way to the sign-in page."""
    if answer.status_code == 302 and answer.headers["Location"].startswith(LOGIN):
        return "in"
    return str(answer.status_code)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_everyone_gets_at_every_address_what_the_table_says(world: World, pages: Pages, method: str) -> None:
    snapshot = SNAPSHOTS / f"addresses-{method.lower()}.txt"
    visitors = {column: Visitor(person) for column, person in world.people.items()}
    wrong, lines = [], []
    for operation in operations():
        if operation.name in PROBES or (operation.method == "GET") != (method == "GET"):
            continue
        path, row, given = address(operation, world), [], asked_with(operation, world)
        for column, visitor in visitors.items():
            if column not in OF_EACH_KIND and not operation.name.startswith(BY_ROLE):
                row.append(".")
                continue
            if column not in OF_EACH_KIND and not EVERY_ROLE and (len(lines) + len(row)) % TURNS:
                row.append(NOT_ASKED)
                continue
            if row[1:4] == ["405"] * 3:  # no such method: nobody is asked for
                row.append("405")
                continue
            pages.drawn = column in OF_EACH_KIND
            answer, recorded = visitor.ask(operation, path, given)
            row.append(shown(answer))
            if answer.status_code >= 500:
                wrong.append(f"{operation} fails for {column}")
            if recorded and answer.status_code >= 400:
                wrong.append(f"{operation} refuses {column} and records an event")
            if recorded and operation.method == "GET":
                wrong.append(f"{operation} records an event")
            if not refused(answer) and not lets_in(operation, column):
                wrong.append(f"{operation} lets {column} in with {answer.status_code}")
        lines.append(f"{operation!s:55}" + "".join(f"{status:>4}" for status in row))
    assert not wrong, "\n".join(wrong)
    head = [f"# {number:>2}. {column}" for number, column in enumerate(visitors, start=1)]
    table = "\n".join(
        [*head, "#" + " " * 54 + "".join(f"{n:>4}" for n in range(1, len(visitors) + 1)), *lines, ""]
    )
    if os.environ.get("ENTENTE_WRITE_MATRIX"):
        snapshot.write_text(table, encoding="utf-8")
    assert table.splitlines() == _as_asked(snapshot.read_text(encoding="utf-8"), table)


def _as_asked(snapshot: str, table: str) -> list[str]:
    """Return the lines of the snapshot without what was not asked this time."""
    kept = snapshot.splitlines()
    asked = table.splitlines()
    lines = [
        "".join(new if new.strip() == NOT_ASKED else old for old, new in _columns(line, made))
        for line, made in zip(kept, asked, strict=False)
    ]
    return lines + kept[len(asked) :]


def _columns(line: str, made: str) -> list[tuple[str, str]]:
    """Pair what two lines say: their beginning, then each person's four characters."""
    places = [(0, 55), *((at, at + 4) for at in range(55, max(len(line), len(made)), 4))]
    return [(line[start:end], made[start:end]) for start, end in places]


def masked(answer: Any, path: str, ids: list[str]) -> tuple[int, str, str]:
    """An answer without what differs between any two answers, and without the ids that were asked for."""
    body = answer.content.decode(errors="replace") if not answer.streaming else "a file"
    body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|data-csrf="[^"]*"', "", body)
    body = re.sub(r'"error_id": ?"[^"]*"', "", body)
    body = re.sub(r'"X-CSRFToken": ?"[^"]*"|&quot;X-CSRFToken&quot;: ?&quot;\w*&quot;', "", body)
    where = answer.headers.get("Location", "")
    for one in ids:
        body, where = body.replace(one, "ID"), where.replace(one, "ID")
    return answer.status_code, where, body


def test_what_is_foreign_answers_like_what_is_absent(world: World) -> None:
    wrong = []
    asked = [operation for operation in operations() if names_a_thing(operation, world)]
    for column, person in world.strangers.items():
        visitor = Visitor(person)
        for operation in asked:
            if operation.name in PUBLIC_THINGS:
                continue
            if operation.name in ALLIANCE_THINGS and column.startswith("JP officer"):
                continue
            given = asked_with(operation, world)
            nouns = [noun for _parameter, noun in operation.nouns]
            door = operation.name.partition(":")[0]
            foreign, absent_one = address(operation, world), address(operation, world, absent)
            ids = [world.things.get(f"{door}:{n}", world.things.get(n, "")) for n in nouns]
            ids = [one for one in [*ids, *map(absent, nouns)] if one]
            there, recorded = visitor.ask(operation, foreign, given)
            nowhere, _none = visitor.ask(operation, absent_one, given)
            if recorded:
                wrong.append(f"{operation} records what {column} does")
            if masked(there, foreign, ids) != masked(nowhere, absent_one, ids):
                wrong.append(
                    f"{operation}: {column} gets {there.status_code} for foreign, {nowhere.status_code} absent"
                )
            if not refused(there):
                wrong.append(f"{operation}: {column} gets {there.status_code} for what is not theirs")
    assert not wrong, "\n".join(wrong)
