"""Jobs in Redis; see `laneway.jobs.redis.scripts` for its keys."""

import json
import logging
import secrets
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from redis.exceptions import RedisError, ResponseError

from laneway.jobs.errors import JobsError
from laneway.jobs.records import RECORD, Change, EventKind, JobEvent, JobFilter, JobRecord
from laneway.jobs.redis import scripts
from laneway.jobs.redis.client import Client
from laneway.jobs.transitions import Transition, told_of

logger = logging.getLogger("laneway.jobs")

PAGE = 200  # records read at once
PURGED_AT_ONCE = 500  # so that others may write in between
NEWS_AT_ONCE = 5000
SHOWN_AGAIN_SECONDS = 3.0  # before what one process was to send is shown to another one


class RedisStore:
    """Keeps jobs in Redis; see `Store`.

    A change is read, decided and written. The script that writes compares with what was read, so that of two processes
    that change one job at once the second decides anew.

    Args:
        url: `redis://host:6379/0`.
        name: What its keys begin with; apps with different names may share a Redis.
    """

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._redis: Client

    async def open(self) -> None:
        """See `Store.open`.

        Raises:
            JobsError: Redis does not answer, or throws away what it has no room for.
        """
        self._redis = Client(self._url, self._name)
        try:
            await self._redis.do("PING")
            await self._check_settings()
        except RedisError as error:
            await self.close()
            raise JobsError(
                f"the Redis that keeps jobs cannot be used: {error}; "
                "start it, or name another one in the URL of jobs: ?results=redis://host:6379/0"
            ) from error
        except JobsError:
            await self.close()
            raise

    async def _check_settings(self) -> None:
        try:
            policy = await self._setting("maxmemory-policy")
            appends = await self._setting("appendonly")
        except ResponseError:  # a service that shows them to nobody
            return
        if policy != "noeviction":
            raise JobsError(
                f"the Redis that keeps jobs forgets some when it has no room: its maxmemory-policy is {policy}; "
                "set it to noeviction, or name another Redis in the URL of jobs: ?results=redis://host:6379/0"
            )
        if appends == "no":
            logger.warning("the Redis that keeps jobs loses the latest if it dies: set appendonly yes there")

    async def _setting(self, name: str) -> object:
        settings = await self._redis.do("CONFIG GET", name)
        return settings[name]

    async def close(self) -> None:
        """See `Store.close`."""
        await self._redis.close()

    # -- changing

    async def add(self, record: JobRecord) -> JobRecord:
        """See `Store.add`."""
        return _record(await self._redis.run(scripts.ADD, *_new(record)))

    async def update(self, job_id: str, transition: Transition) -> JobRecord | None:
        """See `Store.update`."""
        there, wanted = await self._redis.do("GET", self._job(job_id)), None
        while there:
            record = _record(there)
            if there == wanted:  # it was written, and the answer lost
                return record
            change = transition(record)
            if change is None:
                return None
            kept = replace(change.record, events=change.record.events + len(change.told))
            wanted = _text(kept)
            another = await self._redis.run(scripts.UPDATE, job_id, there, wanted, *_changed(kept, change))
            if another is None:
                return kept
            there = another
        return None

    async def tick(self, schedule: str, tick: float, record: JobRecord | None) -> bool:
        """See `Store.tick`."""
        job = () if record is None else _new(record)
        return bool(await self._redis.run(scripts.TICK, schedule, repr(tick), *job))

    async def purge(self, ended_before: float) -> int:
        """See `Store.purge`."""
        purged, full = 0, True
        while full:
            ids = await self._redis.do(
                "ZRANGEBYSCORE", self._key("expires"), "-inf", ended_before, "LIMIT", 0, PURGED_AT_ONCE
            )
            keys = {record.id: _key(record) for record in await self._records(ids)}
            pairs = [word for job_id in ids for word in (job_id, keys.get(job_id, ""))]
            purged += await self._redis.run(scripts.FORGET, *pairs)
            full = len(ids) == PURGED_AT_ONCE
        return purged

    # -- reading

    def _key(self, name: str) -> str:
        return self._redis.key(name)

    def _job(self, job_id: str) -> str:
        return self._key(f"job:{job_id}")

    async def get(self, job_id: str) -> JobRecord | None:
        """See `Store.get`."""
        text = await self._redis.do("GET", self._job(job_id))
        return None if text is None else _record(text)

    async def _records(self, ids: Iterable[str]) -> list[JobRecord]:
        """The records of jobs, as far as there are any."""
        names = [self._job(job_id) for job_id in ids]
        texts = await self._redis.do("MGET", *names) if names else []
        return [_record(text) for text in texts if text is not None]

    async def find(self, wanted: JobFilter) -> list[JobRecord]:
        """See `Store.find`."""
        found: list[JobRecord] = []
        before, full = wanted.before, True
        while full and len(found) < wanted.limit:
            ids = await self._enqueued_before(before)
            found += [record for record in await self._records(ids) if wanted.takes(record)]
            full, before = len(ids) == PAGE, ids[-1] if ids else None
        return found[: wanted.limit]

    async def _enqueued_before(self, job_id: str | None) -> list[str]:
        """A page of ids, the latest first."""
        created = self._key("created")
        rank = -1 if job_id is None else await self._redis.do("ZREVRANK", created, job_id)
        if rank is None:
            return []
        return list(await self._redis.do("ZREVRANGE", created, rank + 1, rank + PAGE))

    async def events(self, job_id: str, after: int) -> list[JobEvent]:
        """See `Store.events`."""
        key = self._key(f"events:{job_id}")
        return [_event(text) for text in await self._redis.do("ZRANGEBYSCORE", key, f"({after}", "+inf")]

    async def changed(self, since: int) -> tuple[int, set[str]]:
        """See `Store.changed`."""
        if since < 0:
            return int(await self._redis.do("GET", self._key("mark")) or 0), set()
        news = (self._key("news"), f"{since + 1}-0", "+", "COUNT", NEWS_AT_ONCE)
        entries = await self._redis.do("XRANGE", *news)
        mark = int(entries[-1][0].partition("-")[0]) if entries else since
        return mark, {fields["job"] for _, fields in entries}

    async def unsent(self, due: float, limit: int) -> list[JobRecord]:
        """See `Store.unsent`; what is told to one process is told to no other one for some seconds."""
        texts = await self._redis.run(scripts.UNSENT, due, limit, time.time() + SHOWN_AGAIN_SECONDS)
        return [_record(text) for text in texts]

    async def underway(self, due: float, after: str, limit: int) -> list[JobRecord]:
        """See `Store.underway`."""
        found: list[JobRecord] = []
        full = True
        while full and len(found) < limit:
            page = (self._key("underway"), f"({after}" if after else "-", "+", "LIMIT", 0, PAGE)
            ids = await self._redis.do("ZRANGEBYLEX", *page)
            found += [record for record in await self._records(ids) if record.due <= due]
            full, after = len(ids) == PAGE, ids[-1] if ids else after
        return found[:limit]


# -- jobs as the scripts take them


def _text(record: JobRecord) -> str:
    """A record as JSON, and a line with a random word: no two writes are equal, so each is known again."""
    return f"{RECORD.dump_json(record, exclude_none=True).decode()}\n{secrets.token_hex(4)}"


def _record(text: str) -> JobRecord:
    return RECORD.validate_json(text.partition("\n")[0])


def _key(record: JobRecord) -> str:
    return "" if record.key is None else json.dumps([record.function, record.key])


def _new(record: JobRecord) -> tuple[str, ...]:
    told = told_of(record)
    text = _text(replace(record, events=1))
    return (
        record.id,
        text,
        repr(record.due),
        repr(record.created),
        _key(record),
        told.kind,
        json.dumps(told.data),
    )


def _changed(kept: JobRecord, change: Change) -> tuple[str, ...]:
    stage = "2" if kept.status.is_final else "1" if kept.sent else "0"
    expires = "" if kept.ended is None else repr(kept.ended + kept.keep)
    told = [word for event in change.told for word in (event.kind, json.dumps(event.data))]
    return (stage, repr(kept.due), expires, str(change.record.events + 1), *told)


def _event(text: str) -> JobEvent:
    number, kind, data = text.split(" ", 2)
    return JobEvent(int(number), cast(EventKind, kind), json.loads(data))
