"""Long proofs against real processes: `./entente prove NAME` runs `run(arguments)` of the module."""
