"""Watching a running statement: stop it when its control says so, tell how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.protocol import Control

POLL_S = 0.05


@contextmanager
def watched(
    control: Control | None,
    interrupt: Callable[[], object],
    percent: Callable[[], float] | None = None,
) -> Iterator[None]:
    """Interrupt what the block runs when `control` is cancelled or out of time.

    Parameters
    ----------
    control
        None: nothing is watched.
    interrupt
        Stops the running statement; may be called more than once, from another thread.
    percent
        How far the statement is, 0 to 100; negative where it is not known.

    Notes
    -----
    `control.progress` is called from the watching thread.
    """
    if control is None:
        yield
        return
    ended = threading.Event()
    thread = threading.Thread(
        target=_watch, args=(control, interrupt, percent, ended), name="watch", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _watch(
    control: Control,
    interrupt: Callable[[], object],
    percent: Callable[[], float] | None,
    ended: threading.Event,
) -> None:
    while not ended.wait(POLL_S):
        late = control.deadline is not None and time.monotonic() > control.deadline
        if late or control.cancelled.is_set():
            interrupt()
        elif percent is not None and (done := percent()) >= 0:
            control.report("query", round(done), 100, "percent")
