"""The operations of API v1, by subject."""
