"""`ghapp doctor`: is everything as it must be, and what is to be done where it is not.

`examine` runs the checks. Each of the other modules looks at one subject and says what it found as `Check` values; it
changes nothing. What a check needs and cannot have is said once, by the check that found it missing.
"""
