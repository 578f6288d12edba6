"""All Lua of the Redis store, each script with its purpose; what must be whole is one script.

All keys begin with `KEYS[1]`, a name in braces, so that a cluster keeps them on one node:

| key | type | holds |
|---|---|---|
| `job:ID` | string | the record as JSON, and a line that tells one write from another |
| `events:ID` | sorted set | what happened to the job: number, kind and JSON, by number; a stream of four takes 4 KB |
| `news`, `mark` | stream, counter | ids of jobs that had events, in the order of the events |
| `unsent` | sorted set | what is to be sent, by when it is due |
| `underway` | sorted set | what was sent and has not ended, by id |
| `created`, `expires` | sorted sets | all jobs by when they were enqueued, ended ones by when they may be forgotten |
| `keys` | hash | ids by function and key |
| `ticks` | hash | when each schedule was last due |
"""

from laneway.jobs.records import KEPT_PROGRESS, TRIM_EVERY
from laneway.jobs.redis.client import Script

KEPT_NEWS = 10_000  # of all jobs; who is further behind looks for itself once a second

_COMMON = f"""
local at = KEYS[1]

local function trim(id, oldest)
    for _, event in ipairs(redis.call('ZRANGEBYSCORE', at .. 'events:' .. id, '-inf', oldest)) do
        if string.find(event, '^%d+ progress ') then
            redis.call('ZREM', at .. 'events:' .. id, event)
        end
    end
end

local function tell(id, number, kind, data)
    redis.call('ZADD', at .. 'events:' .. id, number, number .. ' ' .. kind .. ' ' .. data)
    if number % {TRIM_EVERY} == 0 and number > {KEPT_PROGRESS} then
        trim(id, number - {KEPT_PROGRESS})
    end
    local mark = redis.call('INCR', at .. 'mark')
    redis.call('XADD', at .. 'news', 'MAXLEN', '~', {KEPT_NEWS}, mark .. '-0', 'job', id)
end

-- `stage`: 0 waits and is to be sent, 1 was sent and has not ended, 2 has ended.
local function keep(id, record, stage, due, expires)
    redis.call('SET', at .. 'job:' .. id, record)
    redis.call(stage == '0' and 'ZADD' or 'ZREM', at .. 'unsent', unpack(stage == '0' and {{due, id}} or {{id}}))
    redis.call(stage == '1' and 'ZADD' or 'ZREM', at .. 'underway', unpack(stage == '1' and {{0, id}} or {{id}}))
    if stage == '2' then
        redis.call('ZADD', at .. 'expires', expires, id)
    end
end

-- Arguments from `first` on: id, record, due, created, key of the hash `keys` or nothing, kind and data of its event.
local function add(first)
    local id, record, due, created, key, kind, data = unpack(ARGV, first, first + 6)
    local there = redis.call('GET', at .. 'job:' .. id)
    if there then
        return there -- the caller lost the answer and asks again
    end
    if key ~= '' then
        local taken = redis.call('HGET', at .. 'keys', key)
        if taken then
            return redis.call('GET', at .. 'job:' .. taken)
        end
        redis.call('HSET', at .. 'keys', key, id)
    end
    keep(id, record, '0', due, '')
    redis.call('ZADD', at .. 'created', created, id)
    tell(id, 1, kind, data)
    return record
end
"""

ADD = Script(f"{_COMMON} return add(1)")
"""A new job, or the one that has its key; gives the record that is kept."""

UPDATE = Script(f"""{_COMMON}
local id, old, record, stage, due, expires, number = unpack(ARGV, 1, 7)
local now = redis.call('GET', at .. 'job:' .. id)
if now ~= old then
    return now or ''
end
keep(id, record, stage, due, expires)
for place = 8, #ARGV, 2 do
    tell(id, number + (place - 8) / 2, ARGV[place], ARGV[place + 1])
end
return false
""")
"""A record in the place of one that was read; gives what is there if that is another one by now."""

UNSENT = Script("""
local at, now, limit, shown_again = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local records = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', at .. 'unsent', '-inf', now, 'LIMIT', 0, limit)) do
    redis.call('ZADD', at .. 'unsent', shown_again, id)
    table.insert(records, redis.call('GET', at .. 'job:' .. id))
end
return records
""")
"""What is due, shown to one process at a time; if that dies before it was sent, it is shown again."""

TICK = Script(f"""{_COMMON}
local schedule, tick = ARGV[1], ARGV[2]
local last = redis.call('HGET', at .. 'ticks', schedule)
local is_job = #ARGV > 2
if not last or (is_job and tonumber(last) < tonumber(tick)) then
    redis.call('HSET', at .. 'ticks', schedule, tick)
end
if not last or not is_job or tonumber(last) >= tonumber(tick) then
    return 0
end
add(3)
return 1
""")
"""The job of a tick, unless this tick or a later one was there before; gives 1 if it is kept."""

FORGET = Script("""
local at, forgotten = KEYS[1], 0
for place = 1, #ARGV, 2 do
    local id, key = ARGV[place], ARGV[place + 1]
    forgotten = forgotten + redis.call('DEL', at .. 'job:' .. id)
    redis.call('DEL', at .. 'events:' .. id)
    redis.call('ZREM', at .. 'expires', id)
    redis.call('ZREM', at .. 'created', id)
    if key ~= '' and redis.call('HGET', at .. 'keys', key) == id then
        redis.call('HDEL', at .. 'keys', key)
    end
end
return forgotten
""")
"""Ended jobs with all that belongs to them, as pairs of id and key; gives how many there still were."""
