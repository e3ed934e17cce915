"""Whether the keys of joins can meet: what both sides hold in the first rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from geosparql.errors import EarthgraphError
from geotriples.check.findings import Finding, finding_at
from geotriples.check.literals import LEXICAL
from geotriples.check.pieces import object_maps
from geotriples.check.sample import first_batches
from geotriples.draft.survey import lexical
from geotriples.mapping.logical_source import LogicalSource
from geotriples.mapping.logical_view import LogicalView
from geotriples.mapping.model import (
    Join,
    Mapping,
    Reference,
    ReferencingObjectMap,
    TermMap,
    TriplesMap,
)
from geotriples.sources.table import open_source

FORMS = tuple(LEXICAL[name] for name in LEXICAL if name.endswith(("#integer", "#double")))


def key_findings(mapping: Mapping) -> Iterator[Finding]:
    """Look at the joins whose keys are plain references to sources."""
    for triples_map in mapping.triples_maps:
        for _, value in object_maps(triples_map):
            if isinstance(value, ReferencingObjectMap):
                parent = mapping.triples_map(value.parent)
                for join in value.joins:
                    found = _finding(join, value.where, triples_map, parent, mapping.path)
                    if found is not None:
                        yield found


def _finding(
    join: Join, where: str, child: TriplesMap, parent: TriplesMap, path: Path
) -> Finding | None:
    ours, theirs = _keys(join.child, child.source), _keys(join.parent, parent.source)
    if not ours or not theirs or ours & theirs:
        return None
    shown = f"{min(ours)} and {min(theirs)}"
    if {_form(key) for key in ours} & {_form(key) for key in theirs}:
        return finding_at(
            path, where, "No key of the join has a parent in the first rows", severity="warning",
            value=shown, hint="Check that the right columns are joined",
        )  # fmt: skip
    return finding_at(
        path, where, "The keys of the join are of different forms and never meet", value=shown,
        hint="Write both alike, for instance with a function on one side",
    )  # fmt: skip


def _keys(key: TermMap, source: LogicalSource | LogicalView) -> set[str]:
    """Give the first keys of one side; none where they are computed."""
    if not isinstance(key.expression, Reference) or isinstance(source, LogicalView):
        return set()
    try:
        batches = first_batches(open_source(source, (key.expression.name,)).parts)
    except EarthgraphError:  # the run of the sample has told it
        return set()
    keys: set[str] = set()
    for batch in batches:
        values = batch.column(0)
        texts = lexical(values.flatten() if pa.types.is_list(values.type) else values)
        keys.update(texts.drop_null().to_pylist())
    return keys


def _form(key: str) -> int:
    """Tell integers, other numbers and texts apart."""
    return next((n for n, form in enumerate(FORMS) if re.fullmatch(form, key)), len(FORMS))
