"""What calls of partner systems cost, each against a plain view on the same server, in turns with it.

The plain view authenticates the same token with the same library and reads the same row (of the feed: the same
number of rows), without any of the platform's rules. Then the event feed of a large ledger is read from its
beginning to its end, and its pages are compared by depth.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from bench import _cases
from config.embedded.progress import step
from config.embedded.report import Figure, percentile, publish
from config.embedded.trial import Trial, trial

READS, RESERVES, EVENTS_A_SECOND, DEEPER = 3.0, 6.0, 20_000, 1.5
ROUNDS, SECONDS, THREADS, EVENTS = 300, 4.0, 4, 1_000_000
PAGE = 100  # events of a page that is compared with the plain one
MEMBER = "DE"


@dataclass(frozen=True)
class Call:
    """One request; `body` makes the next one."""

    method: str
    path: str
    body: Callable[[], dict[str, Any]] | None = None
    wanted: int = 200


@dataclass(frozen=True)
class Subject:
    """A call of the platform, the plain one it is held against, whose token it takes and how much it may cost."""

    name: str
    ours: Call
    plain: Call
    who: str
    bound: float


class Client:
    """One connection with one token."""

    def __init__(self, url: str, token: str) -> None:
        self.line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def send(self, call: Call) -> bytes:
        """Send a call and return its answer; AssertionError if it is another than wanted."""
        body, headers = None, self.headers
        if call.body is not None:
            body = json.dumps(call.body())
            headers = {
                **headers,
                "Content-Type": "application/json",
                "Idempotency-Key": secrets.token_hex(16),
            }
        try:
            self.line.request(call.method, call.path, body, headers)
            answer = self.line.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):  # kept open too long
            self.line.close()
            self.line.request(call.method, call.path, body, headers)
            answer = self.line.getresponse()
        content = answer.read()
        assert answer.status == call.wanted, f"{call.path}: {answer.status} {content[:400]!r}"
        return content


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente bench api", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="of each call alone (default: %(default)s)"
    )
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="of four at once (default: %(default)s)"
    )
    parser.add_argument("--events", type=int, default=EVENTS, help="in the ledger (default: %(default)s)")
    options = parser.parse_args(arguments)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench._plain_settings"
    os.environ |= dict.fromkeys(("ENTENTE_API_READS", "ENTENTE_API_WRITES"), "1000000")
    with trial() as system:
        with step("let a case be decided"):
            system.manage("walkthrough", "--seed", "1", "--url", system.url)
        for name in ("worker", "humanitarian", "clock", "exercises", "webhooks", "beat"):
            system.kill(name)
        _cases.enter(system)
        tokens, number, reference = _prepare(system)
        subjects = _subjects(number, reference)
        figures: list[Figure] = []
        for subject in subjects:
            with step(subject.name):
                figures += _compare(system.url, tokens[subject.who], subject, options)
        with step(f"record {options.events} events"):
            reader = _fill(system, options.events)
        with step("read the feed from beginning to end"):
            figures += _feed(system.url, reader, options)
    facts = {name: getattr(options, name) for name in ("rounds", "seconds", "events")}
    return publish("api", figures, facts={**facts, "threads": THREADS, "processors": os.cpu_count()})


def _prepare(system: Trial) -> tuple[dict[str, str], str, str]:
    """Give the licence of the walkthrough room for every reservation; return tokens, its number and its case."""
    from licensing.models import Licence
    from members.models import Role, User

    licence = Licence.objects.select_related("case").filter(territory__contains=[MEMBER]).latest("pk")
    _as_owner(
        system, "UPDATE licensing_licenceline SET quantity = 100000000 WHERE licence_id = %s", [licence.pk]
    )
    _as_owner(system, 'UPDATE licensing_licence SET territory = \'["DE", "FR"]\' WHERE id = %s', [licence.pk])
    people = {
        "officer": (licence.case.lead_id, Role.LICENSING_OFFICER),
        "customs": (MEMBER, Role.CUSTOMS_OFFICER),
    }
    return (
        {
            name: _token(
                User.objects.filter(authority__jurisdiction=member, appointments__role=role).order_by("pk")[0]
            )
            for name, (member, role) in people.items()
        },
        licence.number,
        licence.case.reference,
    )


def _token(person: Any) -> str:
    from oauth2_provider.models import AccessToken

    from core import clock
    from core.actors import PROCESS
    from members.oauth import EXPORTER_SCOPES, OFFICER_SCOPES
    from members.services.clients import enter_client

    scopes = sorted(OFFICER_SCOPES if person.is_officer else EXPORTER_SCOPES)
    client = enter_client(actor=PROCESS, person=person, name="Bench", scopes=scopes).client
    token = secrets.token_urlsafe(24)
    AccessToken.objects.create(
        application=client,
        token=token,
        scope=" ".join(scopes),
        expires=clock.now() + timedelta(hours=6),
    )
    return token


def _as_owner(system: Trial, query: str, values: Sequence[Any] = ()) -> None:
    """Run one statement past triggers: what a bench changes is no act of anybody."""
    import psycopg2

    with (
        closing(psycopg2.connect(system.environment["DATABASE_OWNER_URL"])) as owner,
        owner.cursor() as cursor,
    ):
        owner.autocommit = True
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        cursor.execute(query, values)


def _subjects(number: str, reference: str) -> list[Subject]:
    from licensing.models import Licence

    licence = Licence.objects.get(number=number)
    line = licence.lines.order_by("line")[0]
    declarations = itertools.count(1)
    plain = Call("GET", f"/plain/licences/{number}/")
    goods = [{"line": line.line, "quantity": "1", "unit": line.unit}]

    def check() -> dict[str, Any]:
        return {
            "licence": number,
            "goods": goods,
            "destination": licence.destinations[0],
            "leaves_from": MEMBER,
        }

    def reservation() -> dict[str, Any]:
        declared = f"26{MEMBER}{next(declarations):014d}"
        return {**goods[0], "office": "DE004851", "declaration": declared}

    events = Call("GET", f"/api/v1/events/?limit={PAGE}")
    return [
        Subject(
            "pre-shipment check",
            Call("POST", "/api/v1/pre-shipment-check/", check),
            plain,
            "customs",
            READS,
        ),
        Subject("licence status", Call("GET", f"/api/v1/licences/{number}/"), plain, "customs", READS),
        Subject(
            "reserve",
            Call("POST", f"/api/v1/licences/{number}/reservations/", reservation, 201),
            plain,
            "customs",
            RESERVES,
        ),
        Subject(
            "case read",
            Call("GET", f"/api/v1/cases/{reference}/"),
            Call("GET", f"/plain/cases/{reference}/"),
            "officer",
            READS,
        ),
        Subject(
            f"event feed, {PAGE}",
            events,
            Call("GET", f"/plain/events/?after=0&limit={PAGE}"),
            "officer",
            READS,
        ),
    ]


def _compare(url: str, token: str, subject: Subject, options: argparse.Namespace) -> Iterator[Figure]:
    client = Client(url, token)
    ours: list[float] = []
    plain: list[float] = []
    for number in range(-20, options.rounds):
        for call, taken in ((subject.ours, ours), (subject.plain, plain)):
            began = time.perf_counter()
            client.send(call)
            if number >= 0:
                taken.append((time.perf_counter() - began) * 1000)
    yield Figure(f"{subject.name}: p50", percentile(ours, 50), "ms")
    yield Figure(f"{subject.name}: p95", percentile(ours, 95), "ms")
    yield Figure(f"{subject.name}: plain view, p50", percentile(plain, 50), "ms")
    yield Figure(f"{subject.name}: plain view, p95", percentile(plain, 95), "ms")
    for share in (50, 95):
        times = percentile(ours, share) / percentile(plain, share)
        yield Figure(f"{subject.name}: times the plain view, p{share}", times, "×", subject.bound)
    yield Figure(
        f"{subject.name}: requests a second", _rate(url, token, subject.ours, options.seconds), "1/s"
    )
    plainly = _rate(url, token, subject.plain, options.seconds)
    yield Figure(f"{subject.name}: plain view, requests a second", plainly, "1/s")


def _rate(url: str, token: str, call: Call, seconds: float) -> float:
    """Return how many of a call are answered in a second when four systems ask at once."""
    counts = [0] * THREADS
    failed: list[BaseException] = []
    until = time.monotonic() + seconds

    def ask(place: int) -> None:
        client = Client(url, token)
        try:
            while time.monotonic() < until:
                client.send(call)
                counts[place] += 1
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sum(counts) / seconds


def _fill(system: Trial, count: int) -> str:
    """Put so many events of an exporter into a ledger in which as many are others'; return the exporter's token.

    They are copies of a real event, with places in the feed as the sealer gives them; sealing is another bench.
    """
    from core import audience
    from ledger.models import Event, FeedEntry
    from ledger.selectors import head
    from members.models import Membership, Organisation

    place = (
        Membership.objects.filter(organisation__status=Organisation.Status.VETTED)
        .select_related("user", "organisation")
        .order_by("-pk")[0]
    )
    key, token = audience.organisation(place.organisation_id), _token(place.user)
    model = FeedEntry.objects.filter(event__aggregate__startswith="case:").latest("pk").event
    columns = [
        str(field.column) for field in Event._meta.concrete_fields if field.name not in ("id", "uid", "at")
    ]
    listed = ", ".join(columns)
    top, last = Event.objects.latest("pk").pk, head()
    _as_owner(
        system,
        f"INSERT INTO ledger_event (id, uid, at, {listed})"
        f" SELECT %s + g, gen_random_uuid(), now() - interval '1 second' * (%s - g) / 100, {listed}"
        " FROM ledger_event, generate_series(1, %s) AS g WHERE ledger_event.id = %s",
        [top, count, count, model.pk],
    )
    _as_owner(
        system,
        "INSERT INTO ledger_feedentry (audience, event_id, position)"
        " SELECT %s, %s + g, %s + g FROM generate_series(1, %s) AS g",
        [key, top, last, count],
    )
    _as_owner(system, "VACUUM (ANALYZE) ledger_event, ledger_feedentry")
    return token


def _feed(url: str, token: str, options: argparse.Namespace) -> Iterator[Figure]:
    from api.views.events import LARGEST

    client, cursor, read = Client(url, token), "", 0
    pages: list[float] = []
    began = time.perf_counter()
    while True:
        asked = time.perf_counter()
        page = json.loads(client.send(Call("GET", f"/api/v1/events/?limit={LARGEST}&cursor={cursor}")))
        pages.append(time.perf_counter() - asked)
        read, cursor = read + len(page["events"]), page["next_cursor"]
        if len(page["events"]) < LARGEST:
            break
    took = time.perf_counter() - began
    assert read >= options.events, f"{read} of {options.events} events came"
    tenth = max(len(pages) // 10, 1)
    first, last = percentile(pages[1 : tenth + 1], 50), percentile(pages[-tenth - 1 : -1], 50)
    yield Figure("feed: events read", read, "", options.events, "at least")
    yield Figure("feed: events a second, one reader", read / took, "1/s", EVENTS_A_SECOND, "at least")
    yield Figure(f"feed: page of {LARGEST}, first tenth, p50", first * 1000, "ms")
    yield Figure(f"feed: page of {LARGEST}, last tenth, p50", last * 1000, "ms")
    yield Figure("feed: last tenth, times the first", last / first, "×", DEEPER)
