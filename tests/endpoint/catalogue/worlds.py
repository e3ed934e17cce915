"""Products over the ice, and what is true of them, worked out in plain Python."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import shapely

from endpoint.catalogue.footprint import box_geometry, cut_at_antimeridian
from endpoint.catalogue.products import Asset, Detection, Product

BASE = "https://example.org/catalogue"
STAGE = "https://w3id.org/earthgraph/ice/stage/"
FIRST = datetime(2017, 3, 1, 12, tzinfo=UTC)
CODES = ("81", "83", "84", "85", "87", "91", "97")
YOUNG = {STAGE + code for code in ("83", "84", "85")}


def products(count: int) -> list[Product]:
    """Products of two collections; every fifth footprint crosses the antimeridian."""
    rng = random.Random(11)
    made = []
    for number in range(count):
        west = 176.0 if number % 5 == 0 else rng.uniform(-60, 50)
        south = rng.uniform(60, 75)
        corners = [(west, south), (west + 8, south), (west + 8, south + 4), (west, south + 4)]
        wrapped = [((x + 180) % 360 - 180, y) for x, y in corners]
        start = FIRST + timedelta(days=number // 3)
        codes = rng.sample(CODES, rng.randint(0, 4))
        shares = sorted(rng.random() for _ in codes)
        parts = [b - a for a, b in zip([0.0, *shares], shares, strict=False)]
        made.append(
            Product(
                iri=f"{BASE}/product/p{number:03d}",
                id=f"p{number:03d}",
                collection="ice-east" if number % 2 else "ice-west",
                footprint=cut_at_antimeridian(shapely.Polygon(wrapped)),
                start=start,
                end=start + timedelta(hours=2) if number % 7 == 0 else start,
                platform=f"sentinel-1{'ab'[number % 2]}",
                instrument="sar ew",
                detections=tuple(
                    Detection(STAGE + code, round(part, 6))
                    for code, part in sorted(zip(codes, parts, strict=True))
                ),
                assets=(Asset("classes", f"{BASE}/files/p{number:03d}.tif", "image/tiff"),),
            )
        )
    return made


def in_order(found: list[Product]) -> list[str]:
    """Give ids as pages have them: newest first, then by id."""
    return [p.id for p in sorted(found, key=lambda p: (-p.start.timestamp(), p.id))]


def in_box(product: Product, box: tuple[float, float, float, float]) -> bool:
    return product.footprint is not None and product.footprint.intersects(box_geometry(box))


def share(product: Product, concepts: set[str]) -> float:
    return sum(d.share or 0.0 for d in product.detections if d.concept in concepts)
