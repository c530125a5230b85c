"""The conformance suite: what it says of a receiver, how it fails, and that it needs nothing of the platform."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conformance import receiver, suite
from conformance.__main__ import ROLES, main
from conformance.suite import Checks
from proofs._broken import DEPLOYMENTS, RECEIVERS, Habits, receiving
from tests.architecture import source

ALONE = {"requests", "cryptography", "http_message_signatures", "conformance"}


def judged(habits: Habits, *names: str) -> dict[str, suite.Result]:
    of = receiver.Receiver("", Ed25519PrivateKey.generate())
    with receiving(of.told, habits) as url:
        of.url = url
        return {one.name: one for one in suite.run(receiver.checks, of, only=names)}


def test_a_receiver_that_does_as_the_documentation_says_passes() -> None:
    assert [one for one in judged(Habits()).values() if one.outcome != suite.PASSED] == []


@pytest.mark.parametrize("name", RECEIVERS)
def test_a_receiver_that_is_broken_fails_the_check_that_looks_for_it(name: str) -> None:
    result = judged(RECEIVERS[name], name)[name]
    assert result.outcome == suite.FAILED
    assert "answered with" in result.reason or "refused with" in result.reason


def test_something_breaks_every_check() -> None:
    """`./entente prove conformance` shows that each fails then."""
    assert {check.name for check in receiver.checks} == set(RECEIVERS)
    assert {check.name for checks in ROLES.values() for check in checks} == set(DEPLOYMENTS)


def test_every_check_names_a_page_and_a_heading_that_exist() -> None:
    for check in [check for checks in (*ROLES.values(), receiver.checks) for check in checks]:
        page, _hash, anchor = check.doc.partition("#")
        text = (source.ROOT / page).read_text()
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}
        assert not anchor or anchor in anchors, check.doc


def test_an_answer_of_another_shape_fails_a_check_and_stops_no_other() -> None:
    checks: Checks[dict[str, Any]] = Checks()

    @checks.add("docs/api.md")
    def reads(of: dict[str, Any]) -> None:
        """Something is there."""
        suite.expect(of["there"], "It is not.")

    @checks.add("docs/api.md", writes=True)
    def writes(of: dict[str, Any]) -> None:
        """Something is written."""

    told = suite.run(checks, {}, writing=False)
    assert [one.outcome for one in told] == [suite.FAILED, suite.SKIPPED]
    assert "KeyError" in suite.line(told[0])
    assert "See docs/api.md" in suite.line(told[0])
    assert json.loads(suite.report(told, url="x"))["checks"][1]["reason"].startswith("This writes")


def test_it_runs_alone() -> None:
    """A partner takes the folder and three packages."""
    for path in source.ROOT.joinpath("conformance").glob("*.py"):
        tops = {
            name.partition(".")[0]
            for node in ast.walk(ast.parse(path.read_text()))
            for name in source.imported(node)
        }
        assert {
            name for name in tops - ALONE if name not in __import__("sys").stdlib_module_names
        } == set(), path


def test_it_says_what_it_has_to_be_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "--receiver" in capsys.readouterr().err
    assert main(["--url", "http://127.0.0.1:9"]) == 2
    assert "--credentials" in capsys.readouterr().err
