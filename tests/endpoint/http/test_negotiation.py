from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint.http.negotiation import choose, parse_accept

OFFERED = ["application/json", "application/xml", "text/csv"]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("application/*", "application/json"),
        ("application/json;q=0.2, application/xml;q=0.9", "application/xml"),
        ("application/*;q=0.3, application/json;q=0, */*;q=0.2", "application/xml"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "application/xml"),
        ("text/csv;charset=utf-8;q=1", "text/csv"),
        ("text/csv;q=oops", "text/csv"),
        ("image/png", None),
        ("*/*;q=0", None),
        ("nonsense", "application/json"),
    ],
)
def test_the_best_acceptable_type_is_chosen(accept, chosen) -> None:
    assert choose(accept, OFFERED) == chosen


def test_nothing_offered_is_nothing_chosen() -> None:
    assert choose("*/*", []) is None
    assert choose(None, []) is None


@given(st.text(max_size=60))
def test_no_header_breaks_it(header: str) -> None:
    parse_accept(header)
    assert choose(header, OFFERED) in (None, *OFFERED)
