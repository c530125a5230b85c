"""Files of a customs system at the workbench, over the API and from the command line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError

from enforcement.models import CustomsFile
from licensing.models import Licence
from tests.enforcement.conftest import customs, licence
from tests.enforcement.test_adapters import SAMPLES
from tests.enforcement.test_customs_files import row, usage
from tests.licensing.conftest import answered, desk
from tests.workbench.test_cases import SignedIn
from tests.workbench.test_queries import queries

__all__ = ["answered", "desk", "licence"]
pytestmark = pytest.mark.usefixtures("in_force")
PAGE = "/workbench/customs-files/"
FILES, FILE = 11, 11  # baselines: raise them only with a reason


def test_a_usage_file_is_handed_in_and_its_answer_taken_along(licence: Licence, signed_in: SignedIn) -> None:
    guard = customs()
    browser = signed_in(guard)

    def hand_in(content: bytes):  # type: ignore[no-untyped-def]
        return browser.post(PAGE, {"file": SimpleUploadedFile("usage.txt", content)})

    for wrong, told in ((b"\xff\xfe", "UTF-8"), (b"", "no file of customs"), (b"x", "no file of customs")):
        answer = hand_in(wrong)
        assert (answer.status_code, told in answer.content.decode()) == (422, True), wrong
    made = hand_in(usage(licence, row("O", 1), row("O", 99, part="X")).encode())
    file = CustomsFile.objects.get()
    assert made.url == f"{PAGE}{file.uid}/"
    assert "99 are asked for" in browser.get(made.url).content.decode()
    reply = browser.get(f"{made.url}answer/").content.decode()
    assert reply.splitlines()[1] == "2\\rejected\\LU00001/00001"
    assert hand_in(usage(licence, row("O", 1)).encode()).status_code == 409
    assert browser.post(f"{PAGE}licences/").status_code == 302
    assert browser.post(f"{PAGE}licences/").status_code == 409
    told_ = browser.get(f"{PAGE}{CustomsFile.objects.first().uid}/text/").content.decode()
    assert licence.number in told_
    few = [queries(browser, page) for page in (PAGE, made.url)]
    hand_in(usage(licence, row("O", 1), run=2).encode())
    assert [queries(browser, page) for page in (PAGE, made.url)] <= few
    assert all(count <= most for count, most in zip(few, (FILES, FILE), strict=True)), few
    assert signed_in(customs("FR")).get(made.url).status_code == 404


def test_the_command_checks_reads_in_and_tells(licence: Licence, tmp_path: Path) -> None:
    guard = customs()

    def said(*arguments: object) -> str:
        out = io.StringIO()
        call_command("customs_file", *map(str, arguments), stdout=out)
        return out.getvalue()

    assert "7 transactions, nothing is wrong" in said("check", SAMPLES / "license_usage_file")
    with pytest.raises(CommandError, match="Line 7, controlledBy"):
        said("check", SAMPLES / "license_update_file")
    file, reply = tmp_path / "usage", tmp_path / "reply"
    file.write_text(usage(licence, row("O", 1)))
    assert "1 accepted, 0 rejected" in said("receive", file, "--as", guard.email, "--out", reply)
    assert reply.read_text().splitlines()[1] == "2\\accepted\\LU00001/00001"
    assert "1 licences" in said("licences", "--as", guard.email, "--out", tmp_path / "licences")
    assert '"type": "siel"' in said("payload", licence.number)
    for wrong in (
        ("payload", "EL-0"),
        ("receive", file, "--as", "nobody@example.org"),
        ("check", tmp_path / "none"),
    ):
        with pytest.raises(CommandError):
            said(*wrong)
