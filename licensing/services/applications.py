"""Filing: drafts, submission, withdrawal, copies."""

from __future__ import annotations

import copy as copying
from collections.abc import Sequence
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actors import CLOCK, Actor
from core.errors import Conflict, Invalid, Stale
from core.models import ref, ref_id
from core.policies import require
from core.references import new_reference
from correspondence import services as correspondence
from correspondence.models import Document
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock
from intelligence import services as intelligence
from ledger import services as ledger
from licensing import dossier as dossiers
from licensing import replaced
from licensing.dossier import Dossier
from licensing.models import (
    Application,
    Case,
    Consultation,
    InformationRequest,
    Licence,
)
from licensing.policies import applications as policies
from licensing.services import emergencies, revisions, stops
from licensing.services.agents import hold, under_mandate
from licensing.services.locks import lock, locked
from members import services as members
from members.models import Mandate, Mandated, Organisation, User

DRAFT_EXPIRY = "application.draft_expiry"
ASSESSMENT = "case.assessment"
DRAFT_LIVES = Rule(12, "months")
ASSESSED_WITHIN = Rule(1800, "seconds")


@aggregate_lock("application")
def lock_applications(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock applications; see `deadlines.registry.AggregateLock`."""
    rows = Application.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def _locked(application: Application) -> Application:
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related("organisation__jurisdiction", "mandate__agent")
        .get(pk=application.pk)
    )


@transaction.atomic
def start(
    *,
    actor: User,
    organisation: Organisation,
    supersedes: Application | None = None,
    replaces: Licence | None = None,
    dossier: Dossier | None = None,
    mandate: Mandate | None = None,
) -> Application:
    """Start a draft, with what is known of its dossier; it expires after twelve months. `replaces`: see
    `replacing`.

    With `mandate`, an agent starts it for the exporter that gave it, who stays the applicant.
    """
    require(policies.can_start, actor, organisation, mandate)
    if mandate is not None:
        members.hold_mandate(actor=actor, mandate=mandate, act=Mandated.DRAFT)
    if (
        supersedes is not None
        and Licence.objects.filter(case__application=supersedes, renewable=False).exists()
    ):
        raise Conflict(
            _("A licence that was issued on an emergency request is not renewed: file a new application.")
        )
    now = clock.now()
    application = Application.objects.create(
        organisation=organisation,
        mandate=mandate,
        created_by=actor,
        created_at=now,
        saved_at=now,
        reference=new_reference("EA"),
        supersedes=supersedes,
        replaces=replaces,
    )
    jurisdiction = organisation.jurisdiction
    deadlines.set_due(
        kind=DRAFT_EXPIRY,
        aggregate=ref(application),
        subject=ref(application),
        start=now,
        rule=DRAFT_LIVES,
        calendar=jurisdiction.calendar,
        zone=jurisdiction.timezone,
        owner=organisation.name,
    )
    _record("application.started", actor, application)
    if dossier is not None:
        application = replace_draft(actor=actor, application=application, dossier=dossier)
    return application


def _record(type: str, actor: Actor, application: Application, **facts: Any) -> None:
    ledger.record(
        type,
        actor=actor,
        subject=application,
        aggregate=ref(application),
        audience=application.audience,
        facts={"reference": application.reference, **under_mandate(actor, application), **facts},
    )


@transaction.atomic
def save_section(
    *, actor: User, application: Application, section: str, data: Any, version: int | None = None
) -> Application:
    """Keep what was typed into one section, complete or not.

    `version` is the draft version the person started from: Stale, with both texts, if someone saved the
    same section since. None overwrites.
    """
    if section not in (*dossiers.SECTIONS, *dossiers.TOP_TEXTS):
        raise Invalid.field("section", _("There is no such section."))
    return replace_draft(actor=actor, application=application, dossier={section: data}, version=version)


@transaction.atomic
def replace_draft(
    *, actor: User, application: Application, dossier: Dossier, version: int | None = None
) -> Application:
    """Replace the sections named in `dossier`; the others stay."""
    application = _locked(application)
    require(policies.can_edit, actor, application)
    merged = {**application.draft, **dossier} if isinstance(dossier, dict) else dossier
    refused = dossiers.check_shape(merged)
    if refused:
        raise Invalid(
            _("This cannot be kept, even as a draft."),
            fields={f"dossier.{item.path}".rstrip("."): [item.message] for item in refused},
        )
    if version is not None and version != application.draft_version:
        raise Stale(
            _("Someone saved this draft while you were writing."),
            theirs=dossiers.canonical({key: application.draft.get(key) for key in dossier}),
            yours=dossiers.canonical(dossier),
        )
    application.draft = merged
    application.draft_version += 1
    application.saved_at = clock.now()
    own = merged.get("own_reference")
    application.own_reference = own[:60] if isinstance(own, str) else ""
    application.save(update_fields=["draft", "draft_version", "saved_at", "own_reference"])
    return application


@transaction.atomic
def attach_document(
    *, actor: User, application: Application, upload: IO[bytes], filename: str, kind: str
) -> Document:
    """Attach a file to a draft; what it is is judged by its content."""
    application = _locked(application)
    require(policies.can_edit, actor, application)
    documents = application.draft.get("documents")
    listed = list(documents) if isinstance(documents, list) else []
    if len(listed) >= 50:
        raise Invalid.field("file", _("Attach at most 50 documents."))
    document = correspondence.store_document(
        actor=actor,
        upload=upload,
        filename=filename,
        aggregate=ref(application),
        audience=application.audience,
        kind=kind,
    )
    listed.append(
        {"uid": str(document.uid), "kind": document.kind, "name": document.name, "sha256": document.sha256}
    )
    replace_draft(actor=actor, application=application, dossier={"documents": listed})
    return document


@transaction.atomic
def detach_document(*, actor: User, application: Application, document: Document) -> None:
    """Take a file off a draft."""
    application = _locked(application)
    require(policies.can_edit, actor, application)
    if document.aggregate != ref(application):
        raise Invalid.field("file", _("This document belongs to something else."))
    listed = [
        entry for entry in application.draft.get("documents", []) if entry.get("uid") != str(document.uid)
    ]
    replace_draft(actor=actor, application=application, dossier={"documents": listed})
    correspondence.remove_document(actor=actor, document=document)


@transaction.atomic
def submit(
    *, actor: User, application: Application, declaration: Dossier | None = None, final: bool = False
) -> Application:
    """Submit a draft: complete, it is registered and its case begins.

    Incomplete, it is refused with every deficiency (Invalid), or, when `final`, as a partner's system files
    it, returned without action with the deficiency codes: no clock starts (after 15 CFR 750.4(a)).
    Conflict, naming the case, when it was submitted before.
    """
    application = _locked(application)
    if application.status == Application.Status.REGISTERED:
        raise Conflict(
            _("This application was submitted already; its case is %(case)s.")
            % {"case": application.case.reference}
        )
    require(policies.can_submit, actor, application)
    hold(actor, application, Mandated.SUBMIT)
    dossier = copying.deepcopy(application.draft)
    if declaration is not None:
        dossier["declaration"] = declaration
    deficiencies = [
        *dossiers.check(dossier),
        *_foreign_documents(application, dossier),
        *replaced.deficiencies(application, dossier),
    ]
    if emergencies.too_late(application, dossier):
        deficiencies.append(
            dossiers.Deficiency("too_late", "emergency.needed_by", _("Choose a day that is not over yet."))
        )
    if deficiencies and final:
        return _return(actor, application, deficiencies)
    if deficiencies:
        fields: dict[str, list[str]] = {}
        for item in deficiencies:
            fields.setdefault(item.path, []).append(item.message)
        raise Invalid(_("The application is not complete yet."), fields=fields)
    return _register(actor, application, dossier)


def _foreign_documents(application: Application, dossier: Dossier) -> list[dossiers.Deficiency]:
    """A dossier may only name documents that were uploaded to it."""
    listed = dossier.get("documents")
    if not isinstance(listed, list) or not listed:
        return []
    named = [str(entry.get("uid")) if isinstance(entry, dict) else "" for entry in listed]
    own = {
        str(uid) for uid in Document.objects.filter(aggregate=ref(application)).values_list("uid", flat=True)
    }
    return [
        dossiers.Deficiency("bad_document", f"documents[{number}].uid", _("Upload this document first."))
        for number, uid in enumerate(named)
        if uid not in own
    ]


def _return(actor: User, application: Application, deficiencies: list[dossiers.Deficiency]) -> Application:
    application.return_without_action()
    application.deficiencies = dossiers.plain(deficiencies)
    application.save(update_fields=["status", "received_at", "deficiencies"])
    deadlines.cancel_all(ref(application))
    _record("application.returned", actor, application, codes=sorted({item.code for item in deficiencies}))
    return application


def _register(actor: User, application: Application, dossier: Dossier) -> Application:
    application.draft = dossier
    application.register()
    application.save(update_fields=["status", "draft", "received_at", "registered_at"])
    deadlines.cancel_all(ref(application))
    revision = revisions.freeze(actor=actor, application=application, dossier=dossier, number=1, reason="")
    lead = application.organisation.jurisdiction
    case = Case.objects.create(
        reference=new_reference("EN"),
        application=application,
        revision=revision,
        lead=lead,
        lane=claimed_lane(dossier),
        opened_at=clock.now(),
    )
    intelligence.widen_links(source_ref=ref(application), audience=case.audience)
    correspondence.share_documents(aggregate=ref(application), audience=case.audience)
    await_assessment(case)
    emergencies.ask(actor=actor, case=case, wanted=dossier.get("emergency"))
    ledger.record(
        "application.registered",
        actor=actor,
        subject=application,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.exporter_audience,
        facts={
            "case": case.reference,
            "reference": application.reference,
            "revision": 1,
            "sha256": revision.sha256,
            "lane": case.lane,
            **under_mandate(actor, application),
        },
    )
    return application


def await_assessment(case: Case) -> None:
    """Let an alarm fall due if the assessment does not come."""
    deadlines.set_due(
        kind=ASSESSMENT,
        aggregate=ref(case),
        subject=ref(case),
        start=clock.now(),
        rule=ASSESSED_WITHIN,
        calendar=case.lead.calendar,
        zone=case.lead.timezone,
        owner=case.lead.name,
    )


def claimed_lane(dossier: Dossier) -> str:
    """The lane a dossier asks for by the ground it claims; the criteria may send it elsewhere."""
    ground = dossier.get("ground")
    kind = ground.get("kind") if isinstance(ground, dict) else None
    return "humanitarian" if kind == "humanitarian" else "standard"


@transaction.atomic
def withdraw(*, actor: User, application: Application) -> Application:
    """Withdraw an application that is being handled; its case is closed."""
    case = Case.objects.filter(application=application).first()
    if case is not None:
        case = locked(case.pk)
    application = _locked(application)
    require(policies.can_withdraw, actor, application)
    hold(actor, application, Mandated.SUBMIT)
    assert case is not None
    from licensing.services import consultations, provisional, undercut
    from licensing.services.decisions import overtake

    if case.status == Case.Status.PROVISIONAL:
        provisional.repeal(actor=actor, case=case, reason=_("The exporter withdrew the application."))
    overtake(case=case, why=_("The exporter withdrew the application."))
    case.withdraw()
    case.save(update_fields=["status", "hold_owner", "hold_until"])
    application.withdraw()
    application.save(update_fields=["status"])
    for consultation in case.consultations.filter(status=Consultation.Status.OPEN):
        consultations.close_consultation(consultation=consultation)
    for question in case.information_requests.filter(status=InformationRequest.Status.OPEN):
        question.withdraw()
        question.save(update_fields=["status"])
    undercut.end_all(case)
    stops.end_all(case)
    emergencies.overtake(case=case)
    deadlines.cancel_all(ref(case))
    ledger.record(
        "case.withdrawn",
        actor=actor,
        subject=case,
        aggregate=ref(case),
        audience=case.exporter_audience,
        facts={"reference": application.reference, **under_mandate(actor, application)},
    )
    return application


@transaction.atomic
def copy(*, actor: User, application: Application) -> Application:
    """Start a new draft with the content of an application; declaration and documents are given anew, and emergency
    handling is asked for anew if at all."""
    require(policies.acts_for, actor, application, Mandated.DRAFT)
    by_agent = application.organisation_id not in actor.organisation_ids
    returned = application.status == Application.Status.RETURNED
    content = {
        key: copying.deepcopy(value)
        for key, value in application.draft.items()
        if key not in ("declaration", "documents", "emergency")
    }
    return start(
        actor=actor,
        organisation=application.organisation,
        supersedes=application if returned else None,
        replaces=_replaced_anew(application) if returned else None,
        dossier=content,
        mandate=application.mandate if by_agent else None,
    )


def _replaced_anew(application: Application) -> Licence | None:
    """Return the licence that an application was to replace, for the next that is filed in its stead; Conflict
    where another is to replace it already."""
    licence = application.replaces
    if licence is None:
        return None
    lock(licence.case_id)
    waiting = licence.replacements.filter(
        status__in=[Application.Status.DRAFT, Application.Status.REGISTERED]
    ).first()
    if waiting is not None:
        raise Conflict(
            _("%(reference)s is to replace it already: go on with that.") % {"reference": waiting.reference}
        )
    return licence


def expire_draft(due: DueInstant) -> None:
    """A draft that nobody submitted for twelve months expires."""
    application = Application.objects.get(pk=ref_id(due.subject, "application"))
    if application.status == Application.Status.DRAFT:
        application.expire()
        application.save(update_fields=["status"])
        _record("application.expired", CLOCK, application)
