"""The update evaluation cases of the W3C SPARQL 1.1 suite, unmodified; all are passed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from endpoint.sparql.update import UpdateOptions, update
from endpoint.store.store import Store, open_store
from tests.endpoint.sparql.solutions import canonical_quads, our_quads
from tests.endpoint.sparql.w3c import SUITE
from tests.endpoint.sparql.w3c_updates import UpdateCase, update_cases

pytestmark = pytest.mark.skipif(not SUITE.exists(), reason="../shared/suites is not there")


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("w3c") / "store", create=True) as store:
        yield store


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in update_cases()])
def test_evaluation(case: UpdateCase, shared_store: Store) -> None:
    update(shared_store, "DROP ALL")
    for path, graph in case.before.documents:
        shared_store.load(Path(path), graph=graph)
    text = case.request.read_text(encoding="utf-8")
    update(shared_store, text, options=UpdateOptions(base=case.request.as_uri()))
    assert canonical_quads(our_quads(shared_store)) == case.after.canonical()
