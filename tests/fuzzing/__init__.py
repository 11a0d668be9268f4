"""Breaking planguard on purpose: runs of the command in this process, mutations, canaries, and what must never happen.

Used by `tests/properties` for a minute, and by `python -m bench.fuzz` for as long as one likes.
"""
