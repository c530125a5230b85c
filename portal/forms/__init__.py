"""The forms of the exporter's door: they shape answers; `licensing.dossier` judges them."""
