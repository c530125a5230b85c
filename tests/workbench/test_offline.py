"""Customs take tokens, print them, tell what left, and settle what is not covered, at the workbench."""

from __future__ import annotations

import io
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from core import clock
from enforcement.models import OfflineConflict, OfflineToken, OfflineUse
from licensing.models import Licence
from licensing.services import border_packs
from tests.enforcement.conftest import WHY, customs, licence
from tests.enforcement.test_offline import token_of, used
from tests.licensing.conftest import answered, desk
from tests.workbench.test_cases import SignedIn
from tests.workbench.test_queries import queries

__all__ = ["answered", "desk", "licence"]
pytestmark = pytest.mark.usefixtures("in_force")
HOME = "/workbench"
TOKENS, USES, CONFLICTS, CONFLICT = 12, 12, 11, 12  # baselines: raise them only with a reason


def told(token: str, **changes: str) -> dict[str, str]:
    now = clock.now()
    given = {
        "how": "one", "token": token, "quantity": "1", "used_on": now.strftime("%Y-%m-%d"),
        "used_time": "00:00", "office": "DE004851", "declaration": "26DE1",
    }  # fmt: skip
    return {**given, **changes}


def test_customs_take_a_token_tell_its_use_and_settle_the_rest(licence: Licence, signed_in: SignedIn) -> None:
    guard, other = customs(), customs()
    browser = signed_in(guard)
    page = f"{HOME}/drawdown/{licence.number}/token/"
    wrong = browser.post(
        page, {"line": "1", "quantity": "99", "unit": "NAR", "office": "DE004851", "hours": "25"}
    )
    assert wrong.status_code == 422
    assert "24" in wrong.content.decode()
    over = browser.post(
        page, {"line": "1", "quantity": "99", "unit": "NAR", "office": "DE004851", "hours": "4"}
    )
    assert over.status_code == 409
    assert "99 are asked for" in over.content.decode()
    made = browser.post(
        page, {"line": "1", "quantity": "2", "unit": "NAR", "office": "DE004851", "hours": "4"}
    )
    token = OfflineToken.objects.get()
    assert made.url == f"{HOME}/offline/tokens/{token.uid}/"
    sheet = browser.get(made.url).content.decode()
    assert token.number in sheet
    assert "data:image/svg+xml" in sheet
    assert licence.holder.name in sheet
    file = browser.get(f"{made.url}file/")
    assert (file.content.decode(), file.headers["Content-Type"]) == (token.text, "application/jose")
    assert browser.post(f"{HOME}/offline/uses/", told(token.number, used_time="x")).status_code == 422
    # at the beginning of the day the token was not made yet: never as cover
    answer = browser.post(f"{HOME}/offline/uses/", told(token.number))
    conflict = OfflineConflict.objects.get()
    assert (conflict.reason, answer.url) == ("out_of_time", f"{HOME}/offline/conflicts/{conflict.uid}/")
    act = f"{HOME}/offline/conflicts/{conflict.uid}/"
    assert browser.post(f"{act}propose/", {"proposal": "late", "reason": "short"}).status_code == 422
    assert browser.post(f"{act}propose/", {"proposal": "late", "reason": WHY}).url == act
    assert "another person agrees" in browser.get(act).content.decode()
    assert browser.post(f"{act}settle/", {"reason": WHY}).status_code == 403
    assert signed_in(other).post(f"{act}settle/", {"reason": WHY}).url == act
    assert OfflineConflict.objects.get().status == "accepted"


def test_many_uses_are_told_at_once_and_every_mistake_names_its_line(
    licence: Licence, signed_in: SignedIn
) -> None:
    guard = customs()
    browser, token = signed_in(guard), token_of(guard, licence)
    now = clock.now().astimezone(ZoneInfo("Europe/Berlin")).strftime("%Y-%m-%d %H:%M")
    rows = f"{token.number}; 1; {now}; 26DE1\n\n; 1; {now}; 26DE2; {licence.number}; 1; NAR"
    page = f"{HOME}/offline/uses/"
    for bad, mistake in (
        (f"{rows}\n{token.number}; 1; {now}", "Line 4: give 4 to 7 parts"),
        (f"{rows}\n{token.number}; one; {now}; 26DE3", "Line 4: give a quantity"),
        (f"{rows}\n{token.number}; 1; yesterday; 26DE3", "Line 4: give day and time"),
        (f"{rows}\n{token.number}; 1; {now}; ?", "Line 4, declaration"),
        (f"{rows}\n{'x' * 140_000}; 1; {now}; 26DE3", "Line 4, token"),
    ):
        answer = browser.post(page, {"how": "batch", "office": "DE004851", "rows": bad})
        assert (answer.status_code, mistake in answer.content.decode()) == (422, True), mistake
    assert not OfflineUse.objects.exists()
    for _twice in range(2):
        assert browser.post(page, {"how": "batch", "office": "DE004851", "rows": rows}).url == page
    assert [row.confirmed for row in OfflineUse.objects.order_by("declaration")] == [1, 0]


def test_a_token_is_verified_from_its_file_by_a_pack_without_a_server(
    licence: Licence, tmp_path: Path
) -> None:
    guard = customs()
    token = token_of(guard, licence)
    file, pack = tmp_path / "token.jwt", tmp_path / "de.pack"
    file.write_text(token.text)
    pack.write_text(border_packs.make(actor=guard).text)

    def judged(*more: str) -> tuple[int, str]:
        out = io.StringIO()
        with pytest.raises(SystemExit) as left:
            call_command("verify_licence", str(file), *more, stdout=out)
        return int(left.value.code or 0), out.getvalue()

    code, text = judged("--pack", str(pack))
    assert code == 0
    assert f"2 NAR of line 1 of {licence.number}" in text
    assert "at DE004851 until" in text
    assert judged("--member", "FR")[0] == 1, "it is for another member"
    with pytest.raises(CommandError, match="EL-0000-0000 is not in this pack: it does not hold in DE"):
        call_command("verify_licence", "EL-0000-0000", "--pack", str(pack))
    assert json.loads(judged("--json")[1])["verdict"] == "token_valid"
    file.write_text(token.text[:-2] + ("AA" if not token.text.endswith("AA") else "BA"))
    assert (judged("--pack", str(pack))[0], judged()[0]) == (1, 1)


def test_pages_do_not_grow_with_what_was_taken_and_told(licence: Licence, signed_in: SignedIn) -> None:
    guard = customs()
    browser = signed_in(guard)
    used(guard, token_of(guard, licence, 1).text, 2)
    pages = [f"{HOME}/{name}/" for name in ("offline", "offline/uses", "offline/conflicts")]
    pages.append(f"{HOME}/offline/conflicts/{OfflineConflict.objects.get().uid}/")
    few = [queries(browser, page) for page in pages]
    for _number in range(2):
        used(guard, token_of(guard, licence, 1).text, 2)
    many = [queries(browser, page) for page in pages]
    limits = (TOKENS, USES, CONFLICTS, CONFLICT)
    assert all(more <= less <= most for more, less, most in zip(many, few, limits, strict=True)), (few, many)
