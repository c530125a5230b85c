"""Measurements: `./entente bench NAME` calls `run(arguments)` of the module, which returns the exit code."""
