from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI

from earthgraph.answering import StoreAnswerer
from endpoint.http.app import create_app
from endpoint.http.settings import SCOPES, HTTPSettings, Role
from endpoint.store.store import Store, open_store
from tests.federation.servers import serving

TURTLE = """
@prefix : <http://example.org/> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
:a :name "Ä"@de ; :p :b, :c ; :size 3 ; geo:hasGeometry [ geo:asWKT "POINT(1 2)"^^geo:wktLiteral ] .
:b :name "b, \\"quoted\\"" ; :size 1.5 .
:c :name "c" ; :p :a .
"""
TRIG = '<http://example.org/g> { <http://example.org/x> <http://example.org/name> "in g" . }'
EVERYTHING = HTTPSettings(roles=(Role(scopes=frozenset(SCOPES)),))
"""Settings under which anybody may do anything."""


def app_of(store: Store, settings: HTTPSettings | None = None) -> FastAPI:
    answerer = StoreAnswerer(store)
    return create_app(answerer, store=store, editor=answerer, settings=settings)


@contextmanager
def serving_store(store: Store, settings: HTTPSettings | None = None) -> Iterator[str]:
    """Serve a store on loopback; give its address."""
    with serving(app_of(store, settings)) as address:
        yield address


@pytest.fixture(scope="package")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("http")
    (folder / "data.ttl").write_text(TURTLE)
    (folder / "data.trig").write_text(TRIG)
    with open_store(folder / "store", create=True) as store:
        store.load([folder / "data.ttl", folder / "data.trig"])
        yield store


@pytest.fixture(scope="package")
def app(store: Store) -> FastAPI:
    return app_of(store)


@pytest.fixture(scope="package")
def server(app: FastAPI) -> Iterator[str]:
    """Address of a running server, for clients that cannot speak to an application."""
    with serving(app) as address:
        yield address
