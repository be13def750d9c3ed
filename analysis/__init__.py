"""Pure judgement of changes: no GitHub, no Flask, no Redis, no network, no clock.

A `Change` (change.py) goes in, an `Assessment` (rating.py) comes out. In between, signals.py states facts
about the change and rating.py adds up their points; `assess.py` is the one door.
"""
