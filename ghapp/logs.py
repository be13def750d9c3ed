"""How processes log: one line each, to standard error, never a payload, a diff or a secret."""

import logging


def set_up_logs(level: str) -> None:
    """Log at `level` and above."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    # These write URLs and jobs' descriptions for every request; ours say what matters.
    for noisy in (
        "httpx",
        "httpcore",
        "httpx2",
        "httpcore2",
        "openai",
        "rq.worker",
        "rq.queue",
        "rq.registry",
        "rq.job",
    ):
        logging.getLogger(noisy).setLevel("DEBUG" if level == "DEBUG" else "WARNING")
