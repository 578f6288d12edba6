"""What several endpoints take and answer, said once."""

from typing import Annotated, Any

from laneway import Path

from ..models import Problem

ProductId = Annotated[int, Path(ge=1, le=2**63 - 1, description="The product's `id`.")]

Answers = dict[int | str, dict[str, Any]]  # by status, as the docs show them


def problem(status: int, description: str) -> Answers:
    """The docs of an answer that says what is wrong."""
    return {status: {"model": Problem, "description": description}}


LOGIN_NEEDED = problem(401, "Log in first.")
WRITERS_ONLY = LOGIN_NEEDED | problem(403, "The login does not allow it.")
NOT_FOUND = problem(404, "There is no such product.")
NAME_TAKEN = problem(409, "Another product has that name.")
NO_PICTURE = problem(404, "There is no such picture.")
BAD_PICTURE = problem(415, "The file is no PNG, JPEG or GIF.")
TOO_LARGE: Answers = {413: {"description": "The picture is too large."}}
