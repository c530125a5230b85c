"""The exporter's pages, by subject."""
