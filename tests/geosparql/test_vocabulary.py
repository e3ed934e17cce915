"""The GeoSPARQL 1.1 vocabulary is whole and its hierarchies are trees."""

from __future__ import annotations

import pytest

from geosparql import vocabulary as v

TERMS = {
    name: value
    for name, value in vars(v).items()
    if name.startswith("GEO_") and isinstance(value, str)
}


def test_every_group_is_whole() -> None:
    assert len(TERMS) == 6 + 5 + 10 + 10 + 5 + 5 + 24
    assert len(set(TERMS.values())) == len(TERMS)
    assert sum(value.startswith(v.GEO + "sf") for value in TERMS.values()) == 8
    assert sum(value.startswith(v.GEO + "eh") for value in TERMS.values()) == 8
    assert sum(value.startswith(v.GEO + "rcc8") for value in TERMS.values()) == 8
    assert sum(value.endswith("Literal") for value in TERMS.values()) == 5


@pytest.mark.parametrize(("name", "value"), TERMS.items())
def test_names_are_the_local_names_in_snake_case(name: str, value: str) -> None:
    local = value.removeprefix(v.GEO)
    assert name.removeprefix("GEO_").replace("_", "").lower() == local.lower()


@pytest.mark.parametrize(
    ("pairs", "roots"),
    [
        (v.SUB_CLASSES, {v.GEO_SPATIAL_OBJECT, v.RDFS + "Container"}),
        (v.SF_SUB_CLASSES, {v.GEO_GEOMETRY}),
        (v.GML_SUB_CLASSES, {v.GEO_GEOMETRY}),
        (v.SUB_PROPERTIES, {
            v.GEO_HAS_GEOMETRY, v.GEO_HAS_SERIALIZATION, v.GEO_HAS_SIZE, v.GEO_HAS_METRIC_SIZE,
        }),
    ],
)  # fmt: skip
def test_hierarchies_end_at_their_roots(
    pairs: tuple[tuple[str, str], ...], roots: set[str]
) -> None:
    assert len(set(pairs)) == len(pairs)

    def reached(term: str, below: tuple[str, ...]) -> set[str]:
        assert term not in below, "a cycle"
        above = [broader for narrower, broader in pairs if narrower == term]
        if not above:
            return {term}
        return set().union(*(reached(each, (*below, term)) for each in above))

    for term, _ in pairs:
        assert reached(term, ()) <= roots
