"""Jobs whose threads outlive what asked for them."""

from __future__ import annotations

import asyncio
import threading

from endpoint.http.jobs import Jobs
from endpoint.http.settings import HTTPSettings


def test_stopping_waits_for_threads_as_long_as_it_may() -> None:
    settings = HTTPSettings()
    jobs, may_end = Jobs(settings), threading.Event()
    job = jobs.open(settings.roles[0], "query", "SELECT")

    async def admitted() -> threading.Thread:
        free = await jobs.admit(job)
        return threading.Thread(target=lambda: (may_end.wait(), free()))

    thread = asyncio.run(admitted())
    thread.start()
    assert jobs.stop(0.05) == 1
    assert job.control.cancelled.is_set()
    threading.Timer(0.05, may_end.set).start()
    assert jobs.stop(60) == 0
    thread.join()


def test_stopping_has_nothing_to_wait_for() -> None:
    assert Jobs(HTTPSettings()).stop(60) == 0
