"""What can be a job, and what is said of what cannot."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import pytest

from laneway import Depends, Header, Laneway, Request, lanes
from laneway.exceptions import FastAPIError
from laneway.jobs import JobArgumentsError, JobDeclarationError, Jobs, JobsNotRunningError, Progress, every
from laneway.lanes.registry import UnknownLaneError


@pytest.fixture
def app() -> Laneway:
    return Laneway(jobs="memory:", lanes={"math": lanes.processes(1)})


def test_a_plain_call_runs_the_function(app: Laneway) -> None:
    @app.job()
    def add(first: int, second: int = 1) -> int:
        return first + second

    assert add(2, second=3) == 5


async def test_a_plain_call_of_async_def_is_awaited(app: Laneway) -> None:
    @app.job()
    async def add(first: int, progress: Progress) -> int:
        await progress(done=first)
        return first

    assert await add(2, Progress()) == 2


def test_a_job_keeps_the_name_and_the_docstring_of_its_function(app: Laneway) -> None:
    @app.job()
    def add(first: int) -> int:
        """Add."""
        return first

    assert (add.__name__, add.__doc__) == ("add", "Add.")  # type: ignore[attr-defined]


def generator() -> Iterator[int]:
    yield 1


async def async_generator() -> AsyncIterator[int]:
    yield 1


def many(*numbers: int) -> None: ...


def named(**numbers: int) -> None: ...


def positional(number: int, /) -> None: ...


def reserved(key: str) -> None: ...


def strange(value: "Strange") -> None: ...


class Strange:
    """A type that is no JSON."""


def strange_result() -> Strange:
    return Strange()


def user(request: Request) -> str:
    return request.url.path


def agent(user_agent: Annotated[str, Header()]) -> str:
    return user_agent


def with_request(who: str = Depends(user)) -> None: ...


def with_header(who: str = Depends(agent)) -> None: ...


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (generator, "returns its result"),
        (async_generator, "returns its result"),
        (len, "returns its result"),
        (many, "list"),
        (named, "dict"),
        (positional, "has none"),
        (reserved, "'key' already"),
        (strange, "cannot travel as JSON"),
        (strange_result, "cannot be kept as JSON"),
        (with_request, "user takes the request, and a job has no request"),
        (with_header, "agent reads 'user_agent' from the request"),
    ],
)
def test_what_cannot_be_a_job_is_refused_where_it_is_declared(
    app: Laneway, function: object, told: str
) -> None:
    with pytest.raises(JobDeclarationError, match=told):
        app.job()(function)  # type: ignore[call-overload]


def test_a_dependency_may_have_values_of_a_request_that_it_can_do_without(app: Laneway) -> None:
    def page(number: int = 1) -> int:
        return number

    @app.job()
    def show(page: int = Depends(page)) -> None: ...


def test_two_jobs_of_one_name_are_refused(app: Laneway) -> None:
    @app.job()
    def first() -> None: ...

    with pytest.raises(JobDeclarationError, match=r"job\(name="):
        app.job(name="first")(second)


def second() -> None: ...


def test_an_unknown_queue_is_refused(app: Laneway) -> None:
    with pytest.raises(JobDeclarationError, match="only: default"):
        app.job(queue="mail")(second)


@pytest.mark.parametrize("options", [{"timeout": 0}, {"max_crashes": 0}, {"keep": -1}])
def test_options_that_make_no_sense_are_refused(app: Laneway, options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="second:"):
        app.job(**options)(second)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url", ["redis://localhost", "sqlite://", "sqlite:///:memory:", "jobs.db", "sqlite://host/x"]
)
def test_an_unknown_place_for_jobs_is_refused(url: str) -> None:
    with pytest.raises(JobDeclarationError, match="jobs are kept at"):
        Laneway(jobs=url)


@pytest.mark.parametrize("query", ["synchronous=off", "wal=1"])
def test_an_unknown_option_of_the_place_is_refused(query: str) -> None:
    pytest.importorskip("dbos", reason="needs the extra `jobs`")
    with pytest.raises(JobDeclarationError, match="synchronous"):
        Laneway(jobs=f"sqlite:///var/jobs.db?{query}")


def test_an_app_that_says_nothing_of_jobs_has_none() -> None:
    with pytest.raises(FastAPIError, match=r"Laneway\(jobs="):
        Laneway().job()


async def test_jobs_are_there_while_the_app_is_served(app: Laneway) -> None:
    job = app.job()(second)

    with pytest.raises(JobsNotRunningError, match="TestClient"):
        await job.enqueue()


async def test_an_unknown_lane_is_told_when_the_app_starts(app: Laneway) -> None:
    app.job(lane="db")(second)

    with pytest.raises(UnknownLaneError, match="'db'"):
        async with app.jobs.serving(app):
            pass


async def test_progress_from_another_process_is_refused_when_the_app_starts(app: Laneway) -> None:
    app.job(lane="math")(reporting)

    with pytest.raises(JobDeclarationError, match="cannot report progress"):
        async with app.jobs.serving(app):
            pass


def reporting(progress: Progress) -> None: ...


def test_a_schedule_with_wrong_arguments_is_refused(app: Laneway) -> None:
    @app.job()
    def add(number: int) -> None: ...

    with pytest.raises(JobArgumentsError, match="number"):
        app.schedule(add, every(60), number="no number")


def test_a_schedule_is_there_once(app: Laneway) -> None:
    job = app.job()(second)
    app.schedule(job, every(60))

    with pytest.raises(JobDeclarationError, match="schedule_name"):
        app.schedule(job, every(60))


def test_jobs_may_be_declared_apart_from_the_app() -> None:
    jobs = Jobs("memory:", queues={"mail": 2})
    job = jobs.job(queue="mail")(second)

    assert Laneway(jobs=jobs).jobs.functions == {"second": job}


def imported(statement: str, *modules: str) -> list[bool]:
    """Whether a statement imports modules, in a process of its own."""
    code = f"import sys\n{statement}\nprint([name in sys.modules for name in {modules!r}])"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    return list(eval(said.stdout))


def test_an_app_without_jobs_does_not_import_them() -> None:
    assert imported("from laneway import Laneway; Laneway()", "laneway.jobs", "dbos") == [False, False]


def test_jobs_in_memory_import_no_engine() -> None:
    assert imported("from laneway import Laneway; Laneway(jobs='memory:')", "dbos", "sqlalchemy") == [
        False,
        False,
    ]


def test_the_missing_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['dbos'] = None\n"
        "from laneway import Laneway\n"
        "try: Laneway(jobs='sqlite:///var/jobs.db')\n"
        "except Exception as error: print(error)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )

    assert 'pip install "laneway[jobs]"' in said.stdout
