"""Real token counts: the only module that calls tokenizers, for operators who name their model's `tokenizer.json`."""

import functools
import logging
from collections.abc import Callable
from pathlib import Path

from analysis.tokens import estimate

log = logging.getLogger("ghapp.tokenizer")


@functools.cache
def counter(path: Path | None) -> Callable[[str], int]:
    """How many tokens a text has.

    Args:
        path: A `tokenizer.json` as publishers of models give it; None: there is none.

    Returns:
        The model's own count; without a file that can be used the estimate, which is above it.
    """
    if path is None:
        return estimate
    from tokenizers import Tokenizer  # noqa: PLC0415 - optional, and 20 MB that others need not have

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001 - the library raises no narrower type
        log.error("GHAPP_TOKENIZER: %s is no tokenizer.json, tokens are estimated: %s", path, error)  # noqa: TRY400
        return estimate
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    return count
