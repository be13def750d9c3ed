"""What the tests of the model's client ask, and how."""

import pytest

from ghapp import llm_errors as errors
from ghapp.llm import Model

SCHEMA = {
    "title": "Answer",
    "type": "object",
    "properties": {"summary": {"type": "string"}},
    "required": ["summary"],
    "additionalProperties": False,
}
SECRET_TEXT = "the prompt's own words"
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": SECRET_TEXT}]


def model_of(server, limits=None, memory=None, **changes):
    values = {"base_url": server.url, "api_key": server.key, "name": server.model, **changes}
    return Model(**values, limits=limits, memory=memory)


def ask(server, limits=None, memory=None, **changes):
    return model_of(server, limits, memory, **changes).ask(MESSAGES, SCHEMA, 500)


def failure(server, *answers, limits=None, **changes):
    """The outcome of one `ask` that these answers meet."""
    server.queue(*answers)
    with pytest.raises(errors.ModelError) as caught:
        ask(server, limits, **changes)
    return caught.value
