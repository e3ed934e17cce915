"""Shares that are not stated: worked out from the areas, else the pixels, of many regions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from earthgraph.answering import StoreAnswerer
from endpoint.catalogue.item_search import ItemSearch
from endpoint.catalogue.search import Catalogue
from endpoint.store.store import open_store

TURTLE = """
@prefix : <http://example.org/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix eg: <https://w3id.org/earthgraph/product#> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:ice a eg:Collection ; dcterms:identifier "ice" ; dcterms:license "Apache-2.0" .
:areas a eg:Product ; dcterms:identifier "areas" ; eg:inCollection :ice ;
    eg:acquired "2017-03-02T00:00:00Z"^^xsd:dateTime .
:pixels a eg:Product ; dcterms:identifier "pixels" ; eg:inCollection :ice ;
    eg:acquired "2017-03-01T00:00:00Z"^^xsd:dateTime .
:r1 eg:detectedIn :areas ; eg:foundClass :young ; geo:hasMetricArea 1.0e6 ; eg:pixelCount 9 .
:r2 eg:detectedIn :areas ; eg:foundClass :young ; geo:hasMetricArea 2.0e6 ; eg:pixelCount 9 .
:r3 eg:detectedIn :areas ; eg:foundClass :old ; geo:hasMetricArea 7.0e6 ; eg:pixelCount 2 .
:r4 eg:detectedIn :pixels ; eg:foundClass :young ; eg:pixelCount 60 .
:r5 eg:detectedIn :pixels ; eg:foundClass :old ; eg:pixelCount 40 .
"""
YOUNG = "http://example.org/young"


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    folder = tmp_path_factory.mktemp("shares")
    (folder / "data.ttl").write_text(TURTLE)
    with open_store(folder / "store", create=True) as store:
        store.load(folder / "data.ttl")
        yield Catalogue(StoreAnswerer(store))


def test_shares_of_items(catalogue) -> None:
    areas, pixels = catalogue.search(ItemSearch()).products
    assert [(d.concept[-5:], d.share) for d in areas.detections] == [
        ("g/old", pytest.approx(0.7)),
        ("young", pytest.approx(0.3)),
    ]
    assert areas.detections[1].area_m2 == pytest.approx(3e6)
    assert areas.detections[1].pixels == 18
    assert [d.share for d in pixels.detections] == [pytest.approx(0.6), pytest.approx(0.4)]
    assert areas.footprint is None


@pytest.mark.parametrize(
    ("least", "expected"), [(0.2, ["areas", "pixels"]), (0.5, ["pixels"]), (0.7, [])]
)
def test_searches_by_share(catalogue, least, expected) -> None:
    search = ItemSearch(classes=(YOUNG,), shares=((">=", least),))
    assert [product.id for product in catalogue.search(search).products] == expected


def test_a_collection_without_footprints_is_the_world(catalogue) -> None:
    (found,) = catalogue.collections()
    assert found.bbox == (-180.0, -90.0, 180.0, 90.0)
    assert found.license == "Apache-2.0"
