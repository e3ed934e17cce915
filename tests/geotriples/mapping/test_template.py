"""Templates: what parses gives its text back, what is wrong says where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosparql.errors import MappingError
from geotriples.mapping.model import Reference, Template
from geotriples.mapping.template import parse_template

NAMES = st.text(min_size=1, max_size=5)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}")


@given(st.lists(st.one_of(NAMES, NAMES.map(Reference)), min_size=1, max_size=5))
def test_written_parts_are_read_back(parts: list[str | Reference]) -> None:
    joined: list[str | Reference] = []
    for part in parts:
        if joined and isinstance(part, str) and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    text = "".join(
        escaped(part) if isinstance(part, str) else "{" + escaped(part.name) + "}"
        for part in joined
    )
    assert parse_template(text, "here") == Template(tuple(joined))


@pytest.mark.parametrize("text", ["{a", "a}", "{{a}}", "{}", "{a\\b}", "\\", "{a\\}"])
def test_malformed(text: str) -> None:
    with pytest.raises(MappingError, match=r"^here: .*template"):
        parse_template(text, "here")
