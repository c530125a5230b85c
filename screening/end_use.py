"""Whether an end-use statement says anything: what a vague one leaves out. Pure."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

#: Phrases that say nothing of a use; what remains of a statement without them is what it says.
EMPTY = (
    "industrial use", "industrial purposes", "industrial application", "general purpose", "general use",
    "general industrial", "civil use", "civilian use", "commercial use", "commercial purposes", "for resale",
    "resale", "for sale", "for trading", "trading purposes", "for stock", "own use", "internal use",
    "various applications", "various projects", "as required", "to be determined", "to be confirmed",
    "research purposes", "for research", "laboratory use", "testing purposes", "spare parts", "end use",
    "normal use", "standard use", "business purposes", "production purposes", "for production", "for export",
    "not applicable", "unknown", "see attached", "as per contract", "as agreed",
)  # fmt: skip
FILLER = frozenset({
    "a", "an", "and", "any", "all", "as", "at", "be", "by", "for", "from", "in", "into", "is", "it",
    "its", "of", "on", "only", "or", "our", "such", "that", "the", "their", "them", "these", "this",
    "to", "under", "use", "used", "uses", "using", "we", "which", "will", "with", "within", "purpose",
    "purposes", "end", "user", "customer", "client", "company", "goods", "item", "items", "product",
    "products", "equipment", "material", "materials", "application", "applications",
})  # fmt: skip
#: Words that say what is done with the goods.
ACTIONS = re.compile(
    r"\b(install|integrat|assembl|measur|monitor|test|calibrat|machin|mill|drill|cut|weld|manufactur|produc|"
    r"process|analy[sz]|diagnos|treat|steriliz|sterilis|pump|filter|film|record|observ|survey|map|navigat|"
    r"communicat|transmit|encrypt|protect|control|operat|power|generat|cool|heat|train|teach|repair|replac|"
    r"maintain|research|stud|simulat|comput|store|transport|irrigat|purif|inspect|irradiat|scan|imag|detect|"
    r"validat|develop|build|construct|supply|provid|run)\w*",
    re.IGNORECASE,
)
LEAST_WORDS = 5


def vagueness(text: str) -> list[str]:
    """Return what a statement of end-use leaves out, as sentences to the exporter; empty when it will do.

    A statement has to say what is done with the goods and for what result, in at least five words that are
    not filler once the empty phrases are gone ("industrial use", "for resale").
    """
    plain = " ".join(re.findall(r"[^\W_]+", text.casefold()))
    empty = sorted({phrase for phrase in EMPTY if re.search(rf"\b{re.escape(phrase)}\b", plain)}, key=len)
    said = plain
    for phrase in reversed(empty):
        said = re.sub(rf"\b{re.escape(phrase)}\b", " ", said)
    words = {word for word in said.split() if word not in FILLER and len(word) > 2}
    missing = []
    if len(words) < LEAST_WORDS:
        if empty:
            missing.append(
                _(
                    "“%(phrase)s” does not say what the goods are used for. Name the process, machine or project."
                )
                % {"phrase": empty[-1]}
            )
        else:
            missing.append(_("Say more: name the process, machine or project the goods are used in."))
    if not ACTIONS.search(said):
        missing.append(
            _("Say what is done with the goods there, for example “measuring”, “milling” or “treating”.")
        )
    return missing
