"""Sources and mappings of the conversion benchmark, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyogrio
import shapely

SEED = 11
BATCH = 250_000
CRS = "EPSG:4326"

PREFIXES = """
@prefix rml: <http://w3id.org/rml/> .
@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix rl: <http://semweb.mmlab.be/ns/rml#> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <http://example.com/> .
@base <http://example.com/mapping> .
"""


def points(file: Path, rows: int) -> None:
    """Write a CSV of places with a number, a name, a value and a position."""
    random = np.random.default_rng(SEED)
    with file.open("wb") as stream:
        for start in range(0, rows, BATCH):
            count = min(BATCH, rows - start)
            numbers = np.arange(start, start + count)
            table = pa.table(
                {
                    "id": numbers,
                    "name": np.char.add("Place ", numbers.astype(str)),
                    "value": np.round(random.uniform(0, 1000, count), 2),
                    "lon": np.round(random.uniform(-180, 180, count), 6),
                    "lat": np.round(random.uniform(-90, 90, count), 6),
                }
            )
            pacsv.write_csv(table, stream, pacsv.WriteOptions(include_header=start == 0))


def visits(folder: Path, rows: int) -> None:
    """Write two CSVs of as many rows; each row of the first names one of the second."""
    random = np.random.default_rng(SEED)
    numbers = np.arange(rows)
    pacsv.write_csv(
        pa.table({"id": numbers, "code": random.permutation(numbers)}), folder / "visits.csv"
    )
    pacsv.write_csv(pa.table({"code": numbers}), folder / "sites.csv")


def roads(file: Path, rows: int) -> None:
    """Write road-like lines with a few attributes, in the format of the extension."""
    random = np.random.default_rng(SEED)
    for start in range(0, rows, BATCH):
        count = min(BATCH, rows - start)
        numbers = np.arange(start, start + count)
        steps = random.normal(0, 0.001, (count, 10, 2))
        steps[:, 0] = random.uniform((19, 35), (28, 41), (count, 2))
        lines = shapely.linestrings(np.round(np.cumsum(steps, axis=1), 7))
        pyogrio.raw.write(
            str(file), shapely.to_wkb(lines),
            [numbers, np.char.add("Road ", numbers.astype(str)).astype(object),
             np.char.add("class", (numbers % 9).astype(str)).astype(object)],
            ["osm_id", "name", "fclass"],
            geometry_type="LineString", crs=CRS, append=start > 0,
        )  # fmt: skip


def points_mapping(words: Callable[[str], str]) -> str:
    """Give a mapping of `points` to six triples a row; `words` writes its logical source."""
    return f"""{PREFIXES}
<#Place> {words("points.csv")}
  rr:subjectMap [ rr:template "http://example.com/place/{{id}}" ; rr:class ex:Place ] ;
  rr:predicateObjectMap [ rr:predicate ex:name ; rr:objectMap [ rl:reference "name" ] ] ;
  rr:predicateObjectMap [ rr:predicate ex:value ;
    rr:objectMap [ rl:reference "value" ; rr:datatype xsd:double ] ] ;
  rr:predicateObjectMap [ rr:predicate geo:hasGeometry ;
    rr:objectMap [ rr:template "http://example.com/geometry/{{id}}" ] ] .
<#Geometry> {words("points.csv")}
  rr:subjectMap [ rr:template "http://example.com/geometry/{{id}}" ; rr:class geo:Geometry ] ;
  rr:predicateObjectMap [ rr:predicate geo:asWKT ; rr:objectMap [
    rr:template "POINT ({{lon}} {{lat}})" ; rr:termType rr:Literal ;
    rr:datatype geo:wktLiteral ] ] .
"""


def join_mapping(words: Callable[[str], str]) -> str:
    """Give a mapping of `visits` that joins its two files."""
    return f"""{PREFIXES}
<#Visit> {words("visits.csv")}
  rr:subjectMap [ rr:template "http://example.com/visit/{{id}}" ] ;
  rr:predicateObjectMap [ rr:predicate ex:of ; rr:objectMap [
    rr:parentTriplesMap <#Site> ;
    rr:joinCondition [ rr:child "code" ; rr:parent "code" ] ] ] .
<#Site> {words("sites.csv")}
  rr:subjectMap [ rr:template "http://example.com/site/{{code}}" ; rr:class ex:Site ] .
"""


def csv_words(file: str) -> str:
    """Write a logical source of a CSV as both Morph-KGC and we read it."""
    return f'rl:logicalSource [ rl:source "{file}" ; rl:referenceFormulation ql:CSV ] ;'


def roads_mapping(file: str) -> str:
    """Give a mapping of `roads` to five triples a row."""
    return f"""{PREFIXES}
@prefix egr: <https://w3id.org/earthgraph/rml#> .
<#Road> rml:logicalSource [ rml:source [ a rml:FilePath ; rml:path "{file}" ] ;
    rml:referenceFormulation egr:Vector ] ;
  rml:subjectMap [ rml:template "http://example.com/road/{{osm_id}}" ; rml:class ex:Road ] ;
  rml:predicateObjectMap [ rml:predicate ex:name ; rml:objectMap [ rml:reference "name" ] ] ;
  rml:predicateObjectMap [ rml:predicate ex:kind ; rml:objectMap [ rml:reference "fclass" ] ] ;
  rml:predicateObjectMap [ rml:predicate geo:asWKT ;
    rml:objectMap [ rml:reference "geometry" ; rml:datatype geo:wktLiteral ] ] .
"""
