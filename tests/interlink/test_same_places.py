"""The example of docs/interlinking.md on labelled places: precision and recall."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.protocol import Engine
from geosparql.vocabulary import EGL, OWL
from interlink.discover import discover
from interlink.measures.table import MEASURES, VALUES
from interlink.times import ALLEN
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


def test_the_document_names_everything_that_a_rule_may() -> None:
    text = DOCUMENT.read_text()
    names = {row.name for table in (MEASURES, VALUES) for row in table}
    names |= {option.name for row in MEASURES for option in row.options}
    names |= {value.iri.replace(EGL, "egl:") for value in VALUES}
    assert not [name for name in names if f"`{name}`" not in text]
    assert not {relation.name for relation in ALLEN} - set(re.findall(r"\w+", text))


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
    duckdb_engine: Engine, tmp_path: Path, labelled: Places
) -> None:
    rules = documented_rules()
    found = found_pairs(duckdb_engine, tmp_path, labelled, rules)
    precision, recall = quality(found, labelled.same)
    alone = re.sub(r"^  \{ measure = \"token_sort\".*\n", "", rules, flags=re.M)
    assert alone != rules
    near = quality(found_pairs(duckdb_engine, tmp_path, labelled, alone), labelled.same)
    print(f"\nprecision {precision:.3f}, recall {recall:.3f}; by distance alone "
          f"{near[0]:.3f} and {near[1]:.3f}")  # fmt: skip
    assert precision > 0.97
    assert recall > 0.9
    assert near[0] < 0.8


@pytest.mark.spark
def test_both_engines_write_the_same_bytes(
    duckdb_engine: Engine, spark_engine: Engine, tmp_path: Path
) -> None:
    few = places(200, seed=12)
    written = []
    for engine in (duckdb_engine, spark_engine):
        folder = tmp_path / engine.name
        folder.mkdir()
        found_pairs(engine, folder, few, documented_rules())
        written.append((folder / "same.nt").read_bytes())
    assert written[0] == written[1]
    assert written[0].count(b"distanceInMetres") > 50
