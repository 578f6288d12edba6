"""The names of FastAPI 0.165 that apps, its documentation and other libraries import."""

import json
import os
import subprocess
import sys

import pytest

PUBLIC = """
    fastapi: APIRouter BackgroundTasks Body Cookie Depends FastAPI File Form HTTPException Header Path Query Request
        Response Security UploadFile WebSocket WebSocketDisconnect WebSocketException __version__ params routing status
    fastapi.applications: FastAPI
    fastapi.background: BackgroundTasks
    fastapi.cli: main
    fastapi.concurrency: asynccontextmanager contextmanager_in_threadpool iterate_in_threadpool run_in_threadpool
        run_until_first_complete
    fastapi.datastructures: Address Default DefaultPlaceholder FormData Headers QueryParams State URL UploadFile
    fastapi.encoders: ENCODERS_BY_TYPE decimal_encoder encoders_by_class_tuples generate_encoders_by_class_tuples
        isoformat jsonable_encoder
    fastapi.exception_handlers: http_exception_handler request_validation_exception_handler
        websocket_request_validation_exception_handler
    fastapi.exceptions: DependencyScopeError EndpointContext FastAPIDeprecationWarning FastAPIError HTTPException
        PydanticV1NotSupportedError RequestErrorModel RequestValidationError ResponseValidationError
        ValidationException WebSocketErrorModel WebSocketException WebSocketRequestValidationError
    fastapi.logger: logger
    fastapi.middleware: Middleware
    fastapi.middleware.asyncexitstack: AsyncExitStackMiddleware
    fastapi.middleware.cors: CORSMiddleware
    fastapi.middleware.gzip: GZipMiddleware
    fastapi.middleware.httpsredirect: HTTPSRedirectMiddleware
    fastapi.middleware.trustedhost: TrustedHostMiddleware
    fastapi.middleware.wsgi: WSGIMiddleware
    fastapi.openapi.constants: METHODS_WITH_BODY REF_PREFIX REF_TEMPLATE
    fastapi.openapi.docs: get_redoc_html get_swagger_ui_html get_swagger_ui_oauth2_redirect_html
        swagger_ui_default_parameters
    fastapi.openapi.models: APIKey APIKeyIn Components Contact Encoding Example ExternalDocumentation Header HTTPBase
        HTTPBearer Info License Link MediaType OAuth2 OAuthFlow OAuthFlows OpenAPI OpenIdConnect Operation Parameter
        ParameterInType PathItem Reference RequestBody Response Schema SchemaType SecurityBase SecurityScheme
        SecuritySchemeType Server ServerVariable Tag XML
    fastapi.openapi.utils: get_openapi validation_error_definition validation_error_response_definition
    fastapi.param_functions: Body Cookie Depends File Form Header Path Query Security
    fastapi.params: Body Cookie Depends File Form Header Param ParamTypes Path Query Security
    fastapi.requests: HTTPConnection Request
    fastapi.responses: EventSourceResponse FileResponse HTMLResponse JSONResponse ORJSONResponse PlainTextResponse
        RedirectResponse Response StreamingResponse UJSONResponse
    fastapi.routing: APIRoute APIRouter APIWebSocketRoute RouteContext iter_route_contexts
    fastapi.security: APIKeyCookie APIKeyHeader APIKeyQuery HTTPAuthorizationCredentials HTTPBasic
        HTTPBasicCredentials HTTPBearer HTTPDigest OAuth2 OAuth2AuthorizationCodeBearer OAuth2PasswordBearer
        OAuth2PasswordRequestForm OAuth2PasswordRequestFormStrict OpenIdConnect SecurityScopes
    fastapi.security.api_key: APIKeyBase APIKeyCookie APIKeyHeader APIKeyQuery
    fastapi.security.base: SecurityBase
    fastapi.security.http: HTTPAuthorizationCredentials HTTPBase HTTPBasic HTTPBasicCredentials HTTPBearer HTTPDigest
    fastapi.security.oauth2: OAuth2 OAuth2AuthorizationCodeBearer OAuth2PasswordBearer OAuth2PasswordRequestForm
        OAuth2PasswordRequestFormStrict SecurityScopes
    fastapi.security.open_id_connect_url: OpenIdConnect
    fastapi.security.utils: get_authorization_scheme_param
    fastapi.sse: EventSourceResponse KEEPALIVE_COMMENT ServerSentEvent format_sse_event
    fastapi.staticfiles: StaticFiles
    fastapi.templating: Jinja2Templates
    fastapi.testclient: TestClient
    fastapi.types: DecoratedCallable DependencyCacheKey IncEx ModelNameMap UnionType
    fastapi.utils: create_model_field deep_dict_update generate_unique_id get_path_param_names get_value_or_default
        is_body_allowed_for_status_code
    fastapi.websockets: WebSocket WebSocketDisconnect WebSocketState
"""

# What is private in FastAPI, and what libraries build on all the same.
BUILT_UPON = """
    fastapi._compat: ModelField PYDANTIC_VERSION_MINOR_TUPLE PydanticSchemaGenerationError RequiredParam Undefined Url
        create_body_model evaluate_forwardref field_annotation_is_scalar field_annotation_is_scalar_sequence
        field_annotation_is_sequence get_cached_model_fields get_definitions get_flat_models_from_fields
        get_missing_field_error get_model_name_map
        is_bytes_or_nonable_bytes_annotation is_bytes_sequence_annotation is_scalar_field
        is_uploadfile_or_nonable_uploadfile_annotation is_uploadfile_sequence_annotation lenient_issubclass
        sequence_types serialize_sequence_value value_is_sequence with_info_plain_validator_function
    fastapi._form_limits: _FormLimits
    fastapi.datastructures: _Unset
    fastapi.dependencies.models: Dependant
    fastapi.dependencies.utils: Dependant SolvedDependency _extract_form_body _extract_form_items _get_body_field
        _get_flat_body_params _get_form_model _get_form_models _get_multidict_value _get_param_aliases
        _is_form_model_supplied _normalize_form_model _read_file_bytes get_cached_model_fields
        _should_embed_body_fields ensure_multipart_is_installed get_dependant get_flat_params
        get_parameterless_sub_dependant get_stream_item_type get_typed_annotation get_typed_return_annotation
        get_typed_signature get_validation_alias multipart_incorrect_install_error multipart_not_installed_error
        request_body_to_args request_params_to_args solve_dependencies
    fastapi.openapi.utils: _get_openapi_dependency_data _get_openapi_operation_parameters
    fastapi.routing: BaseRoute Match Mount NoMatchFound _DefaultLifespan _EffectiveRouteContext _IncludedRouter
        _get_scope_effective_route_context _iter_included_route_candidates _iter_routes_with_context _merge_lifespan_context compile_path get_dependant get_name
        get_request_handler get_websocket_app request_response run_endpoint_function run_in_threadpool
        serialize_response solve_dependencies websocket_session
"""

PROGRAM = """\
import importlib, json, sys, warnings
import laneway.fastapi.hook
warnings.simplefilter("ignore")

def missing(module, names):
    try:
        loaded = importlib.import_module(module)
    except ImportError as error:
        return [str(error)]
    return [name for name in names if not hasattr(loaded, name)]

tables = json.load(sys.stdin)
print(json.dumps([{module: missing(module, names) for module, names in table.items()} for table in tables]))
"""

Table = dict[str, list[str]]


def parsed(text: str) -> Table:
    """Names by module."""
    table: Table = {}
    module = ""
    for word in text.split():
        if word.endswith(":"):
            module = word.removesuffix(":")
            table[module] = []
        else:
            table[module].append(word)
    return table


@pytest.fixture(scope="module")
def missing() -> list[Table]:
    """The names that cannot be imported, public ones and others, found in a process with the hook."""
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([parsed(PUBLIC), parsed(BUILT_UPON)]),
        env=os.environ | {"PYDANTIC_DISABLE_PLUGINS": "__all__"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    found: list[Table] = json.loads(finished.stdout)
    return found


@pytest.mark.parametrize("module", parsed(PUBLIC))
def test_public_names_can_be_imported(missing: list[Table], module: str) -> None:
    """An app's imports work unchanged."""
    assert missing[0][module] == []


@pytest.mark.parametrize("module", parsed(BUILT_UPON))
def test_names_that_libraries_build_upon_can_be_imported(missing: list[Table], module: str) -> None:
    """Libraries for FastAPI can be imported, too."""
    assert missing[1][module] == []
