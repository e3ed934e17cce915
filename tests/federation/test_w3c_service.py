"""The W3C SPARQL 1.1 tests of SERVICE, with their endpoints served on loopback."""

from __future__ import annotations

import contextlib
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from endpoint.store.store import open_store
from federation.federate import Federation
from federation.members import Member, Members
from tests.federation.servers import free_port, oxigraph_server, put_turtle
from tests.federation.worlds import rows_of, shown

SUITE = Path(__file__).parents[2].parent / "shared/suites/w3c-sparql11/sparql/sparql11/service"
pytestmark = pytest.mark.skipif(
    not SUITE.is_dir(), reason="the W3C suite is not beside the repository"
)

CASES = {
    "service01": ("data01.ttl", {"http://example.org/sparql": "data01endpoint.ttl"}),
    "service02": (
        None,
        {
            "http://example1.org/sparql": "data02endpoint1.ttl",
            "http://example2.org/sparql": "data02endpoint2.ttl",
        },
    ),
    "service03": (
        None,
        {
            "http://example1.org/sparql": "data03endpoint1.ttl",
            "http://example2.org/sparql": "data03endpoint2.ttl",
        },
    ),
    "service04a": ("data04.ttl", {"http://example.org/sparql": "data04endpoint.ttl"}),
    "service05": (
        "data05.ttl",
        {
            "http://example1.org/sparql": "data05endpoint1.ttl",
            "http://example2.org/sparql": "data05endpoint2.ttl",
        },
    ),
    "service06": (
        None,
        {"http://example1.org/sparql": "data06endpoint1.ttl", "http://invalid.endpoint.org": None},
    ),
    "service07": ("data07.ttl", {"http://invalid.endpoint.org": None}),
}


@pytest.mark.parametrize("name", CASES)
def test_service(name: str, tmp_path: Path) -> None:
    data, services = CASES[name]
    query = (SUITE / f"{name}.rq").read_text()
    local = (SUITE / data).read_text() if data else ""
    results = (SUITE / f"{name.rstrip('a')}.srx").read_text()
    members = []
    with contextlib.ExitStack() as stack:
        for number, (address, content) in enumerate(services.items()):
            if content is None:
                continue
            server = stack.enter_context(oxigraph_server())
            put_turtle(server, (SUITE / content).read_text())
            members.append(Member(f"m{number}", f"{server}/query", service_only=True))
            query = query.replace(address, f"{server}/query")
            local = local.replace(address, f"{server}/query")
            results = results.replace(address, f"{server}/query")
        (tmp_path / "local.ttl").write_text(local)
        with open_store(tmp_path / "local", create=True) as store:
            store.load(tmp_path / "local.ttl")
        members.append(Member("local", store=tmp_path / "local", stable_blank_nodes=True))
        members.append(Member("gone", f"http://127.0.0.1:{free_port()}/sparql", service_only=True))
        federation = stack.enter_context(Federation(Members(tuple(members))))
        found = rows_of(federation.query(query))
    expected = ox.parse_query_results(results, ox.QueryResultsFormat.XML)
    names = [variable.value for variable in expected.variables]
    assert found == Counter(
        tuple(sorted((n, shown(row[n])) for n in names if row[n] is not None)) for row in expected
    )
