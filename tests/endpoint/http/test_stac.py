"""The STAC API, driven by an unmodified pystac-client against a running server."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pystac
import pytest
from pystac.extensions.classification import ClassificationExtension
from pystac_client import Client
from pystac_client.exceptions import APIError

from earthgraph.answering import StoreAnswerer
from endpoint.catalogue.ingest import product_triples
from endpoint.catalogue.products import Product
from endpoint.catalogue.search import Catalogue
from endpoint.http.app import create_app
from endpoint.store.store import open_store
from ontologies.load import ontology_triples
from tests.endpoint.catalogue.worlds import BASE, STAGE, YOUNG, in_box, in_order, products, share
from tests.federation.servers import serving


@pytest.fixture(scope="module")
def world() -> list[Product]:
    return products(24)


@pytest.fixture(scope="module")
def address(world, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("stac") / "store"
    with open_store(path, create=True) as store:
        store.load_batches(ontology_triples(["product", "ice_stage"]), name="ontologies")
        store.load_batches(product_triples(world, base_iri=BASE), name="products")
        answerer = StoreAnswerer(store)
        with serving(create_app(answerer, Catalogue(answerer))) as at:
            yield f"{at}/stac"


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client.open(address)


def ids(search) -> list[str]:
    return [item.id for item in search.items()]


def test_the_client_finds_its_way(client) -> None:
    assert client.title == "earthgraph"
    assert [collection.id for collection in client.get_collections()] == ["ice-east", "ice-west"]
    collection = client.get_collection("ice-east")
    assert collection.extent.temporal.intervals[0][0] is not None
    assert len(list(collection.get_items())) == 12
    item = collection.get_item("p001")
    assert item.properties["platform"] == "sentinel-1b"
    assert client.get_queryables()["properties"]["eg:class"]["type"] == "string"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_boxes_times_and_collections(client, world, method) -> None:
    box = (-20.0, 60.0, 40.0, 75.0)
    search = client.search(
        bbox=box,
        datetime="2017-03-02/2017-03-10",
        collections=["ice-east"],
        method=method,
        limit=3,
    )
    expected = in_order(
        [
            p
            for p in world
            if in_box(p, box) and p.collection == "ice-east" and 2 <= p.start.day <= 10
        ]
    )
    assert expected
    assert ids(search) == expected


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_and_their_links(client, world, method) -> None:
    pages = list(client.search(limit=9, method=method).pages_as_dicts())
    assert [len(page["features"]) for page in pages] == [9, 9, 6]
    assert [f["id"] for page in pages for f in page["features"]] == in_order(world)


@pytest.mark.parametrize(
    "how",
    [
        {"query": {"eg:class": {"eq": "young ice"}, "eg:share": {"gte": 0.2}}},
        {
            "filter": {
                "op": "and",
                "args": [
                    {"op": "=", "args": [{"property": "eg:class"}, STAGE + "83"]},
                    {"op": ">=", "args": [{"property": "eg:share"}, 0.2]},
                ],
            }
        },
        {"filter": "eg:class = '83' AND eg:share >= 0.2", "method": "GET"},
    ],
)
def test_a_class_finds_its_narrower_ones(client, world, how) -> None:
    expected = in_order([p for p in world if share(p, YOUNG) >= 0.2])
    assert expected
    assert ids(client.search(**how)) == expected


def test_the_class_parameter(address, world) -> None:
    found = httpx.get(
        f"{address}/search", params={"class": "young ice", "share": "0.2", "limit": 100}, timeout=30
    )
    expected = in_order([p for p in world if share(p, YOUNG) >= 0.2])
    assert [feature["id"] for feature in found.json()["features"]] == expected


def test_ids_and_intersects(client, world) -> None:
    assert ids(client.search(ids=["p007", "none"])) == ["p007"]
    place = {"type": "Point", "coordinates": list(world[3].footprint.centroid.coords[0])}
    found = ids(client.search(intersects=place))
    assert "p003" in found
    with pytest.raises(APIError):
        ids(client.search(query={"eg:class": {"eq": "unicorn ice"}}))


def test_items_carry_what_was_found(client, world) -> None:
    found = {item.id: item for item in client.search(limit=100).items()}
    for product in world:
        item = found[product.id]
        if not product.detections:
            assert not ClassificationExtension.has_extension(item)
            continue
        classes = ClassificationExtension.ext(item).classes
        percentages = {each.to_dict()["eg:class"]: each.percentage for each in classes}
        assert percentages == {
            d.concept: pytest.approx(100 * d.share, abs=1e-4) for d in product.detections
        }
        assert classes == sorted(classes, key=lambda each: -each.percentage)


def test_an_item_over_the_antimeridian(client) -> None:
    item = next(client.search(ids=["p000"]).items())
    west, _, east, _ = item.bbox
    assert (west, east) == (176.0, -176.0)
    assert item.geometry["type"] == "MultiPolygon"
    box = [175, 60, -175, 80]
    assert "p000" in ids(client.search(bbox=box))
    assert "p000" in ids(client.search(bbox=[175, 60, -10, -175, 80, 10]))
    assert "p000" not in ids(client.search(bbox=[0, 60, 20, 80]))


def documents(address: str) -> Iterator[dict]:
    for path in ("/", "/collections/ice-east", "/collections/ice-east/items/p001"):
        yield httpx.get(f"{address}{path}", timeout=30).json()


def test_documents_are_stac(address) -> None:
    catalog, collection, item = documents(address)
    assert pystac.Catalog.from_dict(catalog).id == "earthgraph"
    assert pystac.Collection.from_dict(collection).license == "other"
    assert pystac.Item.from_dict(item).collection_id == "ice-east"
    for document in (catalog, collection, item):
        rels = {link["rel"] for link in document["links"]}
        assert {"self", "root"} <= rels
        for link in document["links"]:
            assert link["href"].startswith(("http://", "https://"))


def test_every_link_of_the_landing_page_answers(address) -> None:
    page = httpx.get(f"{address}/", timeout=30).json()
    for link in page["links"]:
        response = httpx.request(link.get("method", "GET"), link["href"], timeout=30)
        assert response.status_code == 200, link
        assert response.headers["content-type"].partition(";")[0] in link["type"]
    assert page["conformsTo"] == httpx.get(f"{address}/conformance").json()["conformsTo"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/collections/none", 404),
        ("/collections/none/items", 404),
        ("/collections/ice-east/items/none", 404),
        ("/collections/ice-east/items/p000", 404),
        ("/search?bbox=1,2,3", 400),
        ("/search?limit=0", 400),
        ("/search?datetime=yesterday", 400),
        ("/search?sortby=id", 400),
        ("/search?class=unicorn", 400),
        ("/search?token=x", 400),
        ("/nothing", 404),
    ],
)
def test_what_is_wrong_is_a_problem(address, path, status) -> None:
    response = httpx.get(f"{address}{path}", timeout=30)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"no json", b"[1]", b'{"limit": "x"}', b'{"bbox": [1, "a"]}'])
def test_bad_bodies_are_problems(address, body) -> None:
    response = httpx.post(f"{address}/search", content=body, timeout=30)
    assert response.status_code == 400
