"""Write the suite: ``python -m suite.generate``."""

from pathlib import Path

from suite.generate import (
    accessors,
    aggregates,
    constructors,
    dggs,
    entailment,
    failures,
    measures,
    relations,
    rewrite,
    serializers,
    stored,
    systems,
    vocabulary,
)
from suite.generate.model import ConformanceClass
from suite.generate.writer import write_suite

FOLDER = Path(__file__).parents[1] / "geosparql11"
CONF_11 = "http://www.opengis.net/spec/geosparql/1.1/conf/"


def classes() -> tuple[ConformanceClass, ...]:
    """Give the conformance classes of GeoSPARQL 1.1 with their entries."""
    geometry = (
        *vocabulary.geometry(), *serializers.entries(), *systems.entries(),
        *accessors.entries(), *measures.entries(),
        *constructors.entries(), *aggregates.entries(), *failures.function_entries(),
    )  # fmt: skip
    topology = (*relations.entries(), *failures.relation_entries(), *stored.entries())
    return (
        ConformanceClass("core", CONF_11 + "core", "Core", tuple(vocabulary.core())),
        ConformanceClass("topology-vocabulary", CONF_11 + "topology-vocab-extension",
                         "Topology Vocabulary", tuple(vocabulary.topology())),
        ConformanceClass("geometry-extension", CONF_11 + "geometry-extension",
                         "Geometry Extension", geometry),
        ConformanceClass("geometry-extension-dggs", CONF_11 + "geometry-extension-dggs",
                         "Geometry Extension - DGGS", tuple(dggs.entries())),
        ConformanceClass("geometry-topology", CONF_11 + "geometry-topology-extension",
                         "Geometry Topology", topology),
        ConformanceClass("rdfs-entailment", CONF_11 + "rdfs-entailment-extension",
                         "RDFS Entailment", tuple(entailment.entries())),
        ConformanceClass("query-rewrite", CONF_11 + "query-rewrite-extension",
                         "Query Rewrite", tuple(rewrite.entries())),
    )  # fmt: skip


if __name__ == "__main__":
    write_suite(FOLDER, classes())
