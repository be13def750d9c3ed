"""The JSON schema of an answer, in the form that strict structured output of OpenAI-compatible servers takes."""

from typing import Any

from analysis.answer import SENTENCE, Answer
from analysis.prose import Depth

#: What is asked for at each depth. A low answer can have no findings, so nothing could support a higher risk.
FIELDS: dict[Depth, tuple[str, ...]] = {
    "high": ("types", "summary", "scope", "insight", "findings", "advice", "importance", "risk"),
    "medium": ("types", "summary", "scope", "findings", "advice", "importance", "risk"),
    "low": ("types", "summary", "importance"),
}

#: All that strict servers understand; what else pydantic states is checked when the answer is read.
_UNDERSTOOD = frozenset({"type", "enum", "description", "properties", "items", "anyOf"})


def answer_schema(depth: Depth) -> dict[str, Any]:
    """The schema of the answer at a depth.

    Returns:
        A JSON schema without references: every property required, nullable instead of optional, no further
        properties, and no keyword that such servers refuse (lengths, bounds, defaults).
    """
    whole = Answer.model_json_schema()
    definitions: dict[str, Any] = whole.get("$defs", {})
    properties = {name: whole["properties"][name] for name in FIELDS[depth]}
    made = _strict({"type": "object", "properties": properties}, definitions)
    if depth == "low":
        told = f"One sentence: what the change does. At most {SENTENCE} characters."
        made["properties"]["summary"]["description"] = told
    return made


def _strict(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if reference := schema.get("$ref"):
        described = {key: value for key, value in schema.items() if key == "description"}
        return _strict({**definitions[reference.rpartition("/")[2]], **described}, definitions)
    made = {key: value for key, value in schema.items() if key in _UNDERSTOOD}
    if "anyOf" in made:
        made["anyOf"] = [_strict(one, definitions) for one in made["anyOf"]]
    if "items" in made:
        made["items"] = _strict(made["items"], definitions)
    if "properties" in made:
        # What an object is for, the system text says once.
        made.pop("description", None)
        made["properties"] = {name: _strict(one, definitions) for name, one in made["properties"].items()}
        made |= {"required": list(made["properties"]), "additionalProperties": False}
    return made
