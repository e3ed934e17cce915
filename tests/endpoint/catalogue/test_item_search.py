from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from endpoint.catalogue.conditions import Condition, parse_filter, parse_query
from endpoint.catalogue.item_search import ItemSearch, from_body, from_parameters
from geosparql.errors import InputError


def day(year: int, month: int, number: int) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


def test_get_and_post_mean_the_same() -> None:
    body = {
        "bbox": [-10, 40, 10, 50],
        "datetime": "2017-03-01T00:00:00Z/..",
        "collections": ["ice"],
        "ids": ["a", "b"],
        "limit": 5,
        "class": "young ice",
        "share": 0.2,
    }
    parameters = [
        ("bbox", "-10,40,10,50"),
        ("datetime", "2017-03-01T00:00:00Z/.."),
        ("collections", "ice"),
        ("ids", "a,b"),
        ("limit", "5"),
        ("class", "young ice"),
        ("share", "0.2"),
    ]
    expected = ItemSearch(
        ids=("a", "b"),
        collections=("ice",),
        box=(-10, 40, 10, 50),
        start=day(2017, 3, 1),
        classes=("young ice",),
        shares=((">=", 0.2),),
        limit=5,
    )
    assert from_body(body) == from_parameters(parameters) == expected


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("2017-03-01T00:00:00Z", (day(2017, 3, 1), day(2017, 3, 1))),
        ("2017-03-01T02:00:00+02:00/2017-03-02T00:00:00.000Z", (day(2017, 3, 1), day(2017, 3, 2))),
        ("../2017-03-02t00:00:00z", (None, day(2017, 3, 2))),
        ("2017-03-01T00:00:00Z/", (day(2017, 3, 1), None)),
    ],
)
def test_intervals(text, interval) -> None:
    search = from_body({"datetime": text})
    assert (search.start, search.end) == interval


@pytest.mark.parametrize(
    "text",
    ["../..", "/", "2017", "2017-03-01", "2017-03-01T00:00:00", "2017-13-01T00:00:00Z", "a/b/c",
     "2017-03-02T00:00:00Z/2017-03-01T00:00:00Z", "2017-03-01T00:00:00+0200"],
)  # fmt: skip
def test_what_is_no_interval_is_refused(text) -> None:
    with pytest.raises(InputError):
        from_body({"datetime": text})


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 0}, {"limit": 1.5}, {"limit": "x"}, {"bbox": "1,2,3,4"}, {"bbox": [1, 2]},
        {"ids": 3}, {"share": 0.2}, {"nonsense": 1}, {"intersects": {"type": "Blob"}},
        {"bbox": [0, 0, 1, 1], "intersects": {"type": "Point", "coordinates": [0, 0]}},
        {"filter": "a ="}, {"filter": "eg:class LIKE 'x'"}, {"filter": 3}, {"filter-lang": "sql"},
        {"filter": {"op": "or", "args": []}}, {"query": {"eg:class": {"neq": "x"}}},
        {"query": {"eg:class": "x"}}, {"query": [1]}, {"query": {"gsd": {"eq": 1}}},
        {"class": "x", "query": {"eg:share": {"gte": "much"}}},
    ],
)  # fmt: skip
def test_what_cannot_be_searched_is_refused(body) -> None:
    with pytest.raises(InputError):
        from_body(body)


def test_a_limit_over_the_most_is_the_most() -> None:
    assert from_body({"limit": 1_000_000}).limit == 10_000


def test_a_parameter_twice_is_refused_but_classes_add_up() -> None:
    with pytest.raises(InputError):
        from_parameters([("limit", "1"), ("limit", "2")])
    assert from_parameters([("class", "a"), ("class", "b")]).classes == ("a", "b")


CQL2_TEXT = "\"eg:class\" IN ('young ice', 'it''s') AND eg:share >= 0.25 AND platform = 's1a'"
CQL2_JSON = {
    "op": "and",
    "args": [
        {"op": "in", "args": [{"property": "eg:class"}, ["young ice", "it's"]]},
        {"op": "<=", "args": [0.25, {"property": "eg:share"}]},
        {"op": "=", "args": [{"property": "platform"}, "s1a"]},
    ],
}
QUERY = {
    "eg:class": {"in": ["young ice", "it's"]},
    "eg:share": {"gte": 0.25},
    "platform": {"eq": "s1a"},
}


def test_three_notations_of_one_filter() -> None:
    conditions = [
        Condition("eg:class", "in", ["young ice", "it's"]),
        Condition("eg:share", ">=", 0.25),
        Condition("platform", "=", "s1a"),
    ]
    assert parse_filter(CQL2_TEXT) == parse_filter(CQL2_JSON) == parse_query(QUERY) == conditions
    expected = ItemSearch(classes=("young ice", "it's"), shares=((">=", 0.25),), platforms=("s1a",))
    assert from_body({"filter": CQL2_TEXT, "filter-lang": "cql2-text"}) == expected
    assert from_body({"filter": CQL2_JSON}) == from_body({"query": QUERY}) == expected


def test_filters_narrow_what_parameters_choose() -> None:
    search = from_body({"collections": ["a", "b"], "filter": "collection = 'b'"})
    assert search.collections == ("b",)
    search = from_body({"collections": ["a"], "filter": "collection = 'b'"})
    assert search.collections == ("",)
    search = from_body(
        {
            "datetime": "2017-01-01T00:00:00Z/2017-12-31T00:00:00Z",
            "filter": "datetime >= TIMESTAMP('2017-06-01T00:00:00Z')",
        }
    )
    assert (search.start, search.end) == (day(2017, 6, 1), day(2017, 12, 31))


def test_a_geometry_in_a_filter() -> None:
    point = {"type": "Point", "coordinates": [1, 2]}
    search = from_body(
        {"filter": {"op": "s_intersects", "args": [{"property": "geometry"}, point]}}
    )
    assert search.intersects == shapely.Point(1, 2)


@given(st.text(max_size=40))
def test_no_filter_text_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(InputError):
        parse_filter(text)


@given(st.dictionaries(st.sampled_from(["bbox", "datetime", "filter", "query", "limit", "ids"]),
                       st.recursive(st.none() | st.integers() | st.text(max_size=5),
                                    lambda inner: st.lists(inner, max_size=3)
                                    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
                                    max_leaves=6)))  # fmt: skip
def test_no_body_breaks_the_reader(body) -> None:
    with contextlib.suppress(InputError):
        from_body(body)
