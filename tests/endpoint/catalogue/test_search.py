"""Searches of a real store against brute force over the same products."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import shapely

from endpoint.catalogue.item_search import ItemSearch
from endpoint.catalogue.products import Page
from geosparql.errors import InputError
from tests.endpoint.catalogue.worlds import (
    FIRST,
    STAGE,
    YOUNG,
    in_box,
    in_order,
    share,
)

ALL = ItemSearch(limit=1_000)


def ids(page: Page) -> list[str]:
    return [product.id for product in page.products]


def test_without_conditions_everything_comes_newest_first(catalogue, world) -> None:
    page = catalogue.search(ALL)
    assert ids(page) == in_order(world)
    assert page.next_token is None


def test_products_come_back_as_they_were(catalogue, world) -> None:
    found = {product.id: product for product in catalogue.search(ALL).products}
    for product in world:
        back = found[product.id]
        assert back.footprint.equals_exact(product.footprint, 1e-9)
        plain = {d.concept: d.share for d in back.detections}
        assert plain == {d.concept: pytest.approx(d.share) for d in product.detections}
        assert replace(back, footprint=None, detections=()) == replace(
            product, footprint=None, detections=()
        )


def test_detections_have_names(catalogue) -> None:
    found = [d for p in catalogue.search(ALL).products for d in p.detections]
    (young,) = {(d.notation, d.label) for d in found if d.concept == STAGE + "83"}
    assert young == ("83", "young ice")


@pytest.mark.parametrize(
    "box", [(-20.0, 60.0, 0.0, 70.0), (170.0, 60.0, -170.0, 80.0), (100.0, 0.0, 110.0, 10.0)]
)
def test_boxes(catalogue, world, box) -> None:
    expected = in_order([p for p in world if in_box(p, box)])
    assert ids(catalogue.search(replace(ALL, box=box))) == expected


def test_geometries(catalogue, world) -> None:
    line = shapely.LineString([(-60, 60), (0, 75)])
    expected = in_order([p for p in world if p.footprint.intersects(line)])
    assert expected
    assert ids(catalogue.search(replace(ALL, intersects=line))) == expected


@pytest.mark.parametrize(
    ("start", "end"), [(3, 6), (None, 2), (12, None), (2.04, 2.05), (100, 101)]
)
def test_intervals(catalogue, world, start, end) -> None:
    first = None if start is None else FIRST + timedelta(days=start)
    last = None if end is None else FIRST + timedelta(days=end)
    expected = in_order(
        [
            p
            for p in world
            if (first is None or p.end >= first) and (last is None or p.start <= last)
        ]
    )
    assert ids(catalogue.search(replace(ALL, start=first, end=last))) == expected


def test_ids_collections_and_platforms(catalogue, world) -> None:
    assert ids(catalogue.search(replace(ALL, ids=("p003", "p004", "none")))) == ["p003", "p004"]
    east = in_order([p for p in world if p.collection == "ice-east"])
    assert ids(catalogue.search(replace(ALL, collections=("ice-east", "none")))) == east
    assert ids(catalogue.search(replace(ALL, collections=("none",)))) == []
    a = in_order([p for p in world if p.platform == "sentinel-1a"])
    assert ids(catalogue.search(replace(ALL, platforms=("sentinel-1a",)))) == a


@pytest.mark.parametrize("name", [STAGE + "83", "83", "young ice", "Young Ice"])
def test_a_class_stands_for_all_that_are_narrower(catalogue, world, name) -> None:
    expected = in_order([p for p in world if share(p, YOUNG) > 0])
    assert ids(catalogue.search(replace(ALL, classes=(name,)))) == expected


def test_a_leaf_class_stands_for_itself(catalogue, world) -> None:
    expected = in_order([p for p in world if share(p, {STAGE + "84"}) > 0])
    assert ids(catalogue.search(replace(ALL, classes=("84",)))) == expected


def test_several_classes_add_up(catalogue, world) -> None:
    wanted = {STAGE + "97", *YOUNG}
    expected = in_order([p for p in world if share(p, wanted) > 0])
    assert ids(catalogue.search(replace(ALL, classes=("young ice", "97")))) == expected


@pytest.mark.parametrize("bounds", [((">=", 0.3),), ((">", 0.1), ("<", 0.5))])
def test_shares_are_those_of_the_class_and_its_narrower_ones(catalogue, world, bounds) -> None:
    tests = {">=": float.__ge__, ">": float.__gt__, "<": float.__lt__}

    def passes(value: float) -> bool:
        return value > 0 and all(tests[sign](value, bound) for sign, bound in bounds)

    expected = in_order([p for p in world if passes(share(p, YOUNG))])
    assert expected
    assert ids(catalogue.search(replace(ALL, classes=("young ice",), shares=bounds))) == expected


def test_everything_at_once(catalogue, world) -> None:
    search = ItemSearch(
        collections=("ice-west",),
        box=(-60.0, 60.0, 60.0, 80.0),
        start=FIRST + timedelta(days=2),
        end=FIRST + timedelta(days=18),
        classes=("young ice",),
        shares=((">=", 0.05),),
        limit=1_000,
    )
    expected = in_order(
        [
            p
            for p in world
            if p.collection == "ice-west"
            and in_box(p, search.box)
            and p.end >= search.start
            and p.start <= search.end
            and share(p, YOUNG) >= 0.05
        ]
    )
    assert expected
    assert ids(catalogue.search(search)) == expected


def test_pages_follow_each_other_without_gap_or_repeat(catalogue, world) -> None:
    search, found = ItemSearch(limit=16), []
    while True:
        page = catalogue.search(search)
        found += ids(page)
        if page.next_token is None:
            break
        search = replace(search, token=page.next_token)
    assert found == in_order(world)


def test_what_is_unknown_is_said(catalogue) -> None:
    with pytest.raises(InputError, match="no such class"):
        catalogue.search(replace(ALL, classes=("unicorn ice",)))
    with pytest.raises(InputError, match="token"):
        catalogue.search(replace(ALL, token="x"))


def test_hostile_names_stay_names(catalogue) -> None:
    hostile = '") } DROP ALL #\\'
    assert ids(catalogue.search(replace(ALL, ids=(hostile,)))) == []
    with pytest.raises(InputError, match="no such class"):
        catalogue.search(replace(ALL, classes=(hostile,)))


def test_one_item(catalogue, world) -> None:
    found = catalogue.item(world[5].collection, "p005")
    assert found.iri == world[5].iri
    assert catalogue.item("ice-west", "p005") is None
    assert catalogue.item("none", "p005") is None


def test_collections_know_their_extent(catalogue, world) -> None:
    east, west = catalogue.collections()
    assert (east.id, west.id) == ("ice-east", "ice-west")
    mine = [p for p in world if p.collection == "ice-east"]
    assert east.start == min(p.start for p in mine)
    assert east.end == max(p.end for p in mine)
    bounds = shapely.total_bounds([p.footprint for p in mine])
    assert east.bbox == pytest.approx(tuple(bounds))
    assert east.platforms == ("sentinel-1b",)
    assert catalogue.collection("ice-west").id == "ice-west"
    assert catalogue.collection("none") is None


def test_code_lists_are_known(catalogue) -> None:
    schemes = dict(catalogue.concept_schemes())
    assert schemes["https://w3id.org/earthgraph/ice/stage"] == "Sea ice: stage of development"
