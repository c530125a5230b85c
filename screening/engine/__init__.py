"""Comparing names with listed names: pure, in-process, read-only. No Django below this line."""
