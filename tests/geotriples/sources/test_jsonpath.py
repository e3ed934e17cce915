"""JSONPath: RFC 9535's selectors, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from geosparql.errors import MappingError
from geotriples.sources.jsonpath import parse_jsonpath

DOCUMENT: dict[str, Any] = {
    "a": [{"b": 1, "c d": 2}, {"b": 3}],
    "x.y": 5,
    "n": {"m": {"b": 7}},
    "{N}": 9,
    "é": "accent",
    "it's": 8,
}

SELECTED = {
    "$": [DOCUMENT],
    "$.a[*].b": [1, 3],
    "$.a[0]['c d']": [2],
    '$["a"][1]["b"]': [3],
    "$..b": [1, 3, 7],
    "a[-1].b": [3],
    "$['x.y']": [5],
    "$.n.*": [{"b": 7}],
    "$.a[0:1].b": [1],
    "$.a[::-1].b": [3, 1],
    "$.a[0]['b','c d']": [1, 2],
    "$['{N}']": [9],
    r"$['it\'s']": [8],
    "$.é": ["accent"],
    "$.a.b": [],
    "$.a[5]": [],
    "@.n.m.b": [7],
}


@pytest.mark.parametrize(("path", "values"), SELECTED.items())
def test_selects(path: str, values: list[Any]) -> None:
    assert list(parse_jsonpath(path, "here").find(DOCUMENT)) == values


@pytest.mark.parametrize(
    ("path", "singular"),
    [("$.a[0].b", True), ("$", True), ("$.a[*]", False), ("$..b", False), ("$['a','n']", False)],
)
def test_singular(path: str, singular: bool) -> None:
    assert parse_jsonpath(path, "here").is_singular is singular


@pytest.mark.parametrize("path", ["$.a[*]]", "$.a[", "$.a[?(@.b)]", "$..", "$.a b", "$[]"])
def test_refused(path: str) -> None:
    with pytest.raises(MappingError, match=r"^here: The JSONPath is not"):
        parse_jsonpath(path, "here")
