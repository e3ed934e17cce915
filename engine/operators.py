"""How an engine runs an expression: its operators, with the rows they expect and gave."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_ESTIMATE = "Estimated Cardinality"
_FRAMES = frozenset({"RESULT_COLLECTOR", "EXPLAIN_ANALYZE"})


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator of an engine's plan; None where the engine does not say or did not run it."""

    name: str
    detail: Mapping[str, str] = field(default_factory=dict)
    estimated_rows: int | None = None
    rows: int | None = None
    seconds: float | None = None
    inputs: tuple[Operator, ...] = ()

    def lines(self, indent: str = "") -> Iterator[str]:
        """Write the operator and what it reads, one line each."""
        numbers = [
            f"{label} {value:{form}}"
            for label, value, form in (
                ("about", self.estimated_rows, ","),
                ("gave", self.rows, ","),
                ("seconds", self.seconds, ".4f"),
            )
            if value is not None
        ]
        detail = "; ".join(f"{name}: {text}" for name, text in self.detail.items())
        yield f"{indent}{self.name}  [{', '.join(numbers)}]  {detail}".rstrip()
        for each in self.inputs:
            yield from each.lines(indent + "  ")


def duckdb_operators(text: str) -> Operator:
    """Read what DuckDB's EXPLAIN says in JSON, with or without ANALYZE."""
    read = json.loads(text)
    node = read["operator"][0] if isinstance(read, dict) else read[0]
    while node["name"] in _FRAMES and node.get("children"):
        node = node["children"][0]
    return _operator(node)


def _operator(node: Mapping[str, Any]) -> Operator:
    detail = {name: _text(value) for name, value in node["extra_info"].items()}
    estimate = detail.pop(_ESTIMATE, None)
    return Operator(
        node["name"],
        detail,
        None if estimate is None else int(estimate),
        node.get("intermediate_rows"),
        node.get("timing"),
        tuple(map(_operator, node.get("children", ()))),
    )


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
