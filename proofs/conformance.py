"""Sandboxes of two partners are apart, and the conformance suite passes on them as every role; each check fails
where a deployment or a receiver is broken in the way it looks for.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench import _hooks
from config.embedded.folder import ROOT, DataFolder
from config.embedded.progress import step
from config.embedded.sandboxes import SHOWN_ONCE, Sandboxes
from config.embedded.servers import PYTHON
from conformance import receiver, suite
from conformance.__main__ import ROLES, USUAL
from conformance.partner import Partner
from proofs._broken import DEPLOYMENTS, RECEIVERS, Broken, Habits, receiving

REFERENCES = ("application", "case", "licence", "shipment", "crisis")
PARTNERS = ("alpha", "beta")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
HALF_A_MONTH = 15 * 24  # hours


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente prove conformance", description=__doc__)
    parser.parse_args(arguments)
    parent = Path(tempfile.mkdtemp(prefix="entente-sandboxes-"))
    folder = DataFolder(parent / "sandboxes")
    folder.hold("sandbox up")
    sandboxes = Sandboxes(folder, durable=False)
    try:
        for port, name in enumerate(PARTNERS, 8150):
            sandboxes.add(name, port)
        sandboxes.start()
        shown = {name: json.loads((folder.path / name / SHOWN_ONCE).read_text()) for name in PARTNERS}
        with step("the sandboxes are apart"):
            _apart(*(_System(shown[name]) for name in PARTNERS))
        alpha = folder.path / "alpha" / SHOWN_ONCE
        for role in ROLES:
            with step(f"the suite passes as {role}"):
                _passes(sandboxes.url("alpha"), role, alpha, parent)
        key = _registered(shown["alpha"], parent)
        broken = _each_check_fails(shown["alpha"], key)
        broken += _each_receiver_check_fails(parent)
        with step("a webhook is called"):
            _called(_System(shown["beta"]))
        with step("the clock is moved by half a month"):
            _later(_System(shown["beta"]))
    except AssertionError as failure:
        print(f"NOT PROVED: {failure}")
        return 1
    finally:
        sandboxes.stop()
        folder.release()
        shutil.rmtree(parent, ignore_errors=True)
    print(f"  {broken} checks, each of which fails where what it looks for is broken")
    print("Proved.")
    return 0


class _System:
    """A system of a sandbox's exporter."""

    def __init__(self, shown: dict[str, Any]) -> None:
        self.url, entry = shown["url"], shown["clients"]["exporter-de-1"]
        self.secret = (entry["client_id"], entry["client_secret"])
        self.sign_in()

    def sign_in(self) -> None:
        answer = requests.post(
            f"{self.url}/oauth/token/",
            data={"grant_type": "client_credentials"},
            auth=self.secret,
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        return requests.request(
            method, f"{self.url}{path}", json=body, headers=self.headers | headers, timeout=300
        )

    def stands(self) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", "/api/v1/sandbox/").json()
        return found


def _apart(alpha: _System, beta: _System) -> None:
    """Nothing of one opens, shows or verifies anything at the other, and a reset touches its own."""
    mark = "/api/v1/sandbox/"
    assert requests.get(f"{alpha.url}{mark}", timeout=30).status_code == 401
    assert requests.get(f"{beta.url}{mark}", headers=alpha.headers, timeout=30).status_code == 401
    refused = requests.post(
        f"{beta.url}/oauth/token/", data={"grant_type": "client_credentials"}, auth=alpha.secret, timeout=30
    )
    assert refused.status_code == 401, "credentials of one open the other"
    stood = alpha.stands()
    assert not [one for one in stood["scenarios"] if one.get("failed")], stood
    number = next(one["licence"] for one in stood["scenarios"] if one["key"] == "untouched")
    for form in ("vc%2Bjwt", "customs"):
        token = alpha.call("GET", f"/api/v1/licences/{number}/credential/?form={form}").json()["credential"]
        for system, verdict in ((alpha, "valid"), (beta, "unknown_issuer")):
            body = {"credential": token, "member": "FR"}
            said = system.call("POST", "/api/v1/credential-verification/", body).json()
            assert said["verdict"] == verdict, (system.url, said["verdict"])
    page = ROOT.joinpath("docs", "sandbox.md").read_text()
    lacking = [
        one[name]
        for one in stood["scenarios"]
        for name in REFERENCES
        if name in one and one[name] not in page
    ]
    assert not lacking, f"docs/sandbox.md lacks {lacking}"
    made = beta.call("POST", "/api/v1/applications/", {"dossier": {"title": "Of beta"}}).json()["reference"]
    assert alpha.call("GET", f"/api/v1/applications/{made}/").status_code == 404
    assert alpha.call("POST", "/api/v1/sandbox/reset/").status_code == 200
    assert alpha.call("GET", mark).status_code == 401, "a token outlives the reset"
    assert beta.call("GET", f"/api/v1/applications/{made}/").status_code == 200, (
        "the reset of one touched the other"
    )
    alpha.sign_in()
    assert _same(alpha.stands(), stood), "other references"
    for system in (alpha, beta):
        assert system.call("GET", "/api/v1/cases/").headers["Entente-Sandbox"] == "true"


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two resets left the same references."""
    rows = (
        [[row.get(name) for name in REFERENCES] for row in system["scenarios"]] for system in (one, other)
    )
    return next(rows) == next(rows)


def _passes(url: str, role: str, credentials: Path, parent: Path) -> None:
    report = parent / f"{role}.json"
    command = [
        PYTHON,
        "-P",
        "-m",
        "conformance",
        "--url",
        url,
        "--as",
        role,
        "--credentials",
        str(credentials),
    ]
    began = time.monotonic()
    done = subprocess.run(
        [*command, "--json", str(report)],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"as {role}:\n{done.stdout[-3000:]}{done.stderr[-500:]}"
    told = json.loads(report.read_text())
    assert {one["outcome"] for one in told["checks"]} <= {"passed", "skipped"}, told
    assert time.monotonic() - began < 120


def _registered(shown: dict[str, Any], parent: Path) -> tuple[Path, str]:
    """Register a key for the system of an adviser, as the administrator of its member does: in a browser."""
    private = Ed25519PrivateKey.generate()
    path, public = parent / "position.pem", private.public_key().public_bytes_raw()
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    jwk = {
        "kty": "OKP",
        "crv": "Ed25519",
        "kid": "conformance",
        "x": base64.urlsafe_b64encode(public).rstrip(b"=").decode(),
    }
    url, browser = shown["url"], requests.Session()

    def post(address: str, **values: str) -> requests.Response:
        token = TOKEN.search(browser.get(f"{url}{address}", timeout=30).text)
        assert token, address
        sent = {**values, "csrfmiddlewaretoken": token[1]}
        return browser.post(f"{url}{address}", data=sent, headers={"Referer": url}, timeout=30)

    post("/demo/", person="dana.whitlock@trade.us.example")
    listed = browser.get(f"{url}/account/", timeout=30).text
    system = re.search(r"/account/systems/\d+/", listed)
    assert system, "no system of hers is listed"
    post("/demo/", person="theodore.banks@trade.us.example")
    answer = post(system[0], keys=json.dumps({"keys": [jwk]}))
    assert answer.status_code == 200, answer.status_code
    assert "conformance" in answer.text, "the key is not shown"
    return path, jwk["kid"]


def _each_check_fails(shown: dict[str, Any], key: tuple[Path, str]) -> int:
    """Every check passes on the deployment as it is, and fails on the one that is broken in its way."""
    seen: set[str] = set()
    for role, checks in ROLES.items():
        with step(f"each check fails as {role}"):
            for check in checks:
                if check.name in seen:
                    continue
                seen.add(check.name)
                assert check.name in DEPLOYMENTS, f"nothing breaks {check.name}"
                partner = _partner(shown, role, key if check.name == "signed-position" else None)
                for mend in (False, True):
                    _judge(check, partner, None if mend else DEPLOYMENTS[check.name])
    return len(seen)


def _partner(shown: dict[str, Any], role: str, key: tuple[Path, str] | None) -> Partner:
    entry = shown["clients"]["us-licensing_officer" if key else USUAL[role]]
    made = Partner(shown["url"], entry["client_id"], entry["client_secret"], role)
    return replace(made, key=key[0], key_id=key[1]) if key else made


def _judge(check: suite.Check[Partner], partner: Partner, broken: Broken | None) -> None:
    _ = partner.bearer, partner.sandbox  # what the check stands on is not broken
    partner.session = requests.Session()
    if broken is not None:
        partner.session.mount("http://", broken)
    result = suite.run([check], partner)[0]
    wanted = suite.PASSED if broken is None else suite.FAILED
    assert result.outcome == wanted, (
        f"{check.name} {result.outcome}, broken: {broken is not None}: {result.reason}"
    )


def _each_receiver_check_fails(parent: Path) -> int:
    key = receiver.loaded(parent / "webhook.key")
    with step("each check of a receiver fails"):
        for check in receiver.checks:
            assert check.name in RECEIVERS, f"nothing breaks {check.name}"
            for habits, wanted in ((Habits(), suite.PASSED), (RECEIVERS[check.name], suite.FAILED)):
                of = receiver.Receiver("", key)
                with receiving(of.told, habits) as url:
                    of.url = url
                    result = suite.run([check], of)[0]
                assert result.outcome == wanted, (
                    f"{check.name} {result.outcome} with {habits}: {result.reason}"
                )
    return len(receiver.checks)


def _later(system: _System) -> None:
    """Half a month on, what nobody confirmed is revoked, what was reserved is free, and tokens are still good."""
    numbers = {one["key"]: one.get("licence") for one in system.stands()["scenarios"]}
    answer = system.call("POST", "/api/v1/sandbox/clock/", {"hours": HALF_A_MONTH})
    assert answer.status_code == 200, answer.text
    said = system.call("GET", f"/api/v1/licences/{numbers['provisional']}/verification/").json()
    assert said["status"] == "revoked", said
    usage = system.call("GET", f"/api/v1/licences/{numbers['balance']}/usage/").json()[0]
    assert (usage["reserved"], usage["left"]) == ("0", "7.000"), usage
    system.sign_in()
    assert system.call("GET", "/api/v1/cases/").status_code == 200


def _called(system: _System) -> None:
    """A webhook that the partner registers is told of what happens."""
    listeners = _hooks.Listeners(1, 0)
    try:
        address = f"http://127.0.0.1:{listeners.ports[0]}/hooks"
        assert system.call("POST", "/api/v1/webhooks/", {"url": address, "types": []}).status_code == 201
        system.call("POST", "/api/v1/applications/", {"dossier": {"title": "Told to a webhook"}})
        deadline = time.monotonic() + 20
        while not listeners.heard():
            assert time.monotonic() < deadline, "the webhook was not called"
            time.sleep(0.2)
    finally:
        listeners.close()
