"""What a file is, judged by its content; its name and what its sender claims prove nothing."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from pathlib import PurePosixPath

import puremagic
from django.utils.translation import gettext as _

from core.errors import Invalid

LARGEST = 20 * 1024 * 1024  # bytes
UNPACKED_LARGEST = 200 * 1024 * 1024  # bytes an office file may unpack to
UNPACKED_RATIO = 100
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: Media type by suffix: what we take.
ACCEPTED = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "docx": WORD,
    "xlsx": SHEET,
    "txt": "text/plain",
    "csv": "text/csv",
}
OFFICE_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
MAGIC = {"pdf": ".pdf", "png": ".png", "jpg": ".jpg", "jpeg": ".jpg"}


def safe_name(name: str) -> str:
    """Return a file's own name without folders, control or direction characters, at most 150 characters."""
    base = PurePosixPath(name.replace("\\", "/")).name
    base = "".join(c for c in unicodedata.normalize("NFC", base) if unicodedata.category(c)[0] != "C")
    base = re.sub(r'[<>:"|?*]', "_", base).strip(" .")
    stem, dot, suffix = base.rpartition(".")
    return f"{(stem or 'document')[:140]}{dot}{suffix[:9]}" if dot else (base[:150] or "document")


def media_type(name: str, content: bytes) -> str:
    """Return the media type of a file we accept; Invalid, naming `file`, for anything else."""
    if not content:
        raise Invalid.field("file", _("The file is empty. Choose one with content."))
    if len(content) > LARGEST:
        raise Invalid.field("file", _("The file is larger than 20 MB. Split it or reduce its resolution."))
    _stem, dot, suffix = name.lower().rpartition(".")
    if not dot or suffix not in ACCEPTED:
        raise Invalid.field(
            "file", _("Files of this kind are not taken. Send %(kinds)s.") % {"kinds": ", ".join(ACCEPTED)}
        )
    if suffix in OFFICE_PART:
        fits = _is_office(content, OFFICE_PART[suffix])
    elif suffix in MAGIC:
        fits = MAGIC[suffix] in _magic(content)
    else:
        fits = _is_text(content)
    if not fits:
        raise Invalid.field(
            "file",
            _("The content of this file is not what its name says (%(suffix)s). Send the original file.")
            % {"suffix": suffix},
        )
    return ACCEPTED[suffix]


def _magic(content: bytes) -> set[str]:
    try:
        return {
            ".jpg" if m.extension in (".jpeg", ".jfif") else m.extension
            for m in puremagic.magic_string(content)
        }
    except (puremagic.PureError, ValueError):
        return set()


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return CONTROL.search(text) is None


def _is_office(content: bytes, part: str) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > UNPACKED_LARGEST or unpacked > UNPACKED_RATIO * max(len(content), 1) or len(entries) > 5000:
        raise Invalid.field(
            "file", _("This file unpacks to far more than it should. Save it anew and try again.")
        )
    names = {entry.filename for entry in entries}
    return part in names and "vbaProject.bin" not in {PurePosixPath(n).name for n in names}
