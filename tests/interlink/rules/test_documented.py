"""docs/interlinking.md has every key, and its examples are rule files that can be read."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from interlink.rules.read import read_rules
from interlink.rules.tables import COMPARISON_KEYS, FILE_KEYS, LINK_KEYS, SET_KEYS, keys_table

PAGE = (Path(__file__).parents[3] / "docs" / "interlinking.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("keys", [FILE_KEYS, SET_KEYS, LINK_KEYS, COMPARISON_KEYS])
def test_every_key_is_on_the_page(keys: object) -> None:
    assert keys_table(keys) in PAGE  # type: ignore[arg-type]


def test_the_first_examples_say_the_same(tmp_path: Path) -> None:
    for name in ("icebergs.nt.gz", "ice_chart.gpkg"):
        (tmp_path / name).write_text("")
    read = []
    for language, name in (("toml", "rules.toml"), ("turtle", "rules.ttl")):
        example = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
        assert example is not None
        (tmp_path / name).write_text(example[1])
        read.append(read_rules(tmp_path / name))
    assert replace(read[1], path=read[0].path) == read[0]
