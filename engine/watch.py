"""Watching running statements: stop them when their control says so, tell how far they are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from engine.protocol import Control

POLL_S = 0.05
IDLE_ROUNDS = 40
"""After so many rounds with nothing to watch the thread ends."""


@dataclass(slots=True, eq=False)
class _Watched:
    """One running statement."""

    control: Control
    interrupt: Callable[[], object]
    percent: Callable[[], float] | None
    ended: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> None:
        """Stop the statement or tell how far it is, unless it has ended."""
        with self.lock:
            if self.ended:
                return
            late = self.control.deadline is not None and time.monotonic() > self.control.deadline
            if late or self.control.cancelled.is_set():
                self.interrupt()
            elif self.percent is not None and (done := self.percent()) >= 0:
                self.control.report("query", round(done), 100, "percent")

    def end(self) -> None:
        """Let nothing happen any more; what happens now is waited for."""
        with self.lock:
            self.ended = True


class Watcher:
    """Watches the statements of one engine from one thread, for starting one costs a short query.

    The thread starts with the first statement and ends when there has been none for a while.
    """

    def __init__(self) -> None:
        self._watched: list[_Watched] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def watching(
        self,
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
        watched = _Watched(control, interrupt, percent)
        with self._lock:
            self._watched.append(watched)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            watched.end()
            with self._lock:
                self._watched.remove(watched)

    def end(self) -> None:
        """Watch nothing any more: the statements that are open are closed with their engine."""
        with self._lock:
            watched = list(self._watched)
        for each in watched:
            each.end()

    def _watch(self) -> None:
        idle = 0
        while idle < IDLE_ROUNDS:
            time.sleep(POLL_S)
            with self._lock:
                watched = list(self._watched)
                idle = 0 if watched else idle + 1
                if idle == IDLE_ROUNDS:
                    self._thread = None
            for each in watched:
                each.look()
