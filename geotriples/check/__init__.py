"""Checks of mappings against their sources, before anything is converted.

The check is the conversion itself, run on the first rows of each source and
written nowhere: what it says is what a conversion would say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.protocol import Engine
from geosparql.errors import EarthgraphError
from geotriples.access import SourceAccess, restricted
from geotriples.check.findings import Finding, finding_at, finding_of
from geotriples.check.keys import key_findings
from geotriples.check.pieces import alone, object_maps, pieces_of
from geotriples.check.sample import SAMPLE_ROWS, Made, run_sample
from geotriples.functions.function import Function
from geotriples.mapping.contents import all_targets
from geotriples.mapping.model import Constant, Mapping, ReferencingObjectMap, TermMap, TriplesMap
from geotriples.mapping.rml import read_mapping
from geotriples.target_files import TargetFiles

__all__ = ["Finding", "check"]


def check(
    mapping: Path | Mapping,
    *,
    engine: Engine,
    base_iri: str | None = None,
    database: str | None = None,
    functions: Iterable[Function] = (),
    access: SourceAccess | None = None,
) -> tuple[Finding, ...]:
    """Check a mapping against its sources without converting them.

    Parameters
    ----------
    mapping
        Mapping file, or a mapping that was read.
    engine
        Where the first rows run.
    base_iri, database, functions
        As `geotriples.mapping.rml.read_mapping` takes them, of a mapping file.
    access
        What its sources may touch; None leaves it as the mapping has it.

    Returns
    -------
    tuple of Finding
        What is wrong, or may be: the language, sources, references, CRSs, functions
        and their inputs, joins, IRIs, literals, targets. In the order of the file;
        none where all is well.
    """
    try:
        read = (
            mapping
            if isinstance(mapping, Mapping)
            else read_mapping(mapping, base_iri=base_iri, database=database, functions=functions)
        )
        read = read if access is None else restricted(read, access)
    except EarthgraphError as error:
        path = mapping.path if isinstance(mapping, Mapping) else mapping
        return (finding_of(path, error, str(path)),)
    found = dict.fromkeys((*_of_targets(read), *_of_maps(read, engine), *key_findings(read)))
    wrong = [one.term_map for one in found if one.severity == "error"]
    told = [
        one
        for one in found
        if one.severity == "error" or not any(place.startswith(one.term_map) for place in wrong)
    ]
    return tuple(sorted(told, key=lambda one: (one.line or 0, one.severity, one.term_map)))


def _of_targets(mapping: Mapping) -> Iterator[Finding]:
    try:
        TargetFiles(all_targets(mapping), Path(), mapping.path)
    except EarthgraphError as error:
        yield finding_of(mapping.path, error, str(mapping.path))


def _of_maps(mapping: Mapping, engine: Engine) -> Iterator[Finding]:
    """Run all at once; where that fails, each triples map, and of one that fails each piece."""
    try:
        yield from _of_run(run_sample(mapping, engine), mapping, mapping.triples_maps)
    except EarthgraphError:
        for one in mapping.triples_maps:
            single = alone(mapping, one)
            try:
                yield from _of_run(run_sample(single, engine), mapping, (one,))
            except EarthgraphError as error:
                found = list(_of_pieces(one, mapping, engine))
                yield from found or [finding_of(mapping.path, error, one.where)]


def _of_pieces(triples_map: TriplesMap, mapping: Mapping, engine: Engine) -> Iterator[Finding]:
    is_source = True
    for where, piece in pieces_of(triples_map, mapping):
        try:
            made = run_sample(piece, engine)
            yield from _of_run(made, mapping, (piece.triples_map(triples_map.name),))
        except EarthgraphError as error:
            yield finding_of(mapping.path, error, where)
            if is_source:  # every other piece reads it too
                return
        is_source = False


def _of_run(made: Made, mapping: Mapping, maps: Iterable[TriplesMap]) -> Iterator[Finding]:
    """Tell what went wrong with rows, and what made nothing."""
    for problem, told in made.tally.found.items():
        row = "" if told.first_row is None else f", first in row {told.first_row + 1}"
        yield finding_at(
            mapping.path, problem.where, problem.what, value=told.first_value,
            severity="error" if problem.is_error else "warning",
            source=f"{told.rows:,} of the first rows{row}", hint=problem.hint or None,
        )  # fmt: skip
    by_name = {one.name: one for one in maps}
    for (name, predicate, datatype), (count, first) in made.ill_formed.items():
        yield finding_at(
            mapping.path, _place(by_name[name], predicate, datatype),
            f"The text is none of the datatype <{datatype}>", value=first,
            source=f"{count:,} of the first rows", hint="Choose another datatype, or mend it",
        )  # fmt: skip
    for one in maps:
        yield from _of_nothing(made, one, mapping)


def _of_nothing(made: Made, triples_map: TriplesMap, mapping: Mapping) -> Iterator[Finding]:
    rows = {made.rows.get(source.key) for source in triples_map.source.inputs}
    if not triples_map.asserted:
        return
    if rows == {0}:
        yield finding_at(mapping.path, triples_map.source.where, "The source has no rows",
                         severity="warning", source=triples_map.source.source.name)  # fmt: skip
        return
    seen = f"first {SAMPLE_ROWS:,} rows" if SAMPLE_ROWS in rows else "rows"
    for predicate, value in object_maps(triples_map):
        if predicate is not None and (triples_map.name, predicate) not in made.triples:
            yield finding_at(
                mapping.path, value.where, f"The {seen} make no triple", severity="warning",
                hint="Is it the right column, or the right join?",
            )  # fmt: skip


def _place(triples_map: TriplesMap, predicate: str, datatype: str) -> str:
    """Say which object map makes literals of a predicate and datatype."""
    places: list[str] = []
    for name, value in object_maps(triples_map):
        if name == predicate and not isinstance(value, ReferencingObjectMap):
            places.insert(0 if _states(value, datatype) else len(places), value.where)
    return places[0] if places else triples_map.where


def _states(value: TermMap, datatype: str) -> bool:
    stated = value.datatype.expression if value.datatype else None
    return isinstance(stated, Constant) and getattr(stated.term, "value", None) == datatype
