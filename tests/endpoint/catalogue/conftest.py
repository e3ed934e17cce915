from __future__ import annotations

from collections.abc import Iterator

import pytest

from earthgraph.answering import StoreAnswerer
from endpoint.catalogue.ingest import product_triples
from endpoint.catalogue.products import Product
from endpoint.catalogue.search import Catalogue
from endpoint.store.store import open_store
from ontologies.load import ontology_triples
from tests.endpoint.catalogue.worlds import BASE, products


@pytest.fixture(scope="session")
def world() -> list[Product]:
    return products(45)


@pytest.fixture(scope="session")
def answerer(world, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreAnswerer]:
    path = tmp_path_factory.mktemp("catalogue") / "store"
    with open_store(path, create=True) as store:
        store.load_batches(ontology_triples(["product", "ice_stage"]), name="ontologies")
        store.load_batches(product_triples(world, base_iri=BASE), name="products")
        yield StoreAnswerer(store)


@pytest.fixture(scope="session")
def catalogue(answerer: StoreAnswerer) -> Catalogue:
    return Catalogue(answerer)
