"""The two use cases of `make demo`, end to end, against answers computed without earthgraph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from earthgraph.pipeline import read_pipeline
from earthgraph.run import AskedQuestion, PipelineReport, plain, run_pipeline
from engine.protocol import Engine

gpd = pytest.importorskip("geopandas", reason="the oracle of these tests")

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def polar(duckdb_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> PipelineReport:
    return run(duckdb_engine, "polar", tmp_path_factory.mktemp("polar"))


@pytest.fixture(scope="module")
def food(duckdb_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> PipelineReport:
    return run(duckdb_engine, "food", tmp_path_factory.mktemp("food"))


def run(engine: Engine, name: str, folder: Path) -> PipelineReport:
    return run_pipeline(read_pipeline(DATA / name / "pipeline.toml"), engine, output=folder)


def rows(report: PipelineReport, words: str) -> list[dict[str, str | float | int]]:
    (asked,) = (asked for asked in report.answers if words in asked.question)
    return [{name: plain(term) for name, term in row.items()} for row in asked.rows]


def charts() -> gpd.GeoDataFrame:
    return gpd.read_file(DATA / "polar/source/ice_chart.shp")


def parcels() -> gpd.GeoDataFrame:
    return gpd.read_file(DATA / "food/source/parcels.gpkg")


def test_every_question_has_an_answer(polar: PipelineReport, food: PipelineReport) -> None:
    answers: tuple[AskedQuestion, ...] = (*polar.answers, *food.answers)
    assert len(answers) >= 6
    assert [asked.question for asked in answers if not asked.rows] == []
    assert all(len(asked.sentences) == len(asked.rows) for asked in answers)


def test_icebergs_in_the_fast_ice_on_its_largest_day(polar: PipelineReport) -> None:
    fast = charts().query("FA == '08'")
    fast = fast.assign(m2=fast.geometry.area)
    largest = fast.loc[fast.m2.idxmax()]
    bergs = gpd.read_file(DATA / "polar/source/icebergs.gpkg").query("observed == @largest.DATE")
    (row,) = rows(polar, "inside the fast ice")
    assert row["day"] == largest.DATE
    assert row["icebergs"] == int(bergs.within(largest.geometry).sum())


def test_winter_cereals_by_municipality(food: PipelineReport) -> None:
    fields, areas = parcels(), gpd.read_file(DATA / "food/source/regions.geojson")
    parts = fields.overlay(areas.to_crs(fields.crs), how="intersection")
    parts["m2"] = parts.area
    winter = parts[parts.crop.str.startswith("winter-")]
    share = winter.groupby("name").m2.sum() / parts.groupby("name").m2.sum()
    expected = share[share > 0.3].sort_values(ascending=False)
    found = rows(food, "winter cereals")
    assert [row["municipality"] for row in found] == list(expected.index)
    assert [row["cereal_share"] for row in found] == pytest.approx(list(expected), rel=1e-3)


def test_parcels_where_satellite_and_declaration_disagree(food: PipelineReport) -> None:
    import pandas as pd
    import rasterio
    from rasterio.features import geometry_mask

    with rasterio.open(DATA / "food/source/crop_type.tif") as raster:
        classes, transform, crs = raster.read(1), raster.transform, raster.crs
    table = pd.read_csv(DATA / "food/source/crop_classes.csv").set_index("value").notation
    expected = {}
    for field in parcels().to_crs(crs).itertuples():
        inside = geometry_mask([field.geometry], classes.shape, transform, invert=True)
        values, counts = np.unique(classes[inside], return_counts=True)
        seen, share = table.get(values[counts.argmax()]), counts.max() / counts.sum()
        if seen != field.crop:
            expected[field.parcel_id] = (seen, share)
    found = {row["parcel"]: row for row in rows(food, "disagree")}
    # Pixels on a border count half: a parcel at exactly one half may stand on either side.
    clear = {parcel for parcel, (_, share) in expected.items() if share > 0.6}
    assert clear <= set(found) <= set(expected)
    for parcel, (seen, _) in expected.items():
        if parcel in found:
            assert found[parcel]["seen"] == str(seen).replace("-", " ")


def test_declared_hectares(food: PipelineReport) -> None:
    fields = parcels()
    expected = fields.assign(ha=fields.area / 1e4).groupby("crop").ha.sum().to_dict()
    for row in rows(food, "each cereal"):
        notation = str(row["crop"]).replace(" ", "-")
        assert row["declared_ha"] == pytest.approx(expected[notation], rel=1e-6)


def test_a_second_run_skips_everything(
    duckdb_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("twice")
    first, second = (run(duckdb_engine, "food", folder) for _ in range(2))
    assert not any(step.skipped for step in first.steps)
    assert all(step.skipped for step in second.steps)
    agree(first, second)


@pytest.mark.spark
@pytest.mark.parametrize("name", ["polar", "food"])
def test_spark_gives_the_same_answers(
    request: pytest.FixtureRequest, spark_engine: Engine, tmp_path: Path, name: str
) -> None:
    here: PipelineReport = request.getfixturevalue(name)
    there = run(spark_engine, name, tmp_path)
    agree(here, there)


def agree(here: PipelineReport, there: PipelineReport) -> None:
    """Check that answers are the same up to the order in which doubles were added."""
    for one, other in zip(here.answers, there.answers, strict=True):
        assert one.variables == other.variables
        assert len(one.rows) == len(other.rows)
        for left, right in zip(one.rows, other.rows, strict=True):
            for variable in one.variables:
                mine, theirs = plain(left[variable]), plain(right[variable])
                assert mine == (
                    pytest.approx(theirs, rel=1e-9) if isinstance(mine, float) else theirs
                ), (one.question, variable)
