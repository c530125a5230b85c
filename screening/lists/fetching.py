"""Getting lists from their publishers: asked whether they changed, loaded when they did, noted when it failed."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import re
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actors import PROCESS
from core.audience import ALLIANCE, Audience
from core.errors import EntenteError, Invalid, NotFound
from ledger import services as ledger
from screening.lists.formats import FORMATS
from screening.lists.loading import digest, format_of, load
from screening.models import Snapshot, SourceList

EVERY_HOURS, MAX_AGE_HOURS = 12, 48  # of a list that is fetched, until other figures are set
QUIET_SECONDS = 30  # how long a publisher may be silent
CHUNK = 1 << 16


class _Broken(OSError):
    """What came is not the whole file."""


@dataclass(frozen=True)
class Fetched:
    """What a fetch found: a new version, the one in force confirmed, or why it failed."""

    snapshot: Snapshot | None = None
    new: bool = False
    failure: str = ""


def due() -> list[str]:
    """Return the keys of the lists whose next check has come."""
    kept = SourceList.objects.filter(every_hours__isnull=False).exclude(urls=[])
    return [source.key for source in kept if _is_due(source)]


def fetched_lists() -> list[str]:
    """Return the keys of all lists with an address."""
    return list(SourceList.objects.exclude(urls=[]).values_list("key", flat=True))


def fetch_if_due(key: str) -> Fetched | None:
    """Fetch a list, unless it was fetched since it fell due."""
    with transaction.atomic():
        source = SourceList.objects.select_for_update().get(key=key)
        if not _is_due(source):
            return None
        _begin(source)
    return _fetch(source)


def fetch(*, key: str) -> Fetched:
    """Fetch a list now; a failure is noted on the list, and once per run of failures in the ledger.

    A list that is not known yet, or was loaded by hand so far, is from now on fetched from the official address
    of its format.
    """
    with transaction.atomic():
        source = _source(key)
        _take_official(source)
        _begin(source)
    return _fetch(source)


@transaction.atomic
def set_up(
    *,
    key: str,
    format: str = "",
    title: str = "",
    publisher: str = "",
    mapping: Mapping[str, Any] | None = None,
    urls: Sequence[str] | None = None,
    every_hours: int | None = None,
    max_age_hours: int | None = None,
    ageless: bool = False,
) -> SourceList:
    """Say where a list is fetched from, how often, and how old it may be; what is not named stays.

    `every_hours` alone has the list fetched from the official address of its format. `urls` of [] ends the
    fetching, `ageless` lifts the greatest age.
    """
    source = _source(key, format)
    if urls is not None:
        for url in urls:
            _require_allowed(url)
        source.urls, source.validators = list(urls), {}
        if urls:
            source.every_hours = source.every_hours or EVERY_HOURS
            source.max_age_hours = source.max_age_hours or MAX_AGE_HOURS
    elif every_hours:
        _take_official(source)
    source.title, source.publisher = title or source.title, publisher or source.publisher
    source.mapping = mapping or source.mapping
    source.every_hours = every_hours or source.every_hours
    source.max_age_hours = None if ageless else max_age_hours or source.max_age_hours
    source.save(
        update_fields=[
            "title", "publisher", "mapping", "urls", "validators", "every_hours", "max_age_hours",
        ]
    )  # fmt: skip
    ledger.record(
        "list.configured",
        actor=PROCESS,
        subject=source,
        audience=Audience.of(ALLIANCE),
        facts={
            "list": key,
            "title": source.title,
            "urls": source.urls,
            "every_hours": source.every_hours,
            "max_age_hours": source.max_age_hours,
        },
    )
    return source


def _is_due(source: SourceList) -> bool:
    if not source.urls or source.every_hours is None:
        return False
    return source.next_check is None or source.next_check <= clock.now()


def _source(key: str, format: str = "") -> SourceList:
    """Return the locked list of a key, made ready to be fetched; NotFound where no format has such a list."""
    source = SourceList.objects.select_for_update().filter(key=key).first()
    known = format_of(format) if format else FORMATS.get(source.format if source else "")
    known = known or next((entry for entry in FORMATS.values() if entry.list_key == key), None)
    if known is None:
        raise NotFound(_("There is no list %(key)s, and no format that says where it is.") % {"key": key})
    if source is None:
        source = SourceList.objects.create(
            key=key, title=known.title, publisher=known.publisher, format=known.key
        )
    if not source.format:
        source.format = known.key
        source.save(update_fields=["format"])
    return source


def _take_official(source: SourceList) -> None:
    """Have a list without an address fetched from that of its format."""
    urls = FORMATS[source.format].urls
    if not source.urls and urls:
        source.urls = list(urls)
        source.every_hours = source.every_hours or EVERY_HOURS
        source.max_age_hours = source.max_age_hours or MAX_AGE_HOURS
        source.save(update_fields=["urls", "every_hours", "max_age_hours"])


def _begin(source: SourceList) -> None:
    if not source.urls:
        raise Invalid.field("url", _("%(list)s has no address to fetch it from.") % {"list": source.key})
    source.tried_at = clock.now()
    source.save(update_fields=["tried_at"])


def _fetch(source: SourceList) -> Fetched:
    try:
        return _download_and_load(source)
    except EntenteError as error:
        return _failed(source, error.detail)
    except (OSError, http.client.HTTPException) as error:
        return _failed(source, _why(error))
    except Exception as error:  # a file may be wrong in ways that no importer thought of: it is still noted
        _failed(source, f"{type(error).__name__}: {error}")
        raise


def _why(error: OSError | http.client.HTTPException) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return _("%(url)s answered %(code)s.") % {"url": error.url, "code": error.code}
    if isinstance(error, _Broken):
        return str(error)
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    return _("The publisher could not be reached: %(why)s.") % {"why": str(reason) or type(reason).__name__}


@transaction.atomic
def _failed(source: SourceList, why: str) -> Fetched:
    """Note a failure; the first of a run of failures is an event that the alliance reads."""
    source = SourceList.objects.select_for_update().get(pk=source.pk)
    first = source.failed_at is None
    source.failed_at, source.failure = source.failed_at or clock.now(), why[:2000]
    source.save(update_fields=["failed_at", "failure"])
    if first:
        ledger.record(
            "list.fetch_failed",
            actor=PROCESS,
            subject=source,
            audience=Audience.of(ALLIANCE),
            facts={"list": source.key, "reason": source.failure},
        )
    return Fetched(failure=why)


def _download_and_load(source: SourceList) -> Fetched:
    """Ask for every file; load them when they differ from the version in force, else note that it was checked."""
    folder = Path(settings.DATA_DIR, "lists", source.key)
    folder.parent.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + settings.LISTS_TIMEOUT_SECONDS
    validators: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory(prefix="part-", dir=folder.parent) as scratch:
        files = []
        for number, url in enumerate(source.urls):
            name = _file_name(number, url)
            kept, fresh = folder / name, Path(scratch, name)
            said = source.validators.get(url, {})
            if not (said and kept.is_file() and said["sha256"] == _sha256(kept)):
                said = {}
            answer = _download(url, fresh, said, until)
            if answer is None:
                shutil.copyfile(kept, fresh)
                validators[url] = said
            else:
                validators[url] = {**answer, "sha256": _sha256(fresh)}
            files.append(fresh)
        in_force = Snapshot.objects.filter(source_list=source, in_force_until__isnull=True).first()
        if in_force is not None and in_force.sha256 == digest(files):
            snapshot, new = in_force, False
        else:
            loaded = load(
                format=source.format, files=files, list_key=source.key, undated=_dated(validators.values())
            )
            snapshot, new = loaded.snapshot, loaded.new
        folder.mkdir(exist_ok=True)
        for path in files:
            path.replace(folder / path.name)
    SourceList.objects.filter(pk=source.pk).update(
        validators=validators, checked_at=clock.now(), failed_at=None, failure=""
    )
    return Fetched(snapshot, new)


def _file_name(number: int, url: str) -> str:
    """Return a name for a file of a list: its place among them, and what the address ends in."""
    last = re.sub(r"[^A-Za-z0-9._-]", "_", unquote(urlsplit(url).path.rpartition("/")[2]))
    return f"{number}-{last[-80:]}"


def _dated(validators: Iterable[dict[str, str]]) -> str:
    """Return the version of files that give no date themselves: when the last was changed, else now."""
    found = []
    for said in validators:
        with contextlib.suppress(ValueError):  # no date, or none that can be read
            moment = parsedate_to_datetime(said["modified"])
            found.append(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return max(found, default=clock.now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _require_allowed(url: str) -> None:
    """Refuse addresses that are neither https nor begin as `LISTS_FETCH_FROM` says."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if not any(url.startswith(beginning) for beginning in settings.LISTS_FETCH_FROM):
        raise Invalid.field("url", _("Lists are fetched by https only, not from %(url)s.") % {"url": url})


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a publisher to another address only where a list may be fetched from."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        _require_allowed(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _download(url: str, target: Path, said: dict[str, str], until: float) -> dict[str, str] | None:
    """Write what an address holds into a file; return its etag and date, or None where nothing changed."""
    _require_allowed(url)
    request = urllib.request.Request(url, headers={"User-Agent": "Entente"})  # noqa: S310 - checked above
    for header, name in (("If-None-Match", "etag"), ("If-Modified-Since", "modified")):
        if said.get(name):
            request.add_header(header, said[name])
    opener = urllib.request.build_opener(_Redirects)
    try:
        with opener.open(request, timeout=QUIET_SECONDS) as response, target.open("wb") as handle:
            _copy(url, response, handle, until)
            headers = response.headers
            return {"etag": headers.get("ETag", ""), "modified": headers.get("Last-Modified", "")}
    except urllib.error.HTTPError as error:
        if error.code == 304 and said:
            return None
        raise


def _copy(url: str, response: Any, handle: Any, until: float) -> None:
    most = settings.LISTS_LARGEST_MB * 1_000_000
    wanted = response.headers.get("Content-Length")
    got = 0
    while chunk := response.read(CHUNK):
        got += len(chunk)
        if got > most:
            raise _Broken(
                _("%(url)s is larger than %(most)s MB.") % {"url": url, "most": settings.LISTS_LARGEST_MB}
            )
        if time.monotonic() > until:
            raise _Broken(
                _("%(url)s took longer than %(most)s seconds.")
                % {"url": url, "most": settings.LISTS_TIMEOUT_SECONDS}
            )
        handle.write(chunk)
    if wanted is not None and got != int(wanted):
        raise _Broken(
            _("%(url)s broke off after %(got)s of %(wanted)s bytes.")
            % {"url": url, "got": got, "wanted": wanted}
        )
