"""Make the inputs of the food use case: seeded, invented fields on a real national grid.

Run with ``python data/food/generate.py``. Nothing here is real but the
reference systems (EPSG:31287 for the declared parcels, EPSG:32633 for the
satellite's grid); see README.md beside this file.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import rasterio.features
import shapely
from rasterio.transform import from_origin

SOURCE = Path(__file__).parent / "source"
SEED = 20210601
PARCEL_CRS, RASTER_CRS = "EPSG:31287", "EPSG:32633"
ORIGIN = (655_000.0, 485_000.0)
SIDE_M = 5_000.0
PIXEL_M = 10.0
DATES = ("2021-04-15", "2021-05-15", "2021-06-15", "2021-07-15")


@dataclass(frozen=True)
class Crop:
    """A crop: notation in the crop code list, value in the class raster, share, water need."""

    notation: str
    value: int
    share: float
    demand_mm: tuple[int, int, int, int]


CROPS = (
    Crop("winter-wheat", 11, 0.24, (60, 95, 90, 20)),
    Crop("winter-barley", 12, 0.10, (60, 90, 60, 0)),
    Crop("winter-rye", 13, 0.05, (55, 85, 70, 10)),
    Crop("spring-barley", 14, 0.07, (30, 80, 95, 30)),
    Crop("maize", 21, 0.18, (10, 45, 110, 140)),
    Crop("sugar-beet", 31, 0.09, (15, 60, 110, 130)),
    Crop("potato", 32, 0.06, (15, 65, 115, 110)),
    Crop("sunflower", 41, 0.06, (10, 50, 100, 105)),
    Crop("soybean", 51, 0.07, (5, 40, 95, 120)),
    Crop("grassland", 61, 0.08, (45, 75, 85, 80)),
)
REGIONS = ("Auenfeld", "Brunnthal", "Lindenau", "Steinbach")


def split(
    rng: np.random.Generator, box: tuple[float, float, float, float]
) -> list[tuple[float, ...]]:
    """Cut a rectangle into fields of 3 to 14 hectares by random cuts across its longer side."""
    west, south, east, north = box
    width, height = east - west, north - south
    if width * height < rng.uniform(60_000, 140_000):
        return [box]
    share = rng.uniform(0.35, 0.65)
    if width > height:
        cut = west + share * width
        return split(rng, (west, south, cut, north)) + split(rng, (cut, south, east, north))
    cut = south + share * height
    return split(rng, (west, south, east, cut)) + split(rng, (west, cut, east, north))


def regions() -> gpd.GeoDataFrame:
    """Make four municipalities that share ragged borders, in CRS84."""
    x, y = ORIGIN
    east, north, mid = x + SIDE_M, y + SIDE_M, (x + 0.55 * SIDE_M, y + 0.45 * SIDE_M)
    border_south = [
        (mid[0] + d, y + t * (mid[1] - y)) for t, d in ((0, -300), (0.4, 150), (0.8, -80), (1, 0))
    ]
    border_north = [
        (mid[0] + d, mid[1] + t * (north - mid[1]))
        for t, d in ((0, 0), (0.3, 220), (0.7, -40), (1, 260))
    ]
    border_west = [(x + t * (mid[0] - x), mid[1] + d) for t, d in ((0, 180), (0.5, -120), (1, 0))]
    border_east = [
        (mid[0] + t * (east - mid[0]), mid[1] + d) for t, d in ((0, 0), (0.6, 240), (1, -90))
    ]
    rings = (
        [(x, y), *border_south, *border_west[::-1]],
        [(east, y), border_east[-1], *border_east[-2::-1], *border_south[-2::-1]],
        [(x, north), border_west[0], *border_west[1:], *border_north[1:]],
        [(east, north), *border_north[::-1], *border_east[1:]],
    )
    frame = gpd.GeoDataFrame(
        {"code": [f"R{n}" for n in range(1, 5)], "name": REGIONS},
        geometry=[shapely.Polygon(ring) for ring in rings],
        crs=PARCEL_CRS,
    ).to_crs("OGC:CRS84")
    frame.geometry = shapely.set_precision(frame.geometry.values, 1e-7)
    return frame


def parcels(rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Make the declared parcels, with a road's width between neighbours."""
    x, y = ORIGIN
    boxes = [
        shapely.box(*box).buffer(-4, join_style="mitre")
        for box in split(rng, (x, y, x + SIDE_M, y + SIDE_M))
    ]
    # The south-west grows more winter cereals than the rest, so that regions differ.
    shares = np.array([crop.share for crop in CROPS])
    rows = []
    for n, box in enumerate(boxes):
        weight = shares.copy()
        if box.centroid.x < x + 0.55 * SIDE_M and box.centroid.y < y + 0.45 * SIDE_M:
            weight[:3] *= 2.2
        if box.centroid.x > x + 0.55 * SIDE_M and box.centroid.y > y + 0.45 * SIDE_M:
            weight[:3] *= 0.3
        crop = CROPS[rng.choice(len(CROPS), p=weight / weight.sum())]
        rows.append(
            {"geometry": box, "parcel_id": f"AT-{n + 1:04d}", "crop": crop.notation, "year": 2021}
        )
    frame = gpd.GeoDataFrame(rows, crs=PARCEL_CRS)
    frame.geometry = shapely.set_precision(frame.geometry.values, 0.01)
    return frame


def write_raster(rng: np.random.Generator, frame: gpd.GeoDataFrame) -> None:
    """Write the crop-type raster: as declared, but for one parcel in twelve and some patches."""
    values = {crop.notation: crop.value for crop in CROPS}
    seen = frame.to_crs(RASTER_CRS)
    seen["value"] = [values[crop] for crop in seen.crop]
    wrong = rng.random(len(seen)) < 1 / 12
    seen.loc[wrong, "value"] = rng.choice(list(values.values()), wrong.sum())
    west, south, east, north = (np.round(seen.total_bounds / 100) * 100) + np.array(
        [-100, -100, 100, 100]
    )
    shape = (int((north - south) / PIXEL_M), int((east - west) / PIXEL_M))
    transform = from_origin(west, north, PIXEL_M, PIXEL_M)
    classes = rasterio.features.rasterize(
        zip(seen.geometry, seen.value, strict=True), shape, transform=transform, dtype="uint8"
    )
    for _ in range(60):
        row, column = rng.integers(20, shape[0] - 20), rng.integers(20, shape[1] - 20)
        patch = classes[row : row + rng.integers(4, 12), column : column + rng.integers(4, 12)]
        patch[patch > 0] = rng.choice(list(values.values()))
    with rasterio.open(
        SOURCE / "crop_type.tif", "w", driver="GTiff", height=shape[0], width=shape[1], count=1,
        dtype="uint8", crs=RASTER_CRS, transform=transform, nodata=0, compress="deflate",
    ) as raster:  # fmt: skip
        raster.write(classes, 1)
        raster.update_tags(1, SYNTHETIC="yes")
    with (SOURCE / "crop_classes.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["value", "notation"])
        writer.writerows((crop.value, crop.notation) for crop in CROPS)


def water(rng: np.random.Generator, frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Make the water a parcel needed and had on four dates, in millimetres; June is dry."""
    demands = {crop.notation: crop.demand_mm for crop in CROPS}
    rows = []
    for row in frame.itertuples():
        irrigated = rng.random() < 0.35
        for index, day in enumerate(DATES):
            rain = (75, 70, 48, 62)[index] + rng.normal(0, 9)
            available = max(0.0, rain + (45 if irrigated else 0))
            rows.append((row.parcel_id, day, demands[row.crop][index], round(available, 1)))
    return pd.DataFrame(rows, columns=["parcel_id", "date", "demand_mm", "available_mm"])


def main() -> None:
    """Write every input file."""
    SOURCE.mkdir(exist_ok=True)
    rng = np.random.default_rng(SEED)
    fields = parcels(rng)
    fields.to_file(SOURCE / "parcels.gpkg", layer="parcels", engine="pyogrio")
    regions().to_file(SOURCE / "regions.geojson", driver="GeoJSON", engine="pyogrio")
    write_raster(rng, fields)
    water(rng, fields).to_csv(SOURCE / "water.csv", index=False)


if __name__ == "__main__":
    main()
