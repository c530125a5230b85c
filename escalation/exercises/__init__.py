"""Exercises: the production code on a forked state, by a virtual clock, the same for the same number.

`plans` says what is exercised, `people` and `dossiers` draw everything from the number, `realm` fills an empty
database, `run` lives through it, `scorecard` counts what the database then holds. Of a table-top `table` counts
what people said: nothing runs.
"""
