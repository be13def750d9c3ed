"""Python's collection of garbage, for processes that mostly hold what they imported, and hold it to their end."""

import atexit
import gc

#: So many more objects must there be before it is looked which of them nobody needs; Python's own choice is 700.
MORE_OBJECTS = 10_000


def collect_rarely() -> None:
    """Look for garbage rarely while modules are imported, and not once more at the end, when everything goes anyway."""
    gc.set_threshold(MORE_OBJECTS, *gc.get_threshold()[1:])
    atexit.register(gc.freeze)
