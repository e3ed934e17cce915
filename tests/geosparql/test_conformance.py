"""What is claimed of the standard, and the page that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from geosparql.conformance import CONFORMANCE_CLASSES, SERIALIZATIONS, claims, document
from geosparql.functions.table import FUNCTIONS
from geosparql.literals.table import LITERAL_TYPES
from geosparql.relations import RELATIONS

PAGE = Path(__file__).parents[2] / "docs" / "geosparql_conformance.md"


def test_the_page_is_that_of_the_tables() -> None:
    assert PAGE.read_text() == document(), "write it anew with geosparql.conformance.document"


def test_the_page_names_everything() -> None:
    text = document()
    assert all(f"`geof:{function.local_name}(" in text for function in FUNCTIONS)
    assert all(f"`geo:{relation.local_name}`" in text for relation in RELATIONS)
    assert all(f"<{each.iri}>" in text for each in CONFORMANCE_CLASSES)


@pytest.mark.parametrize("kind", LITERAL_TYPES, ids=lambda kind: kind.module)
def test_serializations_stand_in_the_order_of_the_literal_types(kind: object) -> None:
    name = SERIALIZATIONS[LITERAL_TYPES.index(kind)][0]  # type: ignore[arg-type]
    assert kind.datatype.lower().endswith(f"#{name.lower()}literal")  # type: ignore[attr-defined]


def test_every_combination_is_claimed_once() -> None:
    found = list(claims())
    assert len(found) == len(set(found))
    by_class = {each.name: 0 for each in CONFORMANCE_CLASSES}
    for claim in found:
        by_class[claim.conformance_class.name] += 1
    assert by_class == {
        "core": 1,
        "topology-vocab-extension": 3,
        "geometry-extension": 6,
        "geometry-extension-dggs": 2,
        "geometry-topology-extension": 18,
        "rdfs-entailment-extension": 18,
        "query-rewrite-extension": 18,
    }
