"""Where links go: files of any syntax, folders of triple Parquet, or whatever takes batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from engine.descriptions import Statement
from engine.protocol import Control, Engine
from engine.triple_files import holds_graphs, is_lines, write_relation
from geosparql.errors import RuleError
from geosparql.term_columns import term_columns
from geosparql.triples import TRIPLES_SCHEMA
from interlink.linkset import Linkset, linkset_statements, write_linkset
from interlink.rules.model import Rules

Sink = Callable[[Iterator[pa.RecordBatch]], object]
"""Takes all triples as one document; a store's `load_batches` is one."""


@dataclass(frozen=True, slots=True)
class LinkOutput:
    """Where links go, and whether they are described.

    Parameters
    ----------
    place
        ``.nt``, ``.nq``, ``.ttl`` …, ``.gz``; a folder for triple Parquet; or a sink.
    provenance
        Describe the links and the run beside a file or folder (``NAME.prov.ttl``); into a
        sink the description goes with the links, under the IRI of the rule file.
    """

    place: Path | Sink
    provenance: bool = False

    @property
    def path(self) -> Path | None:
        """The file or folder, where it is one."""
        return self.place if isinstance(self.place, Path) else None


def check_output(rules: Rules, output: LinkOutput) -> None:
    """Refuse an output that cannot hold the links of some rules, before they are sought.

    Raises
    ------
    RuleError
        Saying what it cannot hold.
    SourceError
        The extension of the output is not known.
    """
    path = output.path
    if any(rule.graph for rule in rules.links) and path is not None and not holds_graphs(path):
        raise RuleError(
            "The rules name a graph and the output has none", where=str(rules.path), value=path,
            hint="Write .nq, .trig or a Parquet folder",
        )  # fmt: skip
    if rules.annotate == "star" and (path is None or not is_lines(path)):
        raise RuleError(
            "RDF-star can only be written as N-Triples or N-Quads", where=str(rules.path),
            value=path, hint='Write .nt or .nq, or annotate = "triple_term"',
        )  # fmt: skip


def write_links(
    engine: Engine, query: exp.Query, output: LinkOutput, linkset: Linkset, *, control: Control
) -> None:
    """Write triples of links; into a sink, with their description.

    Parameters
    ----------
    engine
        Where they stand.
    query
        Of the columns of `TRIPLES_SCHEMA`, in the order of the output.
    output
        Where they go.
    linkset
        What is said of them in a sink.
    control
        Cancellation and progress.
    """
    if isinstance(output.place, Path):
        write_relation(engine, query, output.place, control=control)
        return
    with engine.run(query, control=control) as rows:
        output.place(_document(rows, output, linkset))


def describe_links(output: LinkOutput, linkset: Linkset) -> Path | None:
    """Describe links that are written, beside them; give the description if there is one."""
    if output.path is None or not output.provenance:
        return None
    return write_linkset(linkset, output.path)


def _document(
    rows: pa.RecordBatchReader, output: LinkOutput, linkset: Linkset
) -> Iterator[pa.RecordBatch]:
    yield from rows
    if output.provenance:
        document = linkset.rules.path.resolve().as_uri()
        yield _batch(list(linkset_statements(linkset, document, None)))


def _batch(statements: list[Statement]) -> pa.RecordBatch:
    rows = [
        (term_columns(subject)[0], predicate, *term_columns(item), None, None)
        for subject, predicate, item in dict.fromkeys(statements)
    ]
    columns = [pa.array(column, field.type) for column, field in
               zip(zip(*rows, strict=True), TRIPLES_SCHEMA, strict=True)]  # fmt: skip
    return pa.record_batch(columns, schema=TRIPLES_SCHEMA)
