"""What a person says of a system that acts for them or for those they administer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pages.forms import EntenteForm


class KeysForm(EntenteForm):
    keys = forms.CharField(
        label=_("Public keys"),
        required=False,
        strip=True,
        help_text=_(
            "A JWK set (RFC 7517) with 1 to 5 public keys: EC on P-256 or P-384, Ed25519, or RSA of 2048 bits or "
            "more. It takes the place of the set before. Leave it empty to go back to the secret."
        ),
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )
