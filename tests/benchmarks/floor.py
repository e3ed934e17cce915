"""What a query takes at least: SQL written by hand over a store's tables, and an STRtree.

The same rows are fetched and decoded as the query's; there is no SPARQL, no plan to
find, no row of the answer is made. Geometries stand in memory as arrays, in a tree.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import shapely

from endpoint.store.dataset import Dataset
from endpoint.store.store import Store
from geosparql.terms import IRI, Literal, Term
from tests.benchmarks.feature_files import namespace
from tests.benchmarks.map_queries import Join, Selection


class Floor:
    """A published store's file opened by DuckDB alone, its geometries in an STRtree."""

    def __init__(self, store: Store) -> None:
        self._dataset: Dataset = store.dataset()
        self.connection = duckdb.connect()
        self.connection.execute(f"ATTACH '{Path(store.path) / 'store.duckdb'}' AS s (READ_ONLY)")
        self.connection.execute("USE s")
        found = self.connection.sql("SELECT id, geometry FROM geometries").to_arrow_table()
        self.ids = found["id"].to_numpy()
        self.shapes = shapely.from_wkb(found["geometry"].to_numpy())
        self.tree = shapely.STRtree(self.shapes)

    def id(self, term: Term) -> int:
        """Give the id of a term of the store."""
        (found,) = self._dataset.find([term])
        if found is None:
            raise ValueError(f"The store does not hold {term}")
        return found

    def iri(self, text: str) -> int:
        """Give the id of an IRI."""
        return self.id(IRI(text))

    def rows(self, sql: str, **tables: pa.Table) -> pa.Table:
        """Run SQL; `tables` stand under their names."""
        for name, table in tables.items():
            self.connection.register(name, table)
        return self.connection.sql(sql).to_arrow_table()

    def related(self, relation: str, wkt: str) -> pa.Table:
        """Give the ids of the geometries in this relation to a constant."""
        constant = shapely.from_wkt(wkt)
        shapely.prepare(constant)
        # The tree asks "constant relation geometry", so `within` is asked the other way round.
        predicate = {"Intersects": "intersects", "Within": "contains"}[relation]
        return pa.table({"id": self.ids[self.tree.query(constant, predicate=predicate)]})

    def selection(self, asked: Selection) -> int:
        """Answer a selection of the synthetic map; give the number of rows."""
        found = self.related(asked.relation, asked.wkt)
        sql = f"""SELECT f.lexical, w.lexical FROM ({self._tagged(asked.class_name, asked.tag)}) q
            JOIN found ON found.id = q.w JOIN terms f ON f.id = q.f JOIN terms w ON w.id = q.w"""
        return len(self.rows(sql, found=found))

    def join(self, asked: Join) -> int:
        """Answer a join of the synthetic map; give the number of rows."""
        sides = [
            self.rows(self._tagged(name, tag))
            for name, tag in zip(asked.class_names, asked.tags, strict=True)
        ]
        order = np.argsort(self.ids)
        left, right = (
            self.shapes[order[np.searchsorted(self.ids, side["w"].to_numpy(), sorter=order)]]
            for side in sides
        )
        pairs = shapely.STRtree(right).query(left, predicate=asked.relation.lower())
        table = pa.table([sides[0]["f"].take(pairs[0]), sides[1]["f"].take(pairs[1])], ["a", "b"])
        sql = """SELECT a.lexical, b.lexical FROM pairs
            JOIN terms a ON a.id = pairs.a JOIN terms b ON b.id = pairs.b"""
        return len(self.rows(sql, pairs=table))

    def _tagged(self, class_name: str, tag: int) -> str:
        space = namespace(class_name)
        geometry, tagged, wkt, key = (
            self.iri(space + name) for name in ("hasGeometry", "hasTag", "asWKT", "hasKey")
        )
        return f"""SELECT g.subject AS f, w.object AS w FROM quads_pos k
            JOIN quads_pos t ON t.predicate = {tagged} AND t.object = k.subject
            JOIN quads_pos g ON g.predicate = {geometry} AND g.subject = t.subject
            JOIN quads_pos w ON w.predicate = {wkt} AND w.subject = g.object
            WHERE k.predicate = {key} AND k.object = {self.id(Literal(str(tag)))}"""

    def pairs(self, dimension: int) -> int:
        """Join the geometries of a dimension with all, from arrays of EWKB; count the pairs."""
        sql = "SELECT geometry FROM geometries"
        left = self.rows(f"{sql} WHERE dimension = {dimension}")["geometry"].to_numpy()
        right = self.rows(sql)["geometry"].to_numpy()
        tree = shapely.STRtree(shapely.from_wkb(right))
        return int(tree.query(shapely.from_wkb(left), predicate="intersects").shape[1])
