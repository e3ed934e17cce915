"""Which class, property or concept lies under which: the closure of the hierarchies.

The closure of `rdfs:subClassOf`, `rdfs:subPropertyOf` and `skos:broader` is
small (a code list of 400 concepts gives a few thousand pairs), so it is
computed in memory and joined in queries; instances are not materialised.
`skos:narrower`, `skos:broaderTransitive` and `skos:narrowerTransitive` count as
`skos:broader`; equivalent classes and properties lie under each other (RDFS 1.1
rules rdfs5 and rdfs11, SKOS section 8).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import pyarrow as pa

from geosparql.vocabulary import OWL, RDFS_SUB_CLASS_OF, RDFS_SUB_PROPERTY_OF, SKOS

SKOS_BROADER = SKOS + "broader"

# Property of a triple -> (hierarchy it belongs to, whether the object is the broader one).
_STEPS: dict[str, tuple[tuple[str, bool], ...]] = {
    RDFS_SUB_CLASS_OF: ((RDFS_SUB_CLASS_OF, True),),
    RDFS_SUB_PROPERTY_OF: ((RDFS_SUB_PROPERTY_OF, True),),
    SKOS_BROADER: ((SKOS_BROADER, True),),
    SKOS + "broaderTransitive": ((SKOS_BROADER, True),),
    SKOS + "narrower": ((SKOS_BROADER, False),),
    SKOS + "narrowerTransitive": ((SKOS_BROADER, False),),
    OWL + "equivalentClass": ((RDFS_SUB_CLASS_OF, True), (RDFS_SUB_CLASS_OF, False)),
    OWL + "equivalentProperty": ((RDFS_SUB_PROPERTY_OF, True), (RDFS_SUB_PROPERTY_OF, False)),
}

CLOSURE_SCHEMA = pa.schema(
    [
        pa.field("property", pa.string(), nullable=False),
        pa.field("narrower", pa.string(), nullable=False),
        pa.field("broader", pa.string(), nullable=False),
    ]
)


def closure(batches: Iterable[pa.RecordBatch]) -> pa.Table:
    """Give the reflexive-transitive closure of the hierarchies in triple batches.

    Parameters
    ----------
    batches
        Triple batches; other triples are passed over. Cycles are allowed.

    Returns
    -------
    pyarrow.Table
        Columns of `CLOSURE_SCHEMA`: `property` is rdfs:subClassOf,
        rdfs:subPropertyOf or skos:broader. Sorted; every node of a hierarchy lies
        under itself.
    """
    rows = [
        (hierarchy, narrower, broader)
        for hierarchy, parents in _direct(batches).items()
        for narrower in parents
        for broader in _above(narrower, parents)
    ]
    columns = zip(*sorted(rows), strict=True) if rows else ([], [], [])
    return pa.Table.from_arrays(
        [pa.array(list(column), pa.string()) for column in columns], schema=CLOSURE_SCHEMA
    )


def narrower_of(table: pa.Table, iri: str) -> frozenset[str]:
    """Give everything that lies under an IRI in any hierarchy of a closure, itself too."""
    pairs = zip(table["narrower"].to_pylist(), table["broader"].to_pylist(), strict=True)
    return frozenset(narrower for narrower, broader in pairs if broader == iri) | {iri}


def _direct(batches: Iterable[pa.RecordBatch]) -> dict[str, dict[str, set[str]]]:
    """Collect the single steps: hierarchy -> node -> the nodes right above it."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for batch in batches:
        columns = (batch[name].to_pylist() for name in ("subject", "predicate", "object"))
        for subject, predicate, obj in zip(*columns, strict=True):
            for hierarchy, upwards in _STEPS.get(predicate, ()):
                narrower, broader = (subject, obj) if upwards else (obj, subject)
                found[hierarchy][narrower].add(broader)
                found[hierarchy][broader]  # a top node lies under itself too
    return found


def _above(node: str, parents: Mapping[str, set[str]]) -> set[str]:
    seen, waiting = {node}, [node]
    while waiting:
        for parent in parents[waiting.pop()] - seen:
            seen.add(parent)
            waiting.append(parent)
    return seen
