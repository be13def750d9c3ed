"""Pure judgement of changes: no GitHub, no Flask, no Redis, no network, no clock.

A `Change` (change.py) goes in, an `Assessment` (rating.py) comes out; `assess.py` is the one door. In between:

* facts.py reads the change once: the role of each file (paths.py), its lines (patch.py), the title (title.py, by
  the words of wording.py);
* signals.py asks every source of signals (`*_signals.py`) what it sees in those facts;
* points.py says what each signal adds to importance and to risk, and rating.py adds up.

What became of landed changes, and so how often ratings came true, tell traces.py, outcomes.py and calibration.py.
"""
