"""The example of docs/interlinking.md on labelled places: precision and recall."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.protocol import Engine
from geosparql.vocabulary import OWL
from interlink.discover import discover
from tests.interlink.places import EX, Places, places, triples

DOCUMENT = Path(__file__).parents[2] / "docs" / "interlinking.md"
COUNT = 1_500


@pytest.fixture(scope="module")
def labelled() -> Places:
    return places(COUNT, seed=11)


def documented_rules() -> str:
    """Give the rule file that the document shows."""
    [found] = re.findall(r"```toml\n(name = \"same places\".*?)```", DOCUMENT.read_text(), re.S)
    return str(found)


def found_pairs(engine: Engine, folder: Path, labelled: Places, rules: str) -> set[tuple[str, str]]:
    (folder / "old.nt").write_text(triples(labelled.left, "l"))
    (folder / "new.nt").write_text(triples(labelled.right, "r"))
    (folder / "rules.toml").write_text(rules)
    discover(folder / "rules.toml", engine=engine, output=folder / "same.nt")
    lines = (folder / "same.nt").read_text().splitlines()
    link = re.compile(rf"<({EX}\S+)> <{re.escape(OWL)}sameAs> <({EX}\S+)> \.")
    return {match.groups() for line in lines if (match := link.fullmatch(line))}  # type: ignore[misc]


def quality(found: set[tuple[str, str]], same: set[tuple[str, str]]) -> tuple[float, float]:
    right = len(found & same)
    return right / len(found), right / len(same)


def test_names_and_distance_find_the_same_places(
    engine: Engine, tmp_path: Path, labelled: Places
) -> None:
    rules = documented_rules()
    found = found_pairs(engine, tmp_path, labelled, rules)
    precision, recall = quality(found, labelled.same)
    alone = re.sub(r"^  \{ measure = \"token_sort\".*\n", "", rules, flags=re.M)
    assert alone != rules
    near = quality(found_pairs(engine, tmp_path, labelled, alone), labelled.same)
    print(f"\n{engine.name}: precision {precision:.3f}, recall {recall:.3f}; by distance alone "
          f"{near[0]:.3f} and {near[1]:.3f}")  # fmt: skip
    assert precision > 0.97
    assert recall > 0.9
    assert near[0] < 0.8
