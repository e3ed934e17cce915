"""The seven conformance classes of GeoSPARQL 1.1 (OGC 22-047r1, clause 2), in the order there."""

from __future__ import annotations

from dataclasses import dataclass

_CLASSES = "http://www.opengis.net/spec/geosparql/1.1/conf/"


@dataclass(frozen=True, slots=True)
class ConformanceClass:
    """A class that can be claimed: its IRI, its title, and what it takes as parameters."""

    name: str
    title: str
    parameters: tuple[str, ...] = ()

    @property
    def iri(self) -> str:
        """IRI of the class."""
        return _CLASSES + self.name


CONFORMANCE_CLASSES = (
    ConformanceClass("core", "Core"),
    ConformanceClass("topology-vocab-extension", "Topology Vocabulary", ("relation family",)),
    ConformanceClass("geometry-extension", "Geometry", ("serialization", "version")),
    ConformanceClass("geometry-extension-dggs", "Geometry DGGS", ("serialization", "version")),
    ConformanceClass(
        "geometry-topology-extension",
        "Geometry Topology",
        ("relation family", "serialization", "version"),
    ),
    ConformanceClass(
        "rdfs-entailment-extension",
        "RDFS Entailment",
        ("relation family", "serialization", "version"),
    ),
    ConformanceClass(
        "query-rewrite-extension",
        "Query Rewrite",
        ("relation family", "serialization", "version"),
    ),
)
"""Every class; the service description names them all, for all three relation families."""
