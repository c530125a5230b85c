"""Documents for print, set by typst as PDF/A."""
