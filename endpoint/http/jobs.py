"""Work that requests ask for: admitted in turn, bounded, listed, cancelled, counted, logged.

A job runs in a thread. Some of what runs there cannot be stopped at once (one call
into GEOS on a huge geometry), so its response ends at the deadline without waiting
for the thread; the job keeps its place among those of its role until the thread ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import anyio

from endpoint.http.settings import HTTPSettings, Role
from engine.protocol import Control
from geosparql.errors import LimitError

Kind = Literal["query", "update", "graph", "stac", "description"]
THREADS = 10_000  # anyio's own bound must not come before the roles'
SHOWN_TEXT = 2_000


@dataclass(slots=True, eq=False)
class Job:
    """One piece of work: who asked for what, since when, and how it is stopped."""

    id: str
    kind: Kind
    text: str
    role: Role
    control: Control
    started: float = field(default_factory=time.monotonic)
    running: bool = False
    cancelled_by_admin: bool = False

    def seconds(self) -> float:
        """Give how long ago it began."""
        return time.monotonic() - self.started

    def state(self) -> str:
        """Say in a word how it is."""
        if self.control.cancelled.is_set():
            return "stopping"
        return "running" if self.running else "waiting"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended: the HTTP status, what was sent, and what went wrong."""

    status: int
    sent_bytes: int
    error: BaseException | None = None


Listener = Callable[[Job, Ended], None]


class Jobs:
    """The jobs of one application.

    Parameters
    ----------
    settings
        Roles and how many may wait.
    listeners
        Told when a job has ended, in the thread or task in which it did.
    """

    def __init__(self, settings: HTTPSettings, listeners: tuple[Listener, ...] = ()) -> None:
        self._waiting_most = settings.waiting_queries
        self._listeners = listeners
        self._places = {
            role.name: anyio.CapacityLimiter(role.concurrent_queries) for role in settings.roles
        }
        self._jobs: dict[str, Job] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._threads_of: set[Job] = set()
        self._none_runs = threading.Condition()
        self.threads = anyio.CapacityLimiter(THREADS)

    def open(self, role: Role, kind: Kind, text: str, timeout_s: float | None = None) -> Job:
        """Begin a job: its time runs from now on."""
        seconds = min(timeout_s or role.timeout_s, role.max_timeout_s)
        control = Control(deadline=time.monotonic() + seconds, memory_bytes=role.memory_bytes)
        with self._lock:
            job = Job(str(next(self._numbers)), kind, text, role, control)
            self._jobs[job.id] = job
        return job

    async def admit(self, job: Job) -> Callable[[], None]:
        """Wait for a place; give what sets it free again, to be called from any thread.

        Raises
        ------
        LimitError
            Too many wait already. (That the time is over is the response's to say.)
        """
        places = self._places[job.role.name]
        if places.statistics().tasks_waiting >= self._waiting_most:
            raise LimitError(
                f"Too many queries of the role {job.role.name!r} wait already",
                hint="Ask again later",
            )
        await places.acquire_on_behalf_of(job)
        with self._none_runs:
            job.running = True
            self._threads_of.add(job)
        loop = asyncio.get_running_loop()

        def free() -> None:
            if not job.running:
                return
            with self._none_runs:
                job.running = False
                self._threads_of.discard(job)
                self._none_runs.notify_all()
            with contextlib.suppress(RuntimeError):  # the loop is closed: the server has ended
                loop.call_soon_threadsafe(places.release_on_behalf_of, job)

        return free

    def end(self, job: Job, ended: Ended) -> None:
        """Forget a job."""
        with self._lock:
            if self._jobs.pop(job.id, None) is None:
                return
        for listener in self._listeners:
            listener(job, ended)

    def list(self) -> list[Job]:
        """Give the jobs that have not ended, the oldest first."""
        with self._lock:
            return list(self._jobs.values())

    def cancel(self, job_id: str) -> bool:
        """Stop a job; tell whether there was one."""
        with self._lock:
            job = self._jobs.get(job_id)
        if job is not None:
            job.cancelled_by_admin = True
            job.control.cancelled.set()
        return job is not None

    def stop(self, timeout_s: float) -> int:
        """Cancel every job and wait for their threads; give how many go on after that time.

        What a job works on (a store, its engine) may be closed when none does.
        """
        for job in self.list():
            job.control.cancelled.set()
        with self._none_runs:
            for job in self._threads_of:
                job.control.cancelled.set()
            self._none_runs.wait_for(lambda: not self._threads_of, timeout_s)
            return len(self._threads_of)
