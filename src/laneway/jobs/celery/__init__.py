"""Celery brings parcels to workers on many machines, through RabbitMQ or Redis; jobs are kept in Redis.

**Who does what.** The store (`laneway.jobs.redis`) is the truth, as in every engine. Celery has one task, `laneway.parcel`,
whose arguments are a job's id, its queue and the number of the delivery. A process that enqueues publishes it from one
thread (`producer`). A worker consumes each queue with a Celery worker of its own in a thread of this process (`worker`), so
that a full queue never holds up another. Celery's thread hands the parcel to the event loop, where the `Runner` is that
of all engines, and waits: so `async def` works, and a parcel is acknowledged when its job has said how it ended.

**What a broker cannot know** is kept as claims in Redis (`claims`): which parcel is with which worker, and that this
worker lives, told once a second by a thread of its own. That makes the two promises of a `Delivery` true where late
acknowledgement alone does not:

- A broker delivers again what is not acknowledged: RabbitMQ when a connection breaks or `consumer_timeout` is over,
  Redis after `visibility_timeout`. The worker may well be alive. A parcel whose worker lives is not opened twice.
- On Redis, what a dead worker had stays invisible for an hour. Here it is missing as soon as its worker is dead, and
  `Dispatcher` sends it again; what the broker shows later is an old delivery, and ignored.

**What is not Celery's**: retries, delays, schedules, results, cancelling and time limits are in the store, the same for
all engines, so neither beat nor a result backend runs. Delays do not wait in the broker.
"""
