"""`earthgraph link`: rules are checked, problems are written."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from earthgraph.cli import app
from geosparql.vocabulary import GEO

PLACES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"id": 1},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]],
            },
        }
    ],
}
RULES = """
[left]
vector = "places.geojson"
iri = "http://example.org/{id}"

[right]
files = ["points.nt"]

[[link]]
relations = ["sf_contains"]
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "places.geojson").write_text(json.dumps(PLACES))
    (tmp_path / "points.nt").write_text(
        f'<http://example.org/p> <{GEO}asWKT> "POINT(1.5 1)"^^<{GEO}wktLiteral> .\n'
    )
    path = tmp_path / "rules.toml"
    path.write_text(RULES)
    return path


def test_checks_without_linking(rules: Path) -> None:
    checked = CliRunner().invoke(app, ["link", str(rules), "--check"])
    assert checked.exit_code == 0
    assert "no errors, 1 link rules" in " ".join(checked.output.split())
    rules.write_text(RULES.replace("{id}", "{ident}"))
    refused = CliRunner().invoke(app, ["link", str(rules), "--check"])
    assert refused.exit_code == 65
    rules.write_text(RULES.replace("relations", "relation"))
    refused = CliRunner().invoke(app, ["link", str(rules), "--check"])
    assert refused.exit_code == 65
    assert "line 10" in refused.output
    assert "Did you mean relations?" in refused.output


def test_links_and_lists_problems(rules: Path) -> None:
    output, problems = rules.parent / "links.nt", rules.parent / "problems.jsonl"
    done = CliRunner().invoke(
        app, ["link", str(rules), "-o", str(output), "--problems", str(problems)]
    )
    assert done.exit_code == 0, done.output
    assert output.read_text() == (
        f"<http://example.org/1> <{GEO}sfContains> <http://example.org/p> .\n"
    )
    (row,) = map(json.loads, problems.read_text().splitlines())
    assert row["feature"] == "http://example.org/1"
    assert (row["side"], row["problem"]) == ("left", "repaired")
    assert "Self-intersection" in row["reason"]
