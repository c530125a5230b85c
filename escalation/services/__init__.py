"""Routing, windows and the ladder: what moves a case when nobody does."""
