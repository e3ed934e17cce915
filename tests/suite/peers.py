"""Ours beside a peer on the suite: ``python -m tests.suite.peers``."""

from __future__ import annotations

from engine import open_engine
from suite.endpoint import endpoint
from suite.evaluate import run
from suite.manifest import read_entries
from suite.report import summary
from tests.federation.servers import oxigraph_server
from tests.suite.answerers import ours


def main() -> None:
    entries = tuple(read_entries())
    engine = open_engine("duckdb")
    with ours(engine) as answerer, oxigraph_server() as address:
        peer = endpoint(f"{address}/query", f"{address}/store")
        columns = {
            "earthgraph": list(run(entries, answerer)),
            "Oxigraph server": list(run(entries, peer)),
        }
    engine.close()
    print(summary(columns))


if __name__ == "__main__":
    main()
