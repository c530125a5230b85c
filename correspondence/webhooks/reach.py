"""Calling an address that a stranger named: where it may lie, for how long, and how much is read of the answer.

A name is resolved once for each connection, every address it stands for is looked at, and the connection goes to
one of those: a name that answers otherwise a moment later changes nothing.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from core import clock
from core.errors import Invalid

CONNECT_SECONDS = 3.0
CALL_SECONDS = 10.0  # from resolving the name to the end of the answer
ANSWER_BYTES = 4096  # of a body; whoever answers more is heard out by closing
SHOWN = 200  # characters of the answer that are kept
LONGEST_WAIT = 86_400  # seconds of Retry-After that are honoured
LONGEST_URL = 500
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052


class Unreachable(Exception):
    """The address cannot be called; the text says why."""


@dataclass(frozen=True)
class Target:
    """Where an address leads, taken apart."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


@dataclass(frozen=True)
class Answer:
    """What came back: a status, or the reason why there is none."""

    status: int | None
    took_ms: int
    text: str = ""
    reason: str = ""
    retry_after: int = 0  # seconds


def target_of(url: str) -> Target:
    """Take an address apart; Invalid for one that would never be called."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except (ValueError, UnicodeError):
        raise _wrong(_("This is no address. Give one like https://hooks.example.org/entente.")) from None
    secure = parts.scheme == "https"
    if not secure and not (parts.scheme == "http" and settings.WEBHOOKS_TO_PRIVATE):
        raise _wrong(_("Give an address that begins with https://."))
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise _wrong(_("Give an address of at most 500 characters, without spaces and accents."))
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise _wrong(_("Give an address with a host, and without a user name, a password or a # part."))
    if port not in (80, 443) and port < 1024:
        raise _wrong(_("Give port 443 or one from 1024 on."))
    path = parts.path or "/"
    return Target(secure, host, port, f"{path}?{parts.query}" if parts.query else path)


def _wrong(message: str) -> Invalid:
    return Invalid.field("url", message)


def check(url: str) -> None:
    """Refuse an address that can be told to lie inside a network; a name is looked at again for each call."""
    target = target_of(url)
    try:
        literal = ip_address(target.host)
    except ValueError:
        inside = target.host == "localhost" or target.host.endswith((".localhost", ".local", ".internal"))
        if inside and not settings.WEBHOOKS_TO_PRIVATE:
            raise _wrong(_("Give an address that the internet reaches.")) from None
        return
    if not may_call(literal):
        raise _wrong(_("Give an address that the internet reaches."))


def may_call(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one that strangers may make us call: public, or private where a setting says so.

    Link-local addresses, under which clouds answer with credentials, are refused in any case.
    """
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner is None and address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return may_call(inner)
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    inside = address.is_private or address.is_loopback
    return address.is_global or (bool(settings.WEBHOOKS_TO_PRIVATE) and inside)


def _addresses(target: Target) -> list[str]:
    """Return the addresses of a host; Unreachable unless each may be called."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("The name of the host is not known.") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses or not all(may_call(ip_address(address)) for address in addresses):
        raise Unreachable("The host lies at an address that must not be called.")
    return addresses


class _Timed:
    """A socket whose every read and write ends when the call's time is over, however slowly bytes drip."""

    def __init__(self, plain: socket.socket) -> None:
        self.plain = plain
        self.deadline = 0.0

    def _hurry(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.plain.settimeout(left)

    def sendall(self, data: bytes) -> None:
        self._hurry()
        self.plain.sendall(data)

    def recv_into(self, buffer: memoryview) -> int:
        self._hurry()
        return self.plain.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        self.plain.close()


class _Reader(io.RawIOBase):
    def __init__(self, timed: _Timed) -> None:
        self.timed = timed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self.timed.recv_into(buffer)


class Line:
    """A connection to one address, kept open from call to call as long as the other side likes."""

    def __init__(self, url: str) -> None:
        self.target = target_of(url)
        self.open: http.client.HTTPConnection | None = None

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a body and hear the answer, within the time of a call; never raises for what the other side does."""
        began = time.monotonic()
        kept = self.open is not None
        try:
            try:
                answer = self._call(body, headers, began)
            except (ConnectionError, http.client.RemoteDisconnected):
                self.hang_up()
                if not kept:
                    raise
                answer = self._call(body, headers, began)  # it had been closed meanwhile
        except (OSError, http.client.HTTPException, Unreachable, ValueError) as error:
            self.hang_up()
            answer = Answer(None, 0, reason=_reason(error))
        took = round((time.monotonic() - began) * 1000)
        return Answer(answer.status, took, answer.text, answer.reason, answer.retry_after)

    def _call(self, body: bytes, headers: Mapping[str, str], began: float) -> Answer:
        connection = self.open or self._connect(began)
        self.open = connection
        timed: _Timed = connection.sock  # type: ignore[assignment]
        timed.deadline = began + CALL_SECONDS
        connection.request("POST", self.target.path, body, {"Host": self.target.authority, **headers})
        response = connection.getresponse()
        heard = response.read(ANSWER_BYTES)
        if response.will_close or not response.isclosed():
            self.hang_up()
        text = heard.decode("utf-8", "replace").replace("\x00", "")[:SHOWN]
        return Answer(response.status, 0, text, retry_after=wait_of(response.getheader("Retry-After")))

    def _connect(self, began: float) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self.target.host, self.target.port)
        failure: OSError | None = None
        for address in _addresses(self.target):
            left = began + CALL_SECONDS - time.monotonic()
            if left <= 0:
                break
            try:
                plain = socket.create_connection((address, self.target.port), min(CONNECT_SECONDS, left))
            except OSError as error:
                failure = error
                continue
            try:
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self.target.secure:
                    plain = _trust().wrap_socket(plain, server_hostname=self.target.host)
            except BaseException:
                plain.close()
                raise
            connection.sock = _Timed(plain)  # type: ignore[assignment]
            return connection
        raise failure or TimeoutError("timed out")

    def hang_up(self) -> None:
        if self.open is not None:
            self.open.close()
            self.open = None


@cache
def _trust() -> ssl.SSLContext:
    """Certificates are verified against the machine's store (`SSL_CERT_FILE` names another)."""
    return ssl.create_default_context()


def _reason(error: BaseException) -> str:
    match error:
        case Unreachable():
            return str(error)
        case TimeoutError():
            return "There was no answer in time."
        case ssl.SSLCertVerificationError():
            return f"The certificate was not accepted: {error.verify_message}."[:300]
        case ssl.SSLError():
            return "The TLS connection failed."
        case ConnectionRefusedError():
            return "The connection was refused."
        case OSError():
            return "The connection failed."
        case _:
            return "The answer was not HTTP."


def wait_of(told: str | None) -> int:
    """Return how many seconds Retry-After asks to wait: 0 where it says nothing, a day at most."""
    told = (told or "").strip()
    if told.isascii() and told.isdigit():
        return min(int(told[:9]), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(told)
    except (ValueError, TypeError):
        return 0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(0, round((at - clock.now()).total_seconds())), LONGEST_WAIT)
