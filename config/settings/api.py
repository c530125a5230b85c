"""REST, its schema and partner sign-in."""

from typing import Any

from config.settings.environment import number, text

OAUTH2_PROVIDER_APPLICATION_MODEL = "members.ApiClient"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "oauth2_provider.AccessToken"  # noqa: S105  (the library's own)

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.ClientAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["api.renderers.TaggedJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.BoundedJSONParser"],
    "URL_FORMAT_OVERRIDE": None,  # what an answer is written in is asked for with Accept alone
    "DEFAULT_SCHEMA_CLASS": "api.schema.Schema",
    "EXCEPTION_HANDLER": "api.problems.handler",
    "COERCE_DECIMAL_TO_STRING": True,
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Entente API",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Allied export licensing. Sign in with OAuth2 client credentials at /oauth/token/. "
    "Errors are problem details (RFC 9457). Partners try it out in a sandbox (docs/sandbox.md), whose own "
    "addresses are described there. What members share is also served as STIX over TAXII 2.1, from /taxii2/ on "
    "(docs/taxii.md).",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # Names that clients generated from the schema keep, whatever else gets a field of that name.
    "ENUM_NAME_OVERRIDES": {
        "AnswerKindEnum": "escalation.models.Answer.Kind",
        "BlindPairStatusEnum": "intelligence.models.BlindPair.Status",
        "CharterVersionStatusEnum": "alliance.models.AuthoredCharter.Status",
        "ExerciseKindEnum": "escalation.models.Exercise.Kind",
        "ExerciseStatusEnum": "escalation.models.Exercise.Status",
        "ImprovementStatusEnum": "escalation.models.Improvement.Status",
        "LiaisonPackageStatusEnum": "escalation.models.LiaisonPackage.Status",
        "MeasureVersionStatusEnum": "alliance.models.PreparedSet.Status",
        "CaseStatusEnum": "licensing.models.Case.Status",
        "DecisionKindEnum": "licensing.models.Decision.Kind",
        "GuidanceStatusEnum": "escalation.models.Guidance.Status",
        "JointEffectStatusEnum": "escalation.models.JointEffect.Status",
        "PrepositionStatusEnum": "escalation.models.Preposition.Status",
        "ProviderEnum": "exemptions.grounds.Provider",
        "SupplyEnum": "exemptions.grounds.Supply",
        "OrderOutcomeEnum": "licensing.models.SuspiciousOrder.Outcome",
        "OrderReviewOutcomeEnum": "licensing.models.SuspiciousOrderReview.Outcome",
    },
}

# Calls in a minute: of one client, and (open) of one address that does not sign in. 0: no limit.
API_LIMITS = {
    "read": number("ENTENTE_API_READS", 6000),
    "write": number("ENTENTE_API_WRITES", 3000),
    "screening": number("ENTENTE_API_SCREENINGS", 600),  # each asks about up to 1,000 parties
    "open": number("ENTENTE_API_OPEN", 120),
}

# The header in which the proxy that ends TLS tells a system's certificate; only where it sets it on every request.
CLIENT_CERT_HEADER = text("ENTENTE_CLIENT_CERT_HEADER")

OAUTH2_PROVIDER: dict[str, Any] = {
    "OAUTH2_VALIDATOR_CLASS": "members.signin.ClientValidator",
    "SCOPES_BACKEND_CLASS": "members.oauth.ClientScopes",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "CLIENT_SECRET_HASHER": "sha256_random",
}
