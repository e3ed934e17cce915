"""Peers of the conversion benchmark, in a virtual environment of their own.

Run by that environment's Python, so nothing of ours and no package of ours is imported:
``python conversion_peers.py morph_kgc|maplib SOURCE OUTPUT``.
"""

from __future__ import annotations

import json
import sys
import time

TEMPLATE = """
@prefix ex: <http://example.com/> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix ottr: <http://ns.ottr.xyz/0.4/> .
ex:Row [ ottr:IRI ?place, ottr:IRI ?geometry, ?name, ?value, ?wkt ] :: {
  ottr:Triple(?place, a, ex:Place), ottr:Triple(?place, ex:name, ?name),
  ottr:Triple(?place, ex:value, ?value), ottr:Triple(?place, geo:hasGeometry, ?geometry),
  ottr:Triple(?geometry, a, geo:Geometry), ottr:Triple(?geometry, geo:asWKT, ?wkt) } .
"""


def morph_kgc(mapping: str, output: str) -> None:
    """Convert through its command, in one process, as it does by itself."""
    import runpy
    from pathlib import Path

    folder = Path(mapping).parent
    config = folder / "morph.ini"
    config.write_text(
        f"[CONFIGURATION]\noutput_file={output}\nnumber_of_processes=1\nlogging_level=ERROR\n"
        f"[DataSource1]\nmappings={mapping}\n"
    )
    sys.argv = ["morph_kgc", str(config)]
    runpy.run_module("morph_kgc", run_name="__main__")


def maplib(source: str, output: str) -> None:
    """Expand a template over a data frame and write it; there is no RML in it."""
    import polars as pl
    from maplib import Model

    text = {"id": pl.String, "name": pl.String, "value": pl.Float64, "lon": pl.String,
            "lat": pl.String}  # fmt: skip
    frame = pl.read_csv(source, schema_overrides=text).select(
        place=pl.concat_str(pl.lit("http://example.com/place/"), "id"),
        geometry=pl.concat_str(pl.lit("http://example.com/geometry/"), "id"),
        name="name", value="value",
        wkt=pl.concat_str(pl.lit("POINT ("), "lon", pl.lit(" "), "lat", pl.lit(")")),
    )  # fmt: skip
    model = Model()
    model.add_template(TEMPLATE)
    model.map("http://example.com/Row", frame)
    model.write(output, format="ntriples")


def polars_floor(source: str, output: str) -> None:
    """Build the lines with nothing but a columnar string join: no mapping, no escapes."""
    import polars as pl

    place, geometry = "<http://example.com/place/", "<http://example.com/geometry/"
    a = "> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
    geo, xsd = "http://www.opengis.net/ont/geosparql#", "http://www.w3.org/2001/XMLSchema#"
    lit = pl.lit
    frame = pl.read_csv(source, infer_schema=False)
    lines = frame.select(
        pl.concat_str(
            lit(place), "id", lit(f"{a}<http://example.com/Place> .\n{place}"), "id",
            lit('> <http://example.com/name> "'), "name", lit(f'" .\n{place}'), "id",
            lit('> <http://example.com/value> "'), "value",
            lit(f'"^^<{xsd}double> .\n{place}'), "id",
            lit(f"> <{geo}hasGeometry> {geometry}"), "id", lit(f"> .\n{geometry}"), "id",
            lit(f"{a}<{geo}Geometry> .\n{geometry}"), "id",
            lit(f'> <{geo}asWKT> "POINT ('), "lon", lit(" "), "lat",
            lit(f')"^^<{geo}wktLiteral> .'),
        )
    )  # fmt: skip
    lines.write_csv(output, include_header=False, quote_style="never")


PEERS = {"morph_kgc": morph_kgc, "maplib": maplib, "floor": polars_floor}

if __name__ == "__main__":
    import re
    from pathlib import Path

    started, cpu = time.perf_counter(), time.process_time()
    try:
        PEERS[sys.argv[1]](sys.argv[2], sys.argv[3])
    except SystemExit as ended:
        if ended.code:
            raise
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    result = {
        "seconds": time.perf_counter() - started,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": int(peak[1]) / 1024 if peak else float("nan"),
    }
    sys.stderr.write("\nRESULT " + json.dumps(result))
