"""Whom we may be made to call, and how little the other side can do with the call."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from core import clock
from correspondence.webhooks import reach
from correspondence.webhooks.reach import Line

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Serve = Callable[[socket.socket], None]


class Listener:
    """A socket that plays one scene for each connection; counts them."""

    def __init__(self, scene: Serve) -> None:
        self.scene, self.connections = scene, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _address = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._play, args=(connection,), daemon=True).start()

    def _play(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self.scene(connection)


@pytest.fixture
def listen(settings: Any) -> Iterator[Callable[[Serve], Listener]]:
    settings.WEBHOOKS_TO_PRIVATE = True
    made: list[Listener] = []

    def start(scene: Serve) -> Listener:
        made.append(Listener(scene))
        return made[-1]

    yield start
    for one in made:
        one.socket.close()


def read(connection: socket.socket) -> bytes:
    """Read a request with its body."""
    text = b""
    while b"\r\n\r\n" not in text:
        more = connection.recv(65536)
        if not more:
            return b""
        text += more
    head, _, rest = text.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-l")
    )
    while len(rest) < length:
        rest += connection.recv(65536)
    return head + b"\r\n\r\n" + rest


def post(listener: Listener) -> reach.Answer:
    line = Line(f"http://127.0.0.1:{listener.port}/hooks?from=us")
    try:
        return line.post(b"{}", {"webhook-id": "x"})
    finally:
        line.hang_up()


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
     "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
     "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1",
     "2001:0:c000:201::f5ff:fffe"],
)  # fmt: skip
def test_nothing_inside_a_network_is_called(settings: Any, address: str) -> None:
    settings.WEBHOOKS_TO_PRIVATE = False
    assert not reach.may_call(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_the_internet_reaches_is_called(address: str) -> None:
    assert reach.may_call(ip_address(address))


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "::ffff:169.254.1.1"]
)
def test_the_setting_opens_private_networks_and_never_link_local_ones(settings: Any, address: str) -> None:
    settings.WEBHOOKS_TO_PRIVATE = True
    assert reach.may_call(ip_address("127.0.0.1"))
    assert reach.may_call(ip_address("10.0.0.1"))
    assert not reach.may_call(ip_address(address))


def test_a_name_is_looked_at_for_each_connection_and_the_call_goes_to_what_was_looked_at(
    listen: Callable[[Serve], Listener], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers otherwise the second time (DNS rebinding) changes nothing."""
    inside = listen(lambda connection: connection.sendall(HELLO))
    answers: list[list[str]] = []

    def resolve(host: str, port: int, **_how: Any) -> list[Any]:
        return [(0, 0, 0, "", (address, port)) for address in answers.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    connected: list[Any] = []
    monkeypatch.setattr(
        socket,
        "create_connection",
        lambda address, timeout: connected.append(address) or (_ for _ in ()).throw(OSError),
    )
    settings.WEBHOOKS_TO_PRIVATE = False
    answers[:] = [["127.0.0.1"]]
    assert "must not be called" in Line(f"https://rebound.example:{inside.port}/").post(b"", {}).reason
    answers[:] = [["8.8.8.8", "10.0.0.1"]]
    assert "must not be called" in Line(f"https://rebound.example:{inside.port}/").post(b"", {}).reason
    answers[:] = [["8.8.8.8"], ["127.0.0.1"]]
    Line(f"https://rebound.example:{inside.port}/").post(b"", {})
    assert connected == [("8.8.8.8", inside.port)]
    assert answers == [["127.0.0.1"]]
    assert inside.connections == 0


def test_a_call_says_what_it_should_and_the_connection_is_kept(listen: Callable[[Serve], Listener]) -> None:
    heard: list[bytes] = []

    def twice(connection: socket.socket) -> None:
        for _ in range(2):
            heard.append(read(connection))
            connection.sendall(HELLO)

    listener = listen(twice)
    line = Line(f"http://127.0.0.1:{listener.port}/hooks?from=us")
    answers = [line.post(b'{"a":1}', {"webhook-id": "x"}) for _ in range(3)]
    assert [(answer.status, answer.text) for answer in answers] == [(200, "ok")] * 3
    assert heard[0].startswith(b"POST /hooks?from=us HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{listener.port}".encode() in heard[0]
    assert heard[0].endswith(b'{"a":1}')
    assert listener.connections == 2  # the third found it closed


def test_a_redirect_is_not_followed(listen: Callable[[Serve], Listener]) -> None:
    other = listen(lambda connection: connection.sendall(HELLO))
    head = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{other.port}/\r\nContent-Length: 0\r\n\r\n"
    answer = post(listen(lambda connection: (read(connection), connection.sendall(head.encode()))[1]))
    assert (answer.status, other.connections) == (302, 0)


def test_of_a_long_answer_only_the_beginning_is_read(listen: Callable[[Serve], Listener]) -> None:
    sent: list[int] = []

    def pour(connection: socket.socket) -> None:
        read(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        for number in range(10_000):
            connection.sendall(b"x" * 10_000)
            sent.append(number)

    answer = post(listen(pour))
    assert (answer.status, answer.text) == (200, "x" * reach.SHOWN)
    time.sleep(0.05)
    assert len(sent) < 10_000


@pytest.mark.parametrize("kind", ["silent", "dripping head", "dripping body"])
def test_whoever_dawdles_is_given_up_in_time(
    listen: Callable[[Serve], Listener], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(reach, "CALL_SECONDS", 0.15)

    def dawdle(connection: socket.socket) -> None:
        read(connection)
        if kind == "dripping body":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _ in range(20):
            time.sleep(0.1)
            if kind != "silent":
                connection.sendall(b"H")

    began = time.monotonic()
    answer = post(listen(dawdle))
    assert time.monotonic() - began < 1
    assert (answer.status, answer.reason) == (None, "There was no answer in time.")


@pytest.mark.parametrize(
    ("said", "reason"),
    [(b"", "The connection failed."), (b"SSH-2.0-OpenSSH\r\n", "The answer was not HTTP.")],
)
def test_what_is_no_answer_is_told_as_such(
    listen: Callable[[Serve], Listener], said: bytes, reason: str
) -> None:
    answer = post(listen(lambda connection: (read(connection), connection.sendall(said))[1]))
    assert (answer.status, answer.reason) == (None, reason)


def test_a_closed_port_is_told(settings: Any) -> None:
    settings.WEBHOOKS_TO_PRIVATE = True
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert Line(f"http://127.0.0.1:{port}/").post(b"", {}).reason == "The connection was refused."


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(
    listen: Callable[[Serve], Listener], tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))

    def speak(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as safe:
            safe.sendall(HELLO)

    answer = Line(f"https://127.0.0.1:{listen(speak).port}/").post(b"", {})
    assert answer.status is None
    assert answer.reason.startswith("The certificate was not accepted: self-signed certificate")
    plain = listen(lambda connection: connection.sendall(HELLO))
    assert Line(f"https://127.0.0.1:{plain.port}/").post(b"", {}).reason == "The TLS connection failed."


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    day = clock.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(day - timedelta(days=1))
        .not_valid_after(day + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    certificate, private = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private
