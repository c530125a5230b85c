"""The public keys with which anyone verifies what this installation signed."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from core import signing


@require_safe
@cache_control(public=True, max_age=300)
def keys(request: HttpRequest) -> JsonResponse:
    """Answer with a JWK set (RFC 7517): the key that signs now, then those that signed before."""
    return JsonResponse(signing.published_keys(), content_type="application/jwk-set+json")
