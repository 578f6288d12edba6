"""JSON within a form: `Annotated[Model, Form(media_type="application/json")]`.

Beside a file, structured data come as one entry of the form that is JSON, with a type of its own where the client is a
program (RFC 7578 section 4.4), as text or as a blob with a file name where it is a browser. Its value is validated as
that of a JSON body is.
"""

import json
from email.message import Message
from typing import Any

from starlette.datastructures import FormData, UploadFile

from laneway import params
from laneway.extraction import checked
from laneway.fields import ModelField
from laneway.types import ErrorDetails, Location, Undefined


def is_json_type(content_type: str) -> bool:
    """Whether a Content-Type says JSON: `application/json`, or any `application/...+json` (RFC 6839)."""
    message = Message()
    message["content-type"] = content_type
    subtype = message.get_content_subtype()
    return message.get_content_maintype() == "application" and (
        subtype == "json" or subtype.endswith("+json")
    )


def says_json(info: object) -> bool:
    """Whether a parameter is declared as an entry of a form that is JSON."""
    return (
        isinstance(info, params.Form)
        and not isinstance(info, params.File)
        and info.media_type != params.Form.default_media_type
        and is_json_type(info.media_type)
    )


def is_json_part(field: ModelField) -> bool:
    """Whether a field is an entry of a form that is JSON."""
    return says_json(field.field_info)


def part_value(form: FormData, name: str) -> Any:
    """The entry as it came, text or upload; Undefined when there is none or it is empty."""
    value = form.get(name)
    is_empty = isinstance(value, UploadFile) and value.size == 0
    return Undefined if value is None or value == "" or is_empty else value


def checked_part(field: ModelField, value: Any, loc: Location) -> tuple[Any, list[ErrorDetails]]:
    """The value of text or bytes that are JSON, validated; the errors with their place."""
    if not isinstance(value, str | bytes):  # there is none
        return checked(field, value, loc)
    try:
        data = json.loads(value)
    except json.JSONDecodeError as error:
        return None, [_malformed(loc, error.pos, error.msg)]
    except UnicodeDecodeError as error:
        return None, [_malformed(loc, error.start, "not in UTF-8")]
    except RecursionError:
        return None, [_malformed(loc, 0, "nested too deeply")]
    return checked(field, data, loc)


def _malformed(loc: Location, position: int, problem: str) -> ErrorDetails:
    return {
        "type": "json_invalid",
        "loc": (*loc, position),
        "msg": "JSON decode error",
        "input": {},
        "ctx": {"error": problem},
    }
