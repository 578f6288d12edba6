"""The URL of jobs on Celery, and what is said of a wrong one."""

import subprocess
import sys
from datetime import timedelta

import pytest

from laneway import Laneway
from laneway.jobs import JobDeclarationError, Jobs
from laneway.jobs.celery.address import read_address

pytest.importorskip("celery", reason="needs the extra `celery`")

RABBITMQ = "celery+amqp://ann:secret@rabbit:5672/shop?results=redis://store:6379/1"


def test_rabbitmq_brings_what_redis_keeps() -> None:
    address = read_address(RABBITMQ)

    assert (address.broker, address.store) == ("amqp://ann:secret@rabbit:5672/shop", "redis://store:6379/1")


def test_redis_may_do_both() -> None:
    address = read_address("celery+redis://store:6379/0")

    assert address.broker == address.store == "redis://store:6379/0"


def test_what_is_not_said_has_a_default() -> None:
    address = read_address(RABBITMQ)

    assert (address.name, address.queue_type, address.answer_seconds) == ("laneway", "quorum", 1800)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("celery+amqp://ann:secret@rabbit/shop", "RabbitMQ does not keep jobs; name a Redis that does"),
        ("celery+kafka://host/", "broker is celery[+]amqp"),
        ("celery+redis:///0", "broker is celery[+]amqp"),
        ("celery+redis://host/0?results=postgres://host", "kept in Redis"),
        ("celery+redis://host/0?colour=red", "no option colour; it has results"),
        (RABBITMQ + "&queue_type=lazy", "quorum or classic, not 'lazy'"),
        (RABBITMQ + "&consumer_timeout=soon", "seconds above 0, not 'soon'"),
        ("celery+redis://host/0?visibility_timeout=-1", "seconds above 0, not '-1'"),
    ],
)
def test_a_wrong_url_is_told_where_it_stands(url: str, told: str) -> None:
    with pytest.raises(JobDeclarationError, match=told):
        Jobs(url)


def test_no_message_shows_a_password() -> None:
    with pytest.raises(JobDeclarationError) as raised:
        Jobs("celery+amqp://ann:secret@rabbit/shop")

    assert "ann:***@rabbit" in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            RABBITMQ,
            r"'build' may take 7200 seconds .*RabbitMQ's consumer_timeout is 1800: raise consumer_timeout",
        ),
        (
            "celery+redis://host/0",
            r"'build' may take 7200 seconds .*visibility_timeout of Redis is 3600: raise it",
        ),
    ],
)
async def test_a_timeout_for_which_the_broker_does_not_wait_is_refused_at_the_start(
    url: str, told: str
) -> None:
    app = Laneway(jobs=url)

    @app.job(timeout=timedelta(hours=2))
    async def build() -> None:
        """Takes long."""

    with pytest.raises(JobDeclarationError, match=told):
        async with app.jobs.serving(app):
            pass


def test_apps_without_celery_do_not_import_it() -> None:
    code = "import sys, laneway.jobs; laneway.jobs.Jobs('memory:'); print('celery' in sys.modules, 'redis' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.split() == ["False", "False"]


def test_what_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("laneway.jobs.celery.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "celery", None)  # as an import finds a package that is not there

    with pytest.raises(JobDeclarationError, match=r'pip install "laneway\[celery\]"'):
        Jobs("celery+redis://host/0")
