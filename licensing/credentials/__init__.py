"""Licences that machines verify anywhere: W3C credentials, their status, and packs for places without a network."""
