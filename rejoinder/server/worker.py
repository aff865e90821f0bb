"""The worker: everything not started by a request, as named jobs that repeat. Several workers may run beside each other.

A job is a coroutine that does a bounded piece of work and returns how much it did: some, then it is called again at once;
none, then it rests. What is due is found by the Clock in our tables, so a stopped worker forgets nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import Counter, Histogram

log = structlog.get_logger(__name__)

_DONE = Counter("rejoinder_job_done", "Pieces of work done", ["job"])
_FAILED = Counter("rejoinder_job_failed", "Runs that ended in an error", ["job"])
_SECONDS = Histogram("rejoinder_job_seconds", "Time of one run", ["job"])

FAILURE_REST_S = 5.0


@dataclass(frozen=True, slots=True)
class Job:
    """`run` does one bounded piece of work; `rest_s` passes before the next call when there was nothing to do."""

    name: str
    run: Callable[[], Awaitable[int]]
    rest_s: float


async def run_jobs(jobs: Sequence[Job], stop: asyncio.Event) -> None:
    """Run all jobs until `stop`; each finishes the piece it is at."""
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(_repeat(job, stop), name=job.name)


async def _repeat(job: Job, stop: asyncio.Event) -> None:
    while not stop.is_set():
        rest_s = await run_once(job)
        if rest_s:
            await _rest(stop, rest_s)


async def run_once(job: Job) -> float:
    """Do one piece; return the seconds to rest. An error is logged and counted, never the end of the worker."""
    try:
        with _SECONDS.labels(job.name).time():
            done = await job.run()
    except Exception:
        _FAILED.labels(job.name).inc()
        log.exception("job_failed", job=job.name)
        return FAILURE_REST_S
    _DONE.labels(job.name).inc(done)
    return 0.0 if done else job.rest_s


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
