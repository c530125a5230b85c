"""REST, its schema and partner sign-in."""

OAUTH2_PROVIDER_APPLICATION_MODEL = "members.ApiClient"
