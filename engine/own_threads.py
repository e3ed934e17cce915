"""Python's own threads, for calls that come from threads of an engine's library.

PROJ and others keep state for each thread. On a thread that the library made,
Python's part of that state is gone after each call while PROJ's is not, and the
next call crashes the process. So such a call is handed over to a thread that lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")
_END = object()


class OwnThreads:
    """Threads that last as long as the engine."""

    def __init__(self) -> None:
        # One for each caller that waits: a source may itself read from the engine
        self._pool = ThreadPoolExecutor(64, thread_name_prefix="engine")

    def calling(self, function: Callable[P, T]) -> Callable[P, T]:
        """Give a function that runs in one of the threads while its caller waits."""

        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            return self._pool.submit(function, *args, **kwargs).result()

        return call

    def iterating(self, items: Callable[[], Generator[T, None, None]]) -> Iterator[T]:
        """Give what a generator gives, from one thread, which is one step ahead.

        One thread for all steps: GDAL's environment belongs to the thread that opened it.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="source") as thread:
            generator = items()
            step = thread.submit(next, generator, _END)
            try:
                while (item := step.result()) is not _END:
                    step = thread.submit(next, generator, _END)
                    yield cast(T, item)
            finally:
                thread.submit(generator.close).result()

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False)
