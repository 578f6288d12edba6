"""The body of a Starlette request, parsed as its route expects (the general path)."""

import json
from typing import Any

from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as StarletteUploadFile
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import Request

from laneway.body_limit import body_limit_error
from laneway.datastructures import UploadFile
from laneway.exceptions import EndpointContext, HTTPException, RequestValidationError
from laneway.extraction import input_names
from laneway.json_parts import is_json_part, is_json_type
from laneway.route_spec import BodySpec
from laneway.types import Undefined

_PART_SIZE = 1024 * 1024  # bytes; Starlette's limit of an entry that is no file


async def parse_body(request: Request, spec: BodySpec, context: EndpointContext) -> Any:
    """The body as a form, JSON data or bytes; Undefined when there is none.

    Raises:
        RequestValidationError: It says JSON and is not.
        HTTPException: 400 when it cannot be parsed, 413 when it is too large.
    """
    try:
        if spec.form:
            return await _form(request, spec)
        return await _json_or_bytes(request, spec) if spec.fields else Undefined
    except json.JSONDecodeError as error:
        raise _invalid_json(error, context) from error
    except StarletteHTTPException:
        raise
    except Exception as error:
        limit = body_limit_error(error)
        if limit is not None:
            raise limit from error
        raise HTTPException(400, "There was an error parsing the body") from error


async def _form(request: Request, spec: BodySpec) -> FormData:
    """The form with uploads of our class, the same object for whoever asks the request again."""
    limits = _form_limits(request, spec)
    form = await request.form(**limits)
    await _check_json_parts(form, spec, limits.get("max_part_size", _PART_SIZE))
    if any(isinstance(value, StarletteUploadFile) for _, value in form.multi_items()):
        form = request._form = FormData([(key, _own_upload(value)) for key, value in form.multi_items()])
    return form


async def _check_json_parts(form: FormData, spec: BodySpec, most: int) -> None:
    """Hold JSON that comes as a file to the limit of what is no file: it is read into memory as well."""
    names = {name for field in spec.fields if is_json_part(field) for name, _ in input_names(field)}
    uploads = [value for name in names if isinstance(value := form.get(name), StarletteUploadFile)]
    if any((upload.size or 0) > most for upload in uploads):
        await form.close()
        raise HTTPException(400, f"Part exceeded maximum size of {most // 1024}KB.")


def _own_upload(value: StarletteUploadFile | str) -> StarletteUploadFile | str:
    if type(value) is not StarletteUploadFile:
        return value
    return UploadFile(value.file, size=value.size, filename=value.filename, headers=value.headers)


def _form_limits(request: Request, spec: BodySpec) -> dict[str, Any]:
    """Limits of the routers that the request came through, then those of the route."""
    return {**request.scope.get("fastapi", {}).get("form_limits", {}), **spec.form_limits}


async def _json_or_bytes(request: Request, spec: BodySpec) -> Any:
    body = await request.body()
    if not body:
        return Undefined
    content_type = request.headers.get("content-type")
    says_json = is_json_type(content_type) if content_type else not spec.strict_content_type
    return await request.json() if says_json else body


def _invalid_json(error: json.JSONDecodeError, context: EndpointContext) -> RequestValidationError:
    details = {
        "type": "json_invalid",
        "loc": ("body", error.pos),
        "msg": "JSON decode error",
        "input": {},
        "ctx": {"error": error.msg},
    }
    return RequestValidationError([details], body=error.doc, endpoint_ctx=context)
