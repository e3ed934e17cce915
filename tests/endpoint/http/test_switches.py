"""What a request may switch: computed triples and entailment, and the server's defaults."""

from __future__ import annotations

import dataclasses

import httpx
import pytest

from endpoint.http.settings import HTTPSettings
from endpoint.store.store import Store
from tests.endpoint.http.conftest import serving_store

GEO = "PREFIX geo: <http://www.opengis.net/ont/geosparql#> ASK "
COMPUTED = GEO + "{ ?a geo:sfEquals ?b }"
ENTAILED = GEO + "{ ?a a geo:Feature }"
DEFAULTS = HTTPSettings()
TURNED = dataclasses.replace(DEFAULTS, rewrite=False, entailment="rdfs")


@pytest.mark.parametrize(
    ("settings", "query", "parameters", "wanted"),
    [
        (DEFAULTS, COMPUTED, {}, True),
        (DEFAULTS, COMPUTED, {"rewrite": "false"}, False),
        (DEFAULTS, ENTAILED, {}, False),
        (DEFAULTS, ENTAILED, {"entailment": "rdfs"}, True),
        (TURNED, COMPUTED, {}, False),
        (TURNED, COMPUTED, {"rewrite": "true"}, True),
        (TURNED, ENTAILED, {}, True),
        (TURNED, ENTAILED, {"entailment": "none"}, False),
    ],
)
def test_switch(
    settings: HTTPSettings, query: str, parameters: dict[str, str], wanted: bool, store: Store
) -> None:
    with serving_store(store, settings) as address:
        answer = httpx.get(f"{address}/sparql", params={"query": query, **parameters})
    assert answer.json()["boolean"] is wanted


def test_another_entailment_is_refused(store: Store) -> None:
    with serving_store(store) as address:
        parameters = {"query": ENTAILED, "entailment": "owl"}
        answer = httpx.get(f"{address}/sparql", params=parameters)
    assert answer.status_code == 400
    assert "none or rdfs" in answer.text
