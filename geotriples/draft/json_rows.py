"""Where the rows of a JSON document are, and JSONPaths to the values in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def arrays_of(value: Any, path: str) -> Iterator[tuple[str, list[Any]]]:
    """Give the arrays of objects that are reached through objects alone."""
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        yield f"{path}[*]", value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from arrays_of(inner, path + _step(name))


def paths_of(value: Any, path: str) -> Iterator[str]:
    """Give the JSONPaths to the scalars of a row."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths_of(inner, path + _step(name))
    elif isinstance(value, list):
        if value and not any(isinstance(one, (dict, list)) for one in value):
            yield f"{path}[*]"
    else:
        yield path


def _step(name: str) -> str:
    if name.isidentifier():
        return f".{name}"
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"
