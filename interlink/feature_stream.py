"""A feature set as a stream of batches, read once; what is to be told of it stands in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from engine.protocol import Control, Engine, Parts
from interlink.cleaning import clean
from interlink.features import Features, attribute_names, crs_iris_of, feature_rows
from interlink.problems import read_problems, refuse_invalid
from interlink.rules.model import FeatureSet
from interlink.sources import Readers
from interlink.tile_files import read_rows

_TOLD_SCHEMA = pa.schema(
    [
        pa.field("feature", pa.string()),
        pa.field("problem", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("srid", pa.int32()),
        pa.field("linked", pa.int64()),
    ]
)


def stream_features(
    engine: Engine, chosen: FeatureSet, readers: Readers | None, told: Path, *, control: Control
) -> Iterator[pa.RecordBatch]:
    """Yield the geometries of a set that can be linked, in no order and without numbers.

    Parameters
    ----------
    engine
        With the GeoSPARQL functions registered.
    chosen
        Source and filters of the set.
    readers
        Opens sources that are no RDF files.
    told
        A file for names and problems of all rows, which `told_features` reads.
    control
        Cancellation and progress.

    Yields
    ------
    pyarrow.RecordBatch
        The columns of `interlink.features.Features`, but ``id``.
    """
    with (
        feature_rows(engine, chosen, readers, control) as query,
        engine.run(query, control=control) as rows,
        pa.ipc.new_stream(str(told), _TOLD_SCHEMA) as writer,
    ):
        for batch in clean(chosen, iter(rows)):
            linked = pc.is_valid(batch.column("geometry"))
            columns = [batch.column(name) for name in _TOLD_SCHEMA.names[:-1]]
            writer.write_batch(pa.record_batch([*columns, linked.cast("int64")], _TOLD_SCHEMA))
            yield batch.filter(linked).drop_columns(["problem", "reason", "srid"])


def told_features(engine: Engine, chosen: FeatureSet, told: Path, *, control: Control) -> Features:
    """Tell what a stream held, when all of it was read; `relation` holds no rows of it.

    Raises
    ------
    SourceError
        There were invalid geometries and these are an error.
    """
    rows = engine.relation(Parts(_TOLD_SCHEMA, [str(told)], read_rows))
    problems = read_problems(engine, rows, chosen.name, control=control)
    if chosen.invalid == "error":
        refuse_invalid(problems)
    linked = exp.Sum(this=exp.column("linked")).as_("n")
    by_feature = exp.select("feature", linked).from_(rows.table()).group_by("feature")
    some = exp.case().when(exp.column("n") > 0, exp.Literal.number(1))
    many = exp.case().when(exp.column("n") > 1, exp.Literal.number(1))
    counting = exp.select(
        exp.func("count", exp.Star()).as_("features"),
        exp.cast(exp.Sum(this=exp.column("n")), "BIGINT").as_("geometries"),
        exp.func("count", some).as_("linked"),
        exp.func("count", many).as_("several"),
    ).from_(by_feature.subquery("named"))
    with engine.run(counting, control=control) as reader:
        counts = {name: n or 0 for name, n in reader.read_all().to_pylist()[0].items()}
    placed = exp.select("srid").distinct().from_(rows.table())
    with engine.run(placed.where(exp.column("linked") > 0)) as reader:
        crs_iris = crs_iris_of(reader.read_all()["srid"].to_pylist())
    engine.drop(rows)
    return Features(
        problems.relation, attribute_names(chosen), crs_iris=crs_iris, problems=problems, **counts
    )
