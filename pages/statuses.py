"""The colour of each status, the same on every page. What is not named here is grey."""

COLOURS = {
    # moving
    "applied": "blue",
    "registered": "blue",
    "in_assessment": "blue",
    "in_review": "blue",
    "open": "blue",
    "awaiting_countersign": "purple",
    "proposed": "purple",
    "proposed_clear": "purple",
    # waiting for somebody
    "awaiting_applicant": "yellow",
    "need_information": "yellow",
    "on_hold": "yellow",
    "held": "yellow",
    "suspended": "yellow",
    "parked": "orange",
    "lapsed": "orange",
    "returned": "orange",
    # good ends
    "vetted": "green",
    "answered": "green",
    "cleared": "green",
    "no_objection": "green",
    "approve": "green",
    "approve_with_conditions": "teal",
    "granted": "green",
    "grant": "green",
    "granted_in_part": "teal",
    "grant_in_part": "teal",
    "no_licence_required": "green",
    "issued": "green",
    "valid": "green",
    "done": "green",
    "in_force": "green",
    # bad ends
    "object": "red",
    "refused": "red",
    "refuse": "red",
    "revoked": "red",
    "confirmed": "red",
    # bands
    "green": "green",
    "amber": "yellow",
    "red": "red",
    "black": "magenta",
}
