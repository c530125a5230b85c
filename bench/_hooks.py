"""Listeners that stand in for partners' systems, exporters with a webhook each, and events that concern them."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Any

from bench import _cases
from config.embedded.trial import Trial

NEEDED = ("clock", "webhooks", "beat")  # of all processes, those that sealing and sending take


@dataclass(frozen=True)
class Heard:
    """A call that arrived: which listener, under which id, when (Unix seconds)."""

    listener: int
    message: str
    at: float


class Listeners:
    """A process with a port for each listener; it answers `after` so many seconds, the first `hanging` never."""

    def __init__(self, count: int, hanging: int, after: float = 0) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self.pipe: Any = ours
        self.process = context.Process(target=_listen, args=(count, hanging, after, theirs), daemon=True)
        self.process.start()
        self.ports: list[int] = self.pipe.recv()

    def heard(self) -> list[Heard]:
        """Return what has arrived so far and forget it."""
        self.pipe.send("tell")
        return [Heard(*one) for one in self.pipe.recv()]

    def close(self) -> None:
        self.process.terminate()
        self.process.join(10)


def _listen(count: int, hanging: int, after: float, pipe: Any) -> None:
    asyncio.run(_serve(count, hanging, after, pipe))


async def _serve(count: int, hanging: int, after: float, pipe: Any) -> None:
    heard: list[tuple[int, str, float]] = []

    def taking(number: int) -> Any:
        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                    told = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
                    await reader.readexactly(int(told["content-length"]))
                    heard.append((number, told["webhook-id"], time.time()))
                    await asyncio.sleep(3600 if number < hanging else after)
                    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

        return take

    servers = [await asyncio.start_server(taking(number), "127.0.0.1", 0) for number in range(count)]
    pipe.send([server.sockets[0].getsockname()[1] for server in servers])
    while True:
        while not pipe.poll():
            await asyncio.sleep(0.05)
        pipe.recv()
        pipe.send(list(heard))
        heard.clear()


def begin(system: Trial) -> None:
    """Start what sealing and sending take, and let this process speak to the database."""
    _cases.enter(system)
    for name in NEEDED:
        system.start(name)
    deadline = time.monotonic() + 60
    while not all((system.folder.run / f"{name}.ready").exists() for name in NEEDED):
        assert time.monotonic() < deadline, "the workers did not start"
        time.sleep(0.1)


def allow_private() -> None:
    """Listeners stand on loopback; to be called before the platform starts."""
    os.environ["ENTENTE_WEBHOOKS_TO_PRIVATE"] = "1"


def exporters(ports: list[int]) -> list[Any]:
    """Make an exporter for each port, with a system that has its webhook there; return the organisations."""
    from core import clock
    from core.actors import PROCESS
    from correspondence import services
    from members.models import Jurisdiction, Membership, Organisation, User
    from members.services.clients import enter_client

    germany = Jurisdiction.objects.get_or_create(
        code="DE", defaults={"name": "Germany", "timezone": "Europe/Berlin", "calendar": "DE"}
    )[0]
    made = []
    for number, port in enumerate(ports):
        organisation = Organisation.objects.create(
            name=f"Listener {number}",
            jurisdiction=germany,
            address="Uferstraße 1, Köln",
            registration_number=f"HRB {number}",
            contact_email=f"listener{number}@example.org",
            status="vetted",
            vetted_at=clock.now(),
        )
        person = User.objects.create_user(f"listener{number}@example.org", None, name=f"Listener {number}")
        Membership.objects.create(user=person, organisation=organisation, role="administrator")
        client = enter_client(actor=PROCESS, person=person, name="ERP", scopes=["events:read"]).client
        services.register_webhook(actor=person, client=client, url=f"http://127.0.0.1:{port}/hooks")
        made.append(organisation)
    return made


def happen(number: int, *organisations: Any) -> str:
    """Record an event that some organisations may read, as an act of its own; return its id."""
    return record([(number, organisations)])[0]


def record(happened: Sequence[tuple[int, Sequence[Any]]]) -> list[str]:
    """Record (number, organisations that may read it) as one act each, all in one transaction; return their ids."""
    from django.db import transaction

    from core import audience
    from core.actors import PROCESS
    from core.audience import Audience
    from ledger import services as ledger

    with transaction.atomic():
        events = ledger.record_many(
            ledger.Happened(
                type="case.claimed",
                actor=PROCESS,
                subject=organisations[0],
                audience=Audience.of(*(audience.organisation(one.pk) for one in organisations)),
                facts={"number": number},
            )
            for number, organisations in happened
        )
    return [str(event.uid) for event in events]


def feed_at_rate(
    environment: dict[str, str],
    pks: list[int],
    count: int,
    rate: float,
    fanout: bool,
    begin: Event,
    pipe: Any,
) -> None:
    """Record events at a fixed rate, in turn for each organisation or for all; send back (id, when, for whom).

    What has come due since the last transaction goes into the next one, 20 times a second.
    """
    _cases.set_up(environment)
    from members.models import Organisation

    organisations = [Organisation.objects.get(pk=pk) for pk in pks]
    told: list[tuple[str, float, int]] = []
    begin.wait(120)
    began = time.monotonic()
    while len(told) < count:
        time.sleep(max(0.0, began + (len(told) + 1) / rate - time.monotonic()))
        due = min(count, int((time.monotonic() - began) * rate))
        numbers = range(len(told), due)
        places = [number % len(organisations) for number in numbers]
        at = time.time()
        messages = record(
            [
                (number, organisations if fanout else [organisations[place]])
                for number, place in zip(numbers, places, strict=True)
            ]
        )
        told += [
            (message, at, -1 if fanout else place) for message, place in zip(messages, places, strict=True)
        ]
        time.sleep(0.05)
    pipe.send((told, time.monotonic() - began))
