"""What the command line shows and how it ends: progress, tables, errors, exit codes."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from engine.protocol import Control
from engine.protocol import Progress as EngineProgress
from geosparql.errors import (
    CancelledError,
    EarthgraphError,
    EngineError,
    EngineUnavailableError,
    InputError,
    LimitError,
    MemberError,
    StoreError,
)

# The most special class first; sysexits.h where it has a code for the case.
EXIT_CODES: tuple[tuple[type[BaseException], int, str], ...] = (
    (InputError, 65, "what was given is wrong"),
    (CancelledError, 130, "interrupted"),
    (LimitError, 75, "a limit was reached"),
    (EngineUnavailableError, 69, "something that is needed is not installed or not reachable"),
    (EngineError, 70, "the engine failed"),
    (StoreError, 74, "the store cannot be used"),
    (MemberError, 76, "a federation member did not answer"),
    (EarthgraphError, 1, "any other error"),
)

WITH_ERRORS = 3
"""Exit code of a conversion that was done but for rows that had something wrong."""

SHOW_AFTER_S = 2.0


def exit_code(error: BaseException) -> int:
    """Give the exit code of an error from the one table."""
    return next((code for kind, code, _ in EXIT_CODES if isinstance(error, kind)), 1)


@contextmanager
def shown_errors(console: Console) -> Iterator[None]:
    """Turn an earthgraph error into one line on standard error and its exit code."""
    try:
        yield
    except EarthgraphError as error:
        console.print(f"[bold red]error:[/] {type(error).__name__}", highlight=False)
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(exit_code(error))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def text_or_file(text: str) -> str:
    """Give a query or an update: the content of a file where there is one of that name."""
    looks_like_file = "\n" not in text and "{" not in text
    if looks_like_file and Path(text).is_file():
        return Path(text).read_text(encoding="utf-8")
    return text


class _Display:
    """A progress display that appears only once the work has taken two seconds."""

    def __init__(self, console: Console) -> None:
        self._started = time.monotonic()
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()
        self._shown = False
        self._progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(),
            TextColumn("{task.fields[count]}"), TimeElapsedColumn(),
            console=console, transient=True,
        )  # fmt: skip

    def __call__(self, news: EngineProgress) -> None:
        """Take one piece of news from whatever thread works."""
        with self._lock:
            if not self._shown and time.monotonic() - self._started > SHOW_AFTER_S:
                self._progress.start()
                self._shown = True
            count = f"{news.done:,} {news.unit}"
            if news.stage not in self._tasks:
                self._tasks[news.stage] = self._progress.add_task(news.stage, count=count)
            self._progress.update(
                self._tasks[news.stage], completed=news.done, total=news.total, count=count
            )

    def stop(self) -> None:
        """Take the display away."""
        with self._lock:
            if self._shown:
                self._progress.stop()


@contextmanager
def watched(console: Console, *, timeout_s: float | None = None) -> Iterator[Control]:
    """Give a Control that shows progress after two seconds and that Ctrl-C cancels."""
    display = _Display(console)
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    control = Control(deadline=deadline, progress=display)

    def interrupt(number: int, frame: FrameType | None) -> None:
        # The second Ctrl-C is the usual one: whoever presses twice wants out.
        control.cancelled.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    in_main_thread = threading.current_thread() is threading.main_thread()
    previous = signal.signal(signal.SIGINT, interrupt) if in_main_thread else None
    try:
        yield control
    finally:
        display.stop()
        if in_main_thread:
            signal.signal(signal.SIGINT, previous)
