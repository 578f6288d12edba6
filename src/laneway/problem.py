"""Problem details: errors in the form of RFC 9457, and the exception that says all of one.

What each error becomes is worked out here; `laneway.exception_handlers` chooses between this format and FastAPI's.
"""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, Literal, get_args, get_type_hints
from urllib.parse import quote

from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import JSONResponse

from laneway.exceptions import HTTPException

ErrorFormat = Literal["detail", "problem"]
"""How errors look on the wire: FastAPI's `{"detail": ...}`, or `application/problem+json`."""

_FORMATS: tuple[ErrorFormat, ...] = get_args(ErrorFormat)

PROBLEM_JSON = "application/problem+json"
ABOUT_BLANK = "about:blank"  # a type that says no more than the status does; RFC 9457 section 4.2.1

Members = dict[str, Any]

# Names of RFC 9110, which Python's table has since 3.13.
_NEWER_PHRASES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
_PHRASES = {status.value: status.phrase for status in HTTPStatus} | _NEWER_PHRASES

_STANDARD = ("type", "title", "status", "detail", "instance")
_TEXTS = frozenset(_STANDARD) - {"status"}
_SAFE_IN_PATHS = "/:@!$&'()*+,;=~"  # RFC 3986 section 3.3


def checked_format(error_format: str) -> ErrorFormat:
    """`error_format` itself.

    Raises:
        ValueError: There is no such format.
    """
    for known in _FORMATS:
        if error_format == known:
            return known
    raise ValueError(f"error_format must be one of {_FORMATS}, not {error_format!r}")


class ProblemResponse(JSONResponse):
    """A reply in `application/problem+json`."""

    media_type = PROBLEM_JSON


class Problem(HTTPException):
    """An HTTP error reply with the members of RFC 9457; subclass it for each kind of problem your API has.

    In an app with `error_format="problem"` it is answered as it stands. In FastAPI's format `detail` is the text, and
    the members that were given stand beside it.

    Attributes:
        status_code: HTTP status of the reply; subclasses may set it.
        type: URI that names the kind of problem; subclasses may set it.
        title: Short name of the kind, the same each time; the status phrase when absent. Subclasses may set it.
        detail: What happened this time; the title when absent.
        instance: URI of this one occurrence; the path of the request when absent.
        extra: Further members. Annotations in the body of a subclass tell the docs of them.

    Example:
        >>> class OutOfStock(Problem):
        ...     status_code = 409
        ...     type = "https://example.com/problems/out-of-stock"
        ...     title = "Out of stock"
        ...     left: int
        >>> error = OutOfStock(detail="Only 3 are left", left=3)
        >>> error.left, str(error)
        (3, '409: Only 3 are left')
    """

    type: str = ABOUT_BLANK
    title: str | None = None
    instance: str | None = None
    extra: Members

    def __init__(
        self,
        status_code: int | None = None,
        detail: str | None = None,
        *,
        type: str | None = None,  # noqa: A002  # the name of the member
        title: str | None = None,
        instance: str | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        chosen = getattr(self, "status_code", None) if status_code is None else status_code
        if chosen is None:
            raise TypeError(
                f"{self.__class__.__name__} needs a status: pass one, or set `status_code` in the class"
            )
        if "status" in extra:
            raise TypeError("`status` is the status of the reply: say it as `status_code`")
        if type is not None:
            self.type = type
        if title is not None:
            self.title = title
        self.instance = instance
        self.extra = extra
        super().__init__(chosen, detail or self.title or phrase(chosen), headers)

    def __getattr__(self, name: str) -> Any:
        """A further member; only asked for what is no attribute."""
        try:
            return self.__dict__["extra"][name]
        except KeyError:
            raise AttributeError(f"{self.__class__.__name__!r} has no attribute {name!r}") from None

    def beside_detail(self) -> Members:
        """The members that were said, but for status and detail."""
        texts = {"type": None if self.type == ABOUT_BLANK else self.type, "title": self.title}
        said = {**texts, "instance": self.instance}
        return {name: text for name, text in said.items() if text is not None} | self.extra


_OWN_HINTS = frozenset(get_type_hints(Problem))


def extension_types(kind: type[Problem]) -> dict[str, Any]:
    """The further members that a kind of problem declares, with their types."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: hint for name, hint in hints.items() if name not in _OWN_HINTS and not _is_class_var(hint)}


def _is_class_var(hint: Any) -> bool:
    return hint is ClassVar or getattr(hint, "__origin__", None) is ClassVar


def phrase(status: int) -> str:
    """The name of a status, such as `Not Found`."""
    return _PHRASES.get(status, "Error")


def standard(status: int, detail: str | None = None) -> Members:
    """A problem of which nothing is known but its status and a text."""
    title = phrase(status)
    return {"type": ABOUT_BLANK, "title": title, "status": status, "detail": detail or title}


def problem_of(error: StarletteHTTPException) -> Members:
    """The problem that an HTTP error is."""
    detail: object = error.detail
    if isinstance(error, Problem):
        return standard(error.status_code, error.detail) | error.beside_detail()
    if isinstance(detail, str):
        return standard(error.status_code, detail)
    if isinstance(detail, Mapping) and _fits(detail, error.status_code):
        return standard(error.status_code) | dict(detail)
    name = "errors" if isinstance(detail, list) else "error"
    return standard(error.status_code) | {name: detail}


def _fits(detail: Mapping[Any, Any], status: int) -> bool:
    """Whether the names in a dictionary mean what they mean in a problem."""
    texts = all(isinstance(detail[name], str) for name in _TEXTS & detail.keys())
    return texts and detail.get("status", status) == status and all(isinstance(name, str) for name in detail)


def validation_problem(errors: Sequence[Any], summary: str) -> Members:
    """The problem of a request that does not fit; each error as FastAPI has it, and its place as a JSON pointer.

    Args:
        errors: The errors, made fit for JSON.
        summary: What is wrong, in a line.
    """
    return standard(422, summary) | {"errors": list(map(_with_pointer, errors))}


def _with_pointer(error: Any) -> Any:
    known = isinstance(error, Mapping) and "loc" in error  # users may raise what they like
    return {"pointer": json_pointer(error["loc"]), **error} if known else error


def json_pointer(location: Iterable[str | int]) -> str:
    """A location as RFC 6901 writes it.

    Example:
        >>> json_pointer(("body", "items", 0, "a/b"))
        '/body/items/0/a~1b'
    """
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def problem_response(
    scope: Mapping[str, Any], problem: Members, headers: Mapping[str, str] | None = None
) -> ProblemResponse:
    """The reply for a problem, which happened at the path of the request unless it says otherwise.

    Args:
        scope: That of the request.
        problem: Its members.
        headers: Further headers of the reply.
    """
    rest = dict(problem)
    members = {name: rest.pop(name) for name in ("type", "title", "status", "detail")}
    members["instance"] = rest.pop("instance", None) or quote(scope["path"], safe=_SAFE_IN_PATHS)
    return ProblemResponse(members | rest, members["status"], headers)
