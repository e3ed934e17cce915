"""What a conversion added and removed since a previous output, as two files of triples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from engine.protocol import Control, Engine, Parts, Relation
from engine.triple_files import write_relation
from geosparql.errors import SourceError
from geosparql.rdf import format_of, open_rdf, read_triples
from geosparql.triples import TRIPLES_SCHEMA

COMPARED = tuple(name for name in TRIPLES_SCHEMA.names if name != "geometry")
"""A geometry is what its literal says."""


def change_files(output: Path) -> tuple[Path, Path]:
    """Name the files of an output: ``NAME.added.nq`` and ``NAME.removed.nq`` beside it."""
    added, removed = (output.with_name(f"{output.name}.{kind}.nq") for kind in ("added", "removed"))
    return added, removed


def write_changes(
    engine: Engine, previous: Path, output: Path, *, control: Control | None = None
) -> tuple[int, int]:
    """Compare two outputs of conversions; blank nodes are the same where their labels are.

    Parameters
    ----------
    engine
        Compares them; on DuckDB what does not fit into its memory goes to disk.
    previous, output
        RDF files or folders of triple Parquet.
    control
        Cancellation, deadline and progress.

    Returns
    -------
    tuple
        How many triples were added and removed.

    Raises
    ------
    SourceError
        Where one is missing, or cannot be read.
    """
    old, new = (_triples(engine, path) for path in (previous, output))
    added, removed = change_files(output)
    try:
        return (
            write_relation(engine, _except(new, old), added, control=control),
            write_relation(engine, _except(old, new), removed, control=control),
        )
    finally:
        engine.drop(old)
        engine.drop(new)


def _except(left: Relation, right: Relation) -> exp.Query:
    """Give the triples of one relation that the other has not, each once."""
    sides = [relation.select(*COMPARED) for relation in (left, right)]
    missing = exp.except_(*sides, distinct=True).subquery("changes")
    geometry = exp.alias_(exp.cast(exp.null(), "BINARY"), "geometry", quoted=True)
    columns = [exp.column(name, quoted=True) for name in COMPARED]
    return exp.select(*columns, geometry).from_(missing)


def _triples(engine: Engine, path: Path) -> Relation:
    if not path.exists():
        raise SourceError("There is no such output", where=str(path))
    if path.is_dir():
        return engine.relation(sorted(path.glob("*.parquet")))
    format_of(path)
    return engine.relation(Parts(TRIPLES_SCHEMA, [str(path)], _read))


def _read(name: str) -> Iterator[pa.RecordBatch]:
    """Read a file with the labels of its blank nodes as they are: the data makes them."""
    path = Path(name)
    with open_rdf(path) as stream:
        yield from read_triples(stream, format=format_of(path)[0], where=name)
