"""What a run of links leaves beside its output, so that the next run need not find all again.

``OUTPUT.state/`` holds for each side the number of every row (a feature with one of its
geometries) and a hash of both, for each rule the pairs that its join found, and in
``state.json`` what was asked. It is read as a whole or not at all, and says nothing that
the output must agree with.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, fields
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from engine.protocol import Engine, JoinCondition, Relation
from geosparql.errors import SourceError

FORMAT = 1
KEYS_SCHEMA = pa.schema([pa.field("id", pa.int64()), pa.field("key", pa.binary())])
_FACTS = "state.json"
_HASH_BYTES = 16


def state_folder(output: Path) -> Path:
    """Name the state of an output."""
    return output.with_name(f"{output.name}.state")


def keys(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the id and the hash of ``feature`` and ``geometry`` of each row."""
    for batch in batches:
        rows = zip(batch["feature"].to_pylist(), batch["geometry"].to_pylist(), strict=True)
        hashes = [_hash(feature, geometry) for feature, geometry in rows]
        columns = [batch["id"].cast(pa.int64()), pa.array(hashes, pa.binary())]
        yield pa.RecordBatch.from_arrays(columns, schema=KEYS_SCHEMA)


def _hash(feature: str, geometry: bytes | None) -> bytes:
    # An IRI holds no zero byte, so that nothing can move from the one to the other. A feature
    # that only times link may have no geometry.
    text = feature.encode() + b"\0" + (geometry or b"")
    return blake2b(text, digest_size=_HASH_BYTES).digest()


@dataclass(frozen=True, slots=True)
class State:
    """A state that was read: its folder and the conditions of its joins, as `said`."""

    folder: Path
    conditions: tuple[str, ...]

    def relation(self, engine: Engine, name: str) -> Relation:
        """Give one of its tables."""
        return engine.relation(sorted((self.folder / name).glob("*.parquet")))


def read_state(output: Path) -> State:
    """Read the state beside an output.

    Raises
    ------
    SourceError
        There is none, or another version wrote it.
    """
    folder = state_folder(output)
    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(
            "The previous links have no state beside them", where=str(folder),
            hint="Let the first run keep one: --keep-state",
        ) from error  # fmt: skip
    if facts.get("version") != _version():
        raise SourceError(
            "The state was written by another version", where=str(folder), value=facts["version"],
            hint="Find all links once more, with --keep-state",
        )  # fmt: skip
    return State(folder, tuple(facts["conditions"]))


class StateWriter:
    """Writes a state beside where it will stand, and puts it there at the end."""

    def __init__(self, output: Path) -> None:
        self._final = state_folder(output)
        self._part = self._final.with_name(self._final.name + ".part")
        self._conditions: list[str] = []
        shutil.rmtree(self._part, ignore_errors=True)
        self._part.mkdir(parents=True)

    def table(self, engine: Engine, name: str, relation: Relation) -> None:
        """Write one of its tables."""
        engine.write(relation.select(), self._part / name)

    def pairs(self, engine: Engine, condition: JoinCondition, relation: Relation) -> None:
        """Write the pairs of the next join."""
        self.table(engine, pairs_name(len(self._conditions)), relation)
        self._conditions.append(said(condition))

    def finish(self) -> None:
        """Put the state in place."""
        facts = {"version": _version(), "conditions": self._conditions}
        (self._part / _FACTS).write_text(json.dumps(facts, indent=2), encoding="utf-8")
        shutil.rmtree(self._final, ignore_errors=True)
        self._part.replace(self._final)


def pairs_name(number: int) -> str:
    """Name the table of the pairs of a join."""
    return f"pairs-{number}"


def said(condition: JoinCondition) -> str:
    """Say a condition so that equal ones are said alike by every process."""
    values = {one.name: _plain(getattr(condition, one.name)) for one in fields(condition)}
    return json.dumps({type(condition).__name__: values}, sort_keys=True)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def _version() -> str:
    return f"{FORMAT}, GEOS {shapely.geos_version_string}"
