"""Make the inputs of the polar use case: seeded, over the real coastline of Greenland.

Run with ``python data/polar/generate.py``. The coastline and the two towns are
Natural Earth (public domain); everything else is invented here, by the rules
that real charts and products follow. See README.md beside this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import rasterio.features
import shapely
from rasterio.transform import from_origin

SOURCE = Path(__file__).parent / "source"
SEED = 20170401
CRS = "EPSG:3413"
AREA = shapely.box(-700_000, -1_860_000, -260_000, -1_220_000)
CELL_M = 1_000
CHART_DATES = np.arange("2017-03-06", "2017-05-15", 14, dtype="datetime64[D]")
FAST_ICE_WIDTH_M = (30_000, 42_000, 55_000, 38_000, 24_000)

# Partial concentrations are ordered by thickness: the oldest ice first. SIGRID-3 stages.
MULTI_YEAR, SECOND_YEAR, THICK, MEDIUM, THIN, GREY_WHITE, GREY, NILAS, NEW = (
    "97", "96", "93", "91", "87", "85", "84", "82", "81",
)  # fmt: skip
FLOE_FORMS = ("04", "05", "06", "07")
FAST_ICE_FORM = "08"  # SIGRID-3 version 3.0 (2014); 09 in version 3.1 (2017)


@dataclass(frozen=True)
class Egg:
    """An egg code: total concentration and up to three partials (tenths, stage, form)."""

    partials: tuple[tuple[int, str, str], ...]

    def attributes(self) -> dict[str, str]:
        """Give the SIGRID-3 attribute values; -9 where there is no such partial."""
        total = sum(tenths for tenths, _, _ in self.partials)
        row = {"CT": code_of(total)}
        for letter, index in zip("ABC", range(3), strict=True):
            given = self.partials[index] if index < len(self.partials) else None
            alone = len(self.partials) == 1
            row[f"C{letter}"] = "-9" if given is None or alone else code_of(given[0])
            row[f"S{letter}"] = "-9" if given is None else given[1]
            row[f"F{letter}"] = "-9" if given is None else given[2]
        return row


def code_of(tenths: int) -> str:
    """Give the SIGRID-3 concentration code of whole tenths."""
    return {0: "00", 10: "92"}.get(tenths, f"{tenths}0")


FAST_ICE = Egg(((2, MULTI_YEAR, FAST_ICE_FORM), (8, THICK, FAST_ICE_FORM)))


def land() -> shapely.Geometry:
    """Give the Natural Earth 1:110m land in the area, in EPSG:3413."""
    path = files("pyogrio") / "tests/fixtures/naturalearth_lowres/naturalearth_lowres.shp"
    countries = gpd.read_file(str(path)).query("name in ['Greenland', 'Canada']").to_crs(CRS)
    return shapely.intersection(countries.geometry.union_all(), AREA.buffer(200_000))


def pack_ice_egg(rng: np.random.Generator, westness: float) -> Egg:
    """Draw a legal egg code: more old ice in the west, more young ice near the coast."""
    total = int(rng.choice([7, 8, 9, 9, 10]))
    stages = [MULTI_YEAR if rng.random() < 0.7 else SECOND_YEAR, str(rng.choice([THICK, MEDIUM]))]
    stages.append(str(rng.choice([THIN, GREY_WHITE, GREY, NILAS, NEW])))
    old = int(np.clip(round(total * westness * rng.uniform(0.4, 1.0)), 0, total - 2))
    young = int(rng.integers(1, max(2, (total - old) // 2 + 1)))
    tenths = [old, total - old - young, young]
    kept = [(t, s, str(rng.choice(FLOE_FORMS))) for t, s in zip(tenths, stages, strict=True) if t]
    return Egg(tuple(kept))


def chart(rng: np.random.Generator, date: np.datetime64, width_m: float, shore) -> gpd.GeoDataFrame:
    """Make one ice chart: landfast ice along the coast, pack ice in cells, open water between."""
    sea = shapely.difference(AREA, shore)
    ragged = shapely.union_all(
        [
            shapely.Point(xy).buffer(rng.uniform(4_000, 16_000))
            for xy in coast_points(rng, shore, 60)
        ]
    )
    fast = shapely.intersection(
        sea, shapely.union(shore.buffer(width_m), ragged.buffer(width_m / 2))
    )
    fast = shapely.simplify(fast, 1_500)
    rows = [{"geometry": fast, "POLY_TYPE": "I", **FAST_ICE.attributes()}]
    pack = shapely.difference(sea, fast)
    west, south, east, north = AREA.bounds
    seeds = shapely.MultiPoint(
        np.column_stack([rng.uniform(west, east, 34), rng.uniform(south, north, 34)])
    )
    for cell in shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=AREA)):
        piece = polygons_of(shapely.intersection(cell, pack))
        if piece.is_empty or piece.area < 4e6:
            continue
        westness = 1 - (piece.centroid.x - west) / (east - west)
        if rng.random() < 0.08:
            egg, kind = Egg(()), "W"
        else:
            egg, kind = pack_ice_egg(rng, westness), "I"
        rows.append({"geometry": piece, "POLY_TYPE": kind, **egg.attributes()})
    frame = gpd.GeoDataFrame(rows, crs=CRS)
    frame.geometry = shapely.set_precision(frame.geometry.values, 1)
    day = str(date)
    frame["CHART"], frame["DATE"] = f"melville-{day}", day
    frame["POLY_ID"] = [f"{day}-{n:03d}" for n in range(len(frame))]
    return frame


def coast_points(rng: np.random.Generator, shore, n: int) -> np.ndarray:
    """Draw points along the coast inside the area."""
    line = shapely.intersection(shapely.boundary(shore), AREA)
    return shapely.get_coordinates(
        shapely.line_interpolate_point(line_of(line), rng.uniform(0, 1, n), normalized=True)
    )


def line_of(geometry) -> shapely.Geometry:
    """Give the longest line among the parts."""
    parts = shapely.get_parts(shapely.line_merge(geometry))
    return parts[np.argmax(shapely.length(parts))]


def polygons_of(geometry) -> shapely.Geometry:
    """Give the polygonal part of an intersection."""
    parts = shapely.get_parts(geometry)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def icebergs(rng: np.random.Generator, charts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Drop icebergs into the sea on every chart date, half of them near the coast."""
    rows = []
    for day, frame in charts.groupby("DATE"):
        sea = frame.geometry.union_all()
        fast = frame.geometry.iloc[0]
        points = shapely.points(
            rng.uniform(AREA.bounds[0], AREA.bounds[2], 900),
            rng.uniform(AREA.bounds[1], AREA.bounds[3], 900),
        )
        inside = points[shapely.contains_properly(fast, points)][: rng.integers(20, 48)]
        outside = points[
            shapely.contains_properly(sea, points) & ~shapely.intersects(fast, points)
        ][: rng.integers(20, 48)]
        for n, point in enumerate(np.concatenate([inside, outside])):
            rows.append(
                {
                    "geometry": shapely.set_precision(point, 1),
                    "berg_id": f"{day}-{n:03d}",
                    "observed": day,
                    "length_m": int(rng.lognormal(4.6, 0.7)),
                    "confidence": round(rng.uniform(0.6, 0.99), 2),
                }
            )
    return gpd.GeoDataFrame(rows, crs=CRS)


def write_product(rng: np.random.Generator, frame: gpd.GeoDataFrame, box, path: Path) -> None:
    """Write a class raster of SIGRID-3 stages of development; 1 is open water, 0 no data."""
    west, south, east, north = box.bounds
    shape = (int((north - south) / CELL_M), int((east - west) / CELL_M))
    transform = from_origin(west, north, CELL_M, CELL_M)
    classes = np.zeros(shape, dtype=np.uint8)
    for row in frame.itertuples():
        mask = rasterio.features.geometry_mask([row.geometry], shape, transform, invert=True)
        classes[mask] = draw_classes(rng, row, shape)[mask]
    with rasterio.open(
        path, "w", driver="GTiff", height=shape[0], width=shape[1], count=1, dtype="uint8",
        crs=CRS, transform=transform, nodata=0, compress="deflate",
    ) as raster:  # fmt: skip
        raster.write(classes, 1)
        raster.update_tags(1, CODE_LIST="SIGRID-3 stage of development", SYNTHETIC="yes")


def draw_classes(rng: np.random.Generator, row, shape: tuple[int, int]) -> np.ndarray:
    """Draw a patchy field of stages in the polygon's own partial concentrations."""
    given = [(row.CA, row.SA), (row.CB, row.SB), (row.CC, row.SC)]
    stages = [int(s) for _, s in given if s != "-9"]
    if row.CT == "00":
        return np.full(shape, 1, dtype=np.uint8)
    shares = [1.0] if len(stages) == 1 else [int(c) / 100 for c, _ in given if c != "-9"]
    water = max(0.0, 1 - sum(shares)) if len(stages) > 1 else 0.0
    field = smooth(rng.standard_normal(shape))
    limits = np.quantile(field, np.cumsum([*shares, water]) / (sum(shares) + water))
    return np.array([*stages, 1], dtype=np.uint8)[np.searchsorted(limits[:-1], field)]


def smooth(field: np.ndarray, passes: int = 3, radius: int = 6) -> np.ndarray:
    """Blur by running means, so that classes come in patches of some ten kilometres."""
    kernel = np.ones(2 * radius + 1) / (2 * radius + 1)
    for _ in range(passes):
        for axis in (0, 1):
            field = np.apply_along_axis(np.convolve, axis, field, kernel, mode="same")
    return field


def products(rng: np.random.Generator, charts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make two Sentinel-1-like products a chart date, north and south, and their footprints."""
    (SOURCE / "products").mkdir(exist_ok=True)
    rows = []
    for index, (day, frame) in enumerate(charts.groupby("DATE")):
        for part, (x, y, hour) in {
            "n": (-690_000, -1_480_000, 11),
            "s": (-570_000, -1_780_000, 12),
        }.items():
            west = x + 10_000 * int(rng.integers(0, 7))
            box = shapely.box(west, y, west + 220_000, y + 240_000)
            name = f"s1-ew-{day.replace('-', '')}-{part}"
            write_product(rng, frame, box, SOURCE / "products" / f"{name}.tif")
            rows.append({
                "geometry": shapely.segmentize(box, 60_000), "product_id": name,
                "acquired": f"{day}T{hour}:0{index}:00Z", "platform": "sentinel-1a", "mode": "EW",
                "classifier": "ice-stage-forest 1.2" if index < 3 else "ice-stage-forest 1.3",
            })  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=CRS).to_crs("OGC:CRS84")


PLACES = """\
place_id,name,lon,lat,source
qaanaaq,Qaanaaq,-69.33224,77.48347,Natural Earth 1:50m populated places
upernavik,Upernavik,-56.14168,72.70937,Natural Earth 1:50m populated places
kullorsuaq,Kullorsuaq,-57.22,74.58,written by hand
savissivik,Savissivik,-65.10,76.02,written by hand
"""


def main() -> None:
    """Write every input file."""
    SOURCE.mkdir(exist_ok=True)
    rng = np.random.default_rng(SEED)
    shore = land()
    charts = gpd.pd.concat(
        [chart(rng, d, w, shore) for d, w in zip(CHART_DATES, FAST_ICE_WIDTH_M, strict=True)]
    )
    charts.to_file(SOURCE / "ice_chart.shp", engine="pyogrio")
    icebergs(rng, charts).to_file(SOURCE / "icebergs.gpkg", layer="icebergs", engine="pyogrio")
    footprints = products(rng, charts)
    footprints.geometry = shapely.set_precision(footprints.geometry.values, 1e-6)
    footprints.to_file(SOURCE / "products.geojson", driver="GeoJSON", engine="pyogrio")
    (SOURCE / "places.csv").write_text(PLACES, encoding="utf-8")


if __name__ == "__main__":
    main()
