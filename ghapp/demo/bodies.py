"""Bodies of requests, checked against the request models of GitHub's own description."""

from typing import Any

from flask import request
from githubkit_schemas.latest import models
from pydantic import TypeAdapter, ValidationError

from ghapp.demo.answers import TOO_LONG, Refused, invalid

_MOST_CHARACTERS = 65_536

TOKEN = models.AppInstallationsInstallationIdAccessTokensPostBody
ISSUE = models.ReposOwnerRepoIssuesPostBody
ISSUE_EDIT = models.ReposOwnerRepoIssuesIssueNumberPatchBody
COMMENT = models.ReposOwnerRepoIssuesIssueNumberCommentsPostBody
COMMENT_EDIT = models.ReposOwnerRepoIssuesCommentsCommentIdPatchBody
REACTION = models.ReposOwnerRepoIssuesCommentsCommentIdReactionsPostBody
LABEL = models.ReposOwnerRepoLabelsPostBody
LABEL_EDIT = models.ReposOwnerRepoLabelsNamePatchBody
ISSUE_LABELS = (
    models.ReposOwnerRepoIssuesIssueNumberLabelsPostBodyOneof0
    | list[str]
    | list[models.ReposOwnerRepoIssuesIssueNumberLabelsPostBodyOneof2Items]
)

#: What Apps may be allowed.
PERMISSIONS = {field.alias or name for name, field in models.AppPermissions.model_fields.items()}


def read_body(model: Any, *, optional: bool = False) -> Any:
    """The request's JSON.

    Args:
        model: What GitHub's description says it must look like.
        optional: No body at all is an empty object.

    Raises:
        Refused: 400, it is not JSON; 422, it does not fit the description.
    """
    if optional and not request.get_data():
        return {}
    body = request.get_json(force=True, silent=True)
    if body is None:
        raise Refused(400)
    try:
        TypeAdapter(model).validate_python(body)
    except ValidationError as error:
        raise Refused(422, _first(error)) from error
    return body


def check_length(resource: str, text: Any) -> None:
    """Refuse a text of more than 65,536 characters.

    Raises:
        Refused: 422, in GitHub's words.
    """
    # JavaScript's and Ruby's counts differ for emoji; the larger one is the safer one to keep to.
    if isinstance(text, str) and len(text.encode("utf-16-le", "surrogatepass")) // 2 > _MOST_CHARACTERS:
        raise invalid(resource, "body", "custom", TOO_LONG)


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"Invalid request.\n\n{'/'.join(map(str, first['loc']))}: {first['msg']}"
