"""What a conversion added and removed since a previous output: two files, a patch or an update."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Literal

import pyarrow as pa
import pyoxigraph as ox
from sqlglot import exp

from engine.protocol import Control, Engine, Parts, Relation
from engine.triple_files import replaced_file, write_relation
from geosparql.errors import SourceError
from geosparql.rdf import format_of, open_rdf, read_triples
from geosparql.triples import TRIPLES_SCHEMA

COMPARED = tuple(name for name in TRIPLES_SCHEMA.names if name != "geometry")
"""A geometry is what its literal says."""


ChangesAs = Literal["files", "patch", "update"]
UPDATE_QUADS = 10_000
"""Quads of one operation of an update, so that its reader need not hold all."""


def change_files(output: Path, written: ChangesAs = "files") -> tuple[Path, ...]:
    """Name the files beside an output that tell what has changed.

    ``NAME.added.nq`` and ``NAME.removed.nq``, ``NAME.changes.rdfp`` or ``NAME.changes.ru``.
    """
    endings = {"files": ("added.nq", "removed.nq"), "patch": ("changes.rdfp",),
               "update": ("changes.ru",)}  # fmt: skip
    return tuple(output.with_name(f"{output.name}.{ending}") for ending in endings[written])


def check_previous(previous: Path, output: Path) -> None:
    """Raise a SourceError where an output cannot be compared with a previous one.

    Raises
    ------
    SourceError
        Where the previous one is missing, or would be overwritten before it is read.
    """
    if not previous.exists():
        raise SourceError("There is no such output", where=str(previous),
                          hint="--since names the output of an earlier run")  # fmt: skip
    if previous.resolve() == output.resolve():
        raise SourceError(
            "The previous output is the one that would be written", where=str(output),
            hint="Name another output with -o, or keep the previous one under another name",
        )  # fmt: skip


def write_changes(
    engine: Engine,
    previous: Path,
    output: Path,
    *,
    written: ChangesAs = "files",
    control: Control | None = None,
) -> tuple[int, int]:
    """Compare two outputs of conversions; blank nodes are the same where their labels are.

    Parameters
    ----------
    engine
        Compares them; on DuckDB what does not fit into its memory goes to disk.
    previous, output
        RDF files or folders of triple Parquet.
    written
        As two files of quads, as an RDF Patch (``D`` and ``A`` lines in one
        transaction), or as SPARQL Update (``DELETE DATA``, ``INSERT DATA``).
    control
        Cancellation, deadline and progress.

    Returns
    -------
    tuple
        How many triples were added and removed.

    Raises
    ------
    SourceError
        Where one is missing, or cannot be read; where an update would have to name
        blank nodes, which SPARQL cannot.
    """
    check_previous(previous, output)
    old, new = (_triples(engine, path) for path in (previous, output))
    with TemporaryDirectory(prefix=".partial-", dir=output.parent) as folder:
        added, removed = (
            change_files(output)
            if written == "files"
            else (Path(folder, "added.nq"), Path(folder, "removed.nq"))
        )
        try:
            counts = (
                write_relation(engine, _except(new, old), added, control=control),
                write_relation(engine, _except(old, new), removed, control=control),
            )
        finally:
            engine.drop(old)
            engine.drop(new)
        if written != "files":
            write = _write_patch if written == "patch" else _write_update
            with replaced_file(change_files(output, written)[0]) as stream:
                write(stream, removed, added)
    return counts


def _write_patch(stream: IO[bytes], removed: Path, added: Path) -> None:
    """Write an RDF Patch: blank nodes by their labels, which the data makes."""
    stream.write(b"TX .\n")
    for letter, path in (("D", removed), ("A", added)):
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS):
            graph = "" if isinstance(quad.graph_name, ox.DefaultGraph) else f" {quad.graph_name}"
            stream.write(f"{letter} {quad.triple}{graph} .\n".encode())
    stream.write(b"TC .\n")


def _write_update(stream: IO[bytes], removed: Path, added: Path) -> None:
    """Write an update of a bounded number of quads an operation."""
    for words, path in (("DELETE DATA", removed), ("INSERT DATA", added)):
        quads = iter(ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS))
        while some := list(islice(quads, UPDATE_QUADS)):
            stream.write(f"{words} {{\n".encode())
            stream.writelines(_in_update(quad).encode() for quad in some)
            stream.write(b"} ;\n")


def _in_update(quad: ox.Quad) -> str:
    if _has_blank(quad.triple) or isinstance(quad.graph_name, ox.BlankNode):
        raise SourceError(
            "A SPARQL Update cannot name the blank nodes that have changed", value=quad,
            hint="Write an RDF Patch: --changes patch",
        )  # fmt: skip
    triple = f"{quad.triple} ."
    named = not isinstance(quad.graph_name, ox.DefaultGraph)
    return f"  GRAPH {quad.graph_name} {{ {triple} }}\n" if named else f"  {triple}\n"


def _has_blank(triple: ox.Triple) -> bool:
    return any(
        isinstance(term, ox.BlankNode) or (isinstance(term, ox.Triple) and _has_blank(term))
        for term in (triple.subject, triple.object)
    )


def _except(left: Relation, right: Relation) -> exp.Query:
    """Give the triples of one relation that the other has not, each once.

    A group goes to disk where a set difference, which is a join, would hold one side.
    """
    sides = [
        relation.select(*COMPARED).select(exp.alias_(exp.Literal.number(number), "side"))
        for number, relation in enumerate((left, right))
    ]
    both = exp.union(*sides, distinct=False).subquery("both")
    geometry = exp.alias_(exp.cast(exp.null(), "BINARY"), "geometry", quoted=True)
    columns = [exp.column(name, quoted=True) for name in COMPARED]
    is_left = exp.EQ(this=exp.Max(this=exp.column("side")), expression=exp.Literal.number(0))
    return (
        exp.select(*columns, geometry)
        .from_(both)
        .group_by(*(column.copy() for column in columns))
        .having(is_left)
    )


def _triples(engine: Engine, path: Path) -> Relation:
    if path.is_dir():
        return engine.relation(sorted(path.glob("*.parquet")))
    format_of(path)
    return engine.relation(Parts(TRIPLES_SCHEMA, [str(path)], _read))


def _read(name: str) -> Iterator[pa.RecordBatch]:
    """Read a file with the labels of its blank nodes as they are: the data makes them."""
    path = Path(name)
    with open_rdf(path) as stream:
        yield from read_triples(stream, format=format_of(path)[0], where=name)
