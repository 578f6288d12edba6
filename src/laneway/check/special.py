"""Callables whose meaning the scan must know: what they return, what they call, and which code is not worth entering."""


def names_in(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


# Written in C or without annotations, so that only a table can tell what they return.
RETURNS = {
    "sqlite3.connect": "sqlite3.Connection",
    "sqlite3.Connection.cursor": "sqlite3.Cursor",
    "sqlite3.Connection.execute": "sqlite3.Cursor",
    "sqlite3.Cursor.execute": "sqlite3.Cursor",
    "psycopg2.connect": "psycopg2.extensions.connection",
    "psycopg2.extensions.connection.cursor": "psycopg2.extensions.cursor",
    "pymysql.connections.Connection.cursor": "pymysql.cursors.Cursor",
    "builtins.open": "_io.TextIOWrapper",
    "threading.Lock": "_thread.LockType",
    "threading.RLock": "_thread.RLock",
    "_thread.allocate_lock": "_thread.LockType",
    "multiprocessing.Pool": "multiprocessing.pool.Pool",
    "boto3.client": "botocore.client.BaseClient",
    "boto3.session.Session.client": "botocore.client.BaseClient",
    "socket.create_connection": "socket.socket",
    "urllib.request.build_opener": "urllib.request.OpenerDirector",
    "concurrent.futures.thread.ThreadPoolExecutor.submit": "concurrent.futures._base.Future",
    "concurrent.futures.process.ProcessPoolExecutor.submit": "concurrent.futures._base.Future",
    "asyncio.run_coroutine_threadsafe": "concurrent.futures._base.Future",
    "asyncio.get_running_loop": "asyncio.base_events.BaseEventLoop",
    "asyncio.get_event_loop": "asyncio.base_events.BaseEventLoop",
    "sqlalchemy.create_engine": "sqlalchemy.engine.base.Engine",
    "sqlalchemy.orm.session.sessionmaker.__call__": "sqlalchemy.orm.session.Session",
    "sqlalchemy.engine.base.Engine.connect": "sqlalchemy.engine.base.Connection",
    "sqlalchemy.engine.base.Engine.begin": "sqlalchemy.engine.base.Connection",
    "sqlalchemy.orm.session.Session.query": "sqlalchemy.orm.query.Query",
    "sqlalchemy.orm.query.Query.filter": "sqlalchemy.orm.query.Query",
    "sqlalchemy.orm.query.Query.filter_by": "sqlalchemy.orm.query.Query",
    "sqlalchemy.orm.query.Query.order_by": "sqlalchemy.orm.query.Query",
    "sqlalchemy.orm.query.Query.limit": "sqlalchemy.orm.query.Query",
    "sqlalchemy.orm.query.Query.join": "sqlalchemy.orm.query.Query",
    "sqlalchemy.orm.query.Query.options": "sqlalchemy.orm.query.Query",
}

# They call, on the same thread, the functions that they are given.
CALLS_ARGUMENTS = names_in(
    """
    builtins.sorted builtins.min builtins.max builtins.map builtins.filter builtins.list.sort functools.reduce
    itertools.groupby itertools.takewhile itertools.dropwhile itertools.starmap itertools.accumulate
    heapq.nlargest heapq.nsmallest re.sub re.Pattern.sub contextvars.Context.run
    asyncio.base_events.BaseEventLoop.call_soon asyncio.base_events.BaseEventLoop.call_later
    asyncio.base_events.BaseEventLoop.call_at asyncio.base_events.BaseEventLoop.call_soon_threadsafe
    _asyncio.Task.add_done_callback _asyncio.Future.add_done_callback
    """
)

# They call coroutine functions on the loop, and plain functions in a thread.
CALLS_COROUTINES = names_in(
    """
    starlette.background.BackgroundTasks.add_task starlette.background.BackgroundTask
    laneway.background.BackgroundTasks.add_task
    """
)

# What they return is one of their arguments.
RETURNS_FIRST = names_in(
    """
    asyncio.tasks.wait_for asyncio.tasks.shield asyncio.tasks.create_task asyncio.tasks.ensure_future
    asyncio.taskgroups.TaskGroup.create_task contextlib.closing contextlib.aclosing copy.copy copy.deepcopy
    builtins.iter builtins.aiter builtins.reversed builtins.list builtins.tuple builtins.sorted
    builtins.enumerate
    """
)
# What they return is, as far as matters here, the object that they are methods of.
RETURNS_OWNER = names_in("builtins.dict.values builtins.dict.copy builtins.list.copy pathlib.Path.resolve")
# They enter a context manager and return what it gives.
ENTERS_ARGUMENT = names_in(
    """
    contextlib._BaseExitStack.enter_context contextlib.AsyncExitStack.enter_async_context
    """
)
# They iterate over what they are given, as do most that are written in C; these return one of its items.
RETURNS_ITEM = names_in(
    """
    builtins.dict.get builtins.dict.pop builtins.list.pop builtins.next builtins.anext builtins.min builtins.max
    """
)

# Not entered: they do not block beyond what the table of blocking calls says of them, or not more than every program
# has to accept (logging, imports); their own code would only cost time and raise false alarms.
NOT_ENTERED = names_in(
    """
    _weakrefset abc anyio ast asyncio attr attrs base64 calendar codecs collections concurrent contextlib
    contextvars copy copyreg csv dataclasses datetime decimal email encodings enum fractions functools gettext
    hashlib heapq hmac html importlib inspect io ipaddress itertools jinja2 json keyword laneway linecache
    locale logging markupsafe math mimetypes multiprocessing numbers opentelemetry operator os pathlib pkgutil platform
    posixpath pprint prometheus_client pydantic pydantic_core pydantic_settings random re reprlib secrets
    selectors shlex sniffio socket sqlalchemy.event sqlalchemy.ext.asyncio sqlalchemy.sql sqlalchemy.util ssl
    starlette statistics string structlog subprocess tempfile textwrap threading token tokenize traceback trio
    types typing typing_extensions typing_inspection unicodedata urllib uuid uvloop warnings weakref zoneinfo
    """
)


def is_entered(module: str) -> bool:
    """Whether the functions of a module are followed."""
    parts = module.split(".")
    return not any(".".join(parts[:end]) in NOT_ENTERED for end in range(1, len(parts) + 1))
