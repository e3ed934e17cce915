"""The ontologies and code lists that come with earthgraph, as triple batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from geosparql.errors import InputError
from geosparql.rdf import open_rdf, read_triples

_FILES = Path(__file__).parent / "files"


@dataclass(frozen=True, slots=True)
class Ontology:
    """One file: its name here, prefix, namespace, and what is in it."""

    name: str
    prefix: str
    namespace: str
    description: str

    @property
    def path(self) -> Path:
        """The Turtle file."""
        return _FILES / f"{self.name}.ttl"


_BASE = "https://w3id.org/earthgraph/"

_ROWS = (
    Ontology("geosparql", "geo", "http://www.opengis.net/ont/geosparql#",
             "GeoSPARQL 1.1 classes and properties, Simple Features and GML hierarchies"),
    Ontology("product", "eg", f"{_BASE}product#",
             "products, and what a classifier, a chart or a survey found in them"),
    Ontology("egg", "egg", f"{_BASE}egg#", "egg codes of ice charts"),
    Ontology("ice_stage", "stage", f"{_BASE}ice/stage/", "SIGRID-3 stages of development, SKOS"),
    Ontology("ice_concentration", "conc", f"{_BASE}ice/concentration/",
             "SIGRID-3 concentrations, SKOS"),
    Ontology("ice_form_3_0", "form30", f"{_BASE}ice/form-3.0/",
             "SIGRID-3 forms of ice, version 3.0 (fast ice is 08), SKOS"),
    Ontology("ice_form_3_1", "form31", f"{_BASE}ice/form-3.1/",
             "SIGRID-3 forms of ice, version 3.1 (fast ice is 09), SKOS"),
    Ontology("crop", "crop", f"{_BASE}crop/", "a small hierarchy of crops, SKOS"),
)  # fmt: skip

ONTOLOGIES: dict[str, Ontology] = {row.name: row for row in _ROWS}
"""Every ontology by name."""


def ontology_triples(names: Iterable[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Give the triples of ontologies.

    Parameters
    ----------
    names
        Names from `ONTOLOGIES`; None for all of them.

    Yields
    ------
    pyarrow.RecordBatch
        Triple batches of `geosparql.triples.TRIPLES_SCHEMA`, default graph.

    Raises
    ------
    InputError
        There is no ontology of that name.
    """
    chosen = tuple(ONTOLOGIES) if names is None else tuple(names)
    for name in chosen:
        if name not in ONTOLOGIES:
            raise InputError(
                "There is no ontology of that name",
                value=name,
                hint=f"Known: {', '.join(ONTOLOGIES)}",
            )
    for name in chosen:
        path = ONTOLOGIES[name].path
        with open_rdf(path) as stream:
            yield from read_triples(stream, format="ttl", where=path.name, blank_prefix=f"{name}.")
