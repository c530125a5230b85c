"""What each verdict means for the goods at the gate: one sentence for each code, which packs carry along."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Verdict:
    """`tone`: good, wait or bad. `known`: whether it was judged at all."""

    tone: str
    title: str | Promise
    says: str | Promise
    known: bool = True


STATES: dict[str, Verdict] = {
    "valid": Verdict("good", _("This licence is valid"), _("Goods may leave under it, within its limits.")),
    "not_valid_here": Verdict(
        "bad",
        _("This licence is not valid here"),
        _("The member where the goods are has not consented: nothing may leave from there under it."),
    ),
    "not_yet_valid": Verdict(
        "wait", _("This licence is not valid yet"), _("Nothing may leave under it yet.")
    ),
    "suspended": Verdict("wait", _("This licence is suspended"), _("Nothing may leave under it for now.")),
    "revoked": Verdict("bad", _("This licence is revoked"), _("Nothing may leave under it any more.")),
    "expired": Verdict("bad", _("This licence has expired"), _("Its last day is over.")),
    "exhausted": Verdict("bad", _("This licence is exhausted"), _("All it permitted has left.")),
    "surrendered": Verdict("bad", _("This licence was surrendered"), _("Its holder gave it back.")),
    "replaced": Verdict(
        "bad",
        _("This licence was replaced by another"),
        _("Nothing may leave under it. Ask the exporter for the licence that took its place."),
    ),
    "superseded": Verdict(
        "wait",
        _("There is a later edition of this licence"),
        _("This one does not count any more. Ask the exporter for the edition that holds now."),
    ),
    "unknown": Verdict(
        "bad",
        _("This licence was never issued"),
        _("The signature is right, but no such licence is on record: treat it as forged and report it."),
    ),
}
FLAWS: dict[str, Verdict] = {
    "unreadable": Verdict(
        "bad",
        _("This cannot be read"),
        _("It is cut off, or no credential at all. Take the whole text or file as it was downloaded."),
        known=False,
    ),
    "wrong_type": Verdict(
        "bad",
        _("This is signed, but it is no licence"),
        _("Its type is another one. Ask for the licence as vc+jwt or vc+sd-jwt."),
    ),
    "wrong_algorithm": Verdict(
        "bad",
        _("This is not signed as licences are"),
        _("Licences are signed with ES256. Anything else, or no signature, is forged."),
    ),
    "unknown_issuer": Verdict(
        "bad",
        _("Nobody known here issued this"),
        _("Its issuer is no member of the alliance, or one of another installation."),
    ),
    "unknown_key": Verdict(
        "bad",
        _("The issuer has no such key here"),
        _("It is forged, or signed with a key newer than what is known here: look it up on the network."),
    ),
    "key_of_another_issuer": Verdict(
        "bad",
        _("The key belongs to somebody else"),
        _("It names one member as its issuer and is signed with the key of another: treat it as forged."),
    ),
    "signature_wrong": Verdict(
        "bad",
        _("The signature does not hold"),
        _("Something was changed after it was signed: treat it as forged."),
    ),
    "key_not_then": Verdict(
        "bad",
        _("The key did not sign at that time"),
        _("It is dated before the key was made, or after it was retired: treat it as forged."),
    ),
    "key_revoked": Verdict(
        "bad",
        _("The key was revoked before this was signed"),
        _("Nothing signed with it since counts. Ask the exporter to fetch the licence again."),
    ),
    "wrong_content": Verdict(
        "bad",
        _("This does not say what a licence says"),
        _("It is signed, but parts that a licence has are missing or of another form."),
    ),
    "disclosure_wrong": Verdict(
        "bad",
        _("What is disclosed is not what was signed"),
        _("A disclosure was changed, is of another licence, or is cut off: treat it as forged."),
    ),
    "not_as_recorded": Verdict(
        "bad",
        _("This is not what was issued"),
        _("The licence is on record with other contents: treat this one as forged and report it."),
    ),
    "status_of_another_issuer": Verdict(
        "bad",
        _("Its status would be told by somebody else"),
        _("A licence is revoked by its own issuer, and this one points elsewhere: treat it as forged."),
    ),
    "status_missing": Verdict(
        "wait",
        _("Its status is not known here"),
        _("The list that its status stands in is not at hand. Fetch a new pack, or look it up."),
        known=False,
    ),
    "status_unreadable": Verdict(
        "wait",
        _("Its status cannot be read"),
        _("The list that its status stands in is damaged. Fetch a new pack, or look it up."),
        known=False,
    ),
    "status_stale": Verdict(
        "wait",
        _("Its status is too old"),
        _("The list that its status stands in counts no longer. Fetch a new pack, or look it up."),
        known=False,
    ),
    "newer_than_pack": Verdict(
        "wait",
        _("This licence is newer than the pack"),
        _("It was signed after the pack was made. Fetch a new pack, or look it up."),
        known=False,
    ),
    "pack_unreadable": Verdict(
        "wait",
        _("The pack cannot be read"),
        _("It is cut off, or no border pack. Take the whole file as it was downloaded."),
        known=False,
    ),
    "pack_not_trusted": Verdict(
        "bad",
        _("The pack is not signed by the member it is for"),
        _("Nothing is judged by it. Download it again, and its keys from the issuer's own address."),
        known=False,
    ),
    "pack_expired": Verdict(
        "wait",
        _("The pack has expired"),
        _("A pack serves for 24 hours. Fetch a new one, or look the licence up."),
        known=False,
    ),
    "clock_behind": Verdict(
        "wait",
        _("The clock of this device is wrong"),
        _("It shows a time before the pack was made. Set it, and verify again."),
        known=False,
    ),
}
VERDICTS = STATES | FLAWS
#: Verdicts by which goods may leave.
GO = frozenset({"valid"})


def rules() -> list[dict[str, object]]:
    """Return every verdict as packs carry it."""
    return [
        {
            "code": code,
            "go": code in GO,
            "known": one.known,
            "tone": one.tone,
            "title": str(one.title),
            "says": str(one.says),
        }
        for code, one in VERDICTS.items()
    ]
