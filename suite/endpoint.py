"""Entries asked of a SPARQL endpoint over HTTP."""

from __future__ import annotations

from urllib.parse import urlencode
from urllib.request import Request, urlopen

from suite.evaluate import Answer, Answerer, Untested, data_of, read_results
from suite.manifest import Entry

_JSON = "application/sparql-results+json"


def endpoint(url: str, graph_store: str | None = None, rdfs: str | None = None) -> Answerer:
    """Make an answerer of an endpoint.

    Parameters
    ----------
    url
        Address that takes queries.
    graph_store
        Address of its Graph Store: the data of an entry replace the default graph there.
        None: entries with data are not tested.
    rdfs
        Address that takes queries under RDFS entailment; None: the same as `url`.

    Returns
    -------
    Answerer
        Puts the data of an entry where those of the last one were others.
    """
    loaded: list[bytes] = []

    def answer(entry: Entry) -> Answer:
        data = data_of(entry.data)
        if entry.data and graph_store is None:
            raise Untested("there is no Graph Store address to put the data to")
        if graph_store and loaded != [data]:
            _put(graph_store, data)
            loaded[:] = [data]
        return _ask(rdfs if rdfs and entry.regime == "RDFS" else url, entry)

    return answer


def _ask(url: str, entry: Entry) -> Answer:
    body = urlencode({"query": entry.query.read_text(encoding="utf-8")}).encode()
    with urlopen(Request(url, body, {"Accept": _JSON})) as response:
        return read_results(response.read())


def _put(url: str, data: bytes) -> None:
    address = url if "?" in url else url + "?default"
    request = Request(address, data, {"Content-Type": "text/turtle"}, method="PUT")
    with urlopen(request) as response:
        response.read()
