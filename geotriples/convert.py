"""Convert sources to RDF through a mapping file: the face of the stage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from engine.protocol import Control, Engine
from engine.triple_files import holds_graphs, is_lines, is_parquet, replaced_file, write_output
from geosparql.errors import MappingError
from geosparql.rdf import LINE_FORMATS, format_of
from geosparql.triples import TRIPLES_SCHEMA
from geotriples.combine import without_duplicates
from geotriples.compilation import CompiledSource
from geotriples.compile import compile_mapping
from geotriples.functions.binding import files_looked_up
from geotriples.iris import ENGINE_FUNCTIONS
from geotriples.made import count_triples, triples_of, without_problems, without_targets
from geotriples.mapping.contents import all_targets
from geotriples.mapping.logical_source import FileSource
from geotriples.mapping.model import Mapping
from geotriples.mapping.rml import read_mapping
from geotriples.mapping.vocabulary import EGR
from geotriples.options import DEFAULTS, ConvertOptions, OnError
from geotriples.patterns import has_graphs
from geotriples.rejects import reject_file, rejecting
from geotriples.report import ConversionReport, MapReport, RowCounter, Tally, TargetReport
from geotriples.sources.table import source_files
from geotriples.target_files import TargetFiles
from geotriples.write_lines import write_lines
from geotriples.write_parts import write_parts


def convert(
    mapping: Path | Mapping,
    *,
    engine: Engine,
    output: Path | None = None,
    options: ConvertOptions = DEFAULTS,
    control: Control | None = None,
) -> ConversionReport:
    """Convert the sources of a mapping to RDF.

    Parameters
    ----------
    mapping
        Mapping file, or a mapping that `geotriples.mapping.rml.read_mapping` has read.
    engine
        Where relations run; on Spark its workers read the sources and write lines and
        Parquet, so that they must see both under the same path.
    output
        RDF file by extension, or a folder of triple Parquet. By default a file in
        the working directory named after the mapping. Logical targets are written
        in the folder that it stands in.
    options
        What else the conversion is told.
    control
        Cancellation, deadline and progress (rows read).

    Returns
    -------
    ConversionReport
        What was written, read and wrong.

    Raises
    ------
    MappingError
        Where the mapping is not valid, makes named graphs that the output cannot
        hold, or has a logical target outside of its folder.
    SourceError
        Where a source is missing, broken or has a bad row; nothing stands under
        the name of the output then.
    """
    began, started = datetime.now(UTC), time.monotonic()
    read = _read(mapping, options.base_iri)
    target = output or default_output(read)
    _check_output(read, target, options)
    files = TargetFiles(all_targets(read), target.parent, read.path)
    counter, local = RowCounter(control), engine.name != "spark"
    stop = options.on_error == "stop"
    rejects = options.rejects or reject_file(target) if options.on_error == "collect" else None
    engine.register(ENGINE_FUNCTIONS)
    watch = counter.watch if local else None
    compiled = compile_mapping(read, engine, watch, control=control, star=options.star)
    with rejecting(rejects) as reject:
        run = _Run(engine, target, Tally(stop, reject), control, files)
        counts, triples = run.write(compiled, distinct=options.distinct)
    report = ConversionReport(
        output=target,
        triples=triples,
        maps=tuple(MapReport(name, count) for name, count in counts.items()),
        rows=counter.rows if local else None,
        problems=tuple(run.tally.found.values()),
        seconds=time.monotonic() - started,
        targets=tuple(TargetReport(path, count) for path, count in files.written.items()),
        rejects=rejects,
    )
    if not options.provenance:
        return report
    # What knows where sources lie is slow to import
    from geotriples.provenance import write_provenance

    return replace(report, provenance=write_provenance(read, report, input_files(read), began))


def default_output(mapping: Mapping) -> Path:
    """Give the file in the working directory that a mapping is converted to by default."""
    return Path(f"{mapping.path.name.split('.')[0]}.{'nq' if has_graphs(mapping) else 'nt'}")


def _check_output(mapping: Mapping, output: Path, options: ConvertOptions) -> None:
    """Raise a MappingError where the output cannot hold what the mapping makes."""
    if has_graphs(mapping) and not holds_graphs(output):
        raise MappingError(
            "The mapping makes named graphs and the output has none", where=str(mapping.path),
            value=output, hint="Write .nq, .trig or a Parquet folder",
        )  # fmt: skip
    if options.star and (is_parquet(output) or format_of(output)[0] not in LINE_FORMATS):
        raise MappingError(
            "RDF-star can only be written as N-Triples or N-Quads", where=str(mapping.path),
            value=output, hint="Write .nt or .nq, or RDF 1.2",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Run:
    """What a conversion writes with and to."""

    engine: Engine
    output: Path
    tally: Tally
    control: Control | None
    files: TargetFiles

    def write(
        self, compiled: Iterator[CompiledSource], *, distinct: bool
    ) -> tuple[dict[str, int], int]:
        """Give the triples of each triples map, and those that were written, in the fitting way."""
        engine, tally, control = self.engine, self.tally, self.control
        sources = iter((without_duplicates(compiled),)) if distinct else compiled
        by_workers = engine.name == "spark" and not self.files
        if by_workers and (is_parquet(self.output) or is_lines(self.output)):
            counts = write_parts(sources, engine, self.output, tally, control)
            return counts, sum(counts.values())
        if is_lines(self.output) and not self.files and not distinct:
            with replaced_file(self.output) as stream:
                counts = write_lines(sources, engine, stream, tally, control)
            return counts, sum(counts.values())
        counts = {}
        batches = _batches(sources, engine, tally, counts, control, self.files)
        return counts, write_output(batches, self.output)


def triples(
    mapping: Path | Mapping,
    *,
    engine: Engine,
    control: Control | None = None,
    base_iri: str | None = None,
    on_error: OnError = "stop",
) -> pa.RecordBatchReader:
    """Give the triples of a mapping as a stream, for a store to load.

    Parameters and errors are those of `convert`; errors of rows come while the
    stream is read. Triples that have logical targets are among them.

    Returns
    -------
    pa.RecordBatchReader
        Of `TRIPLES_SCHEMA`.
    """
    engine.register(ENGINE_FUNCTIONS)
    sources = compile_mapping(_read(mapping, base_iri), engine, control=control)
    tally = Tally(stop=on_error == "stop")
    return pa.RecordBatchReader.from_batches(
        TRIPLES_SCHEMA, _batches(sources, engine, tally, {}, control)
    )


def input_files(mapping: Path | Mapping) -> list[Path]:
    """Give the files that a conversion reads: the mapping, its sources, what belongs to them.

    Raises
    ------
    MappingError
        Where the mapping is not valid.
    """
    read = _read(mapping, None)
    files = [read.path, *files_looked_up(read)]
    for logical in dict.fromkeys(one for each in read.triples_maps for one in each.source.inputs):
        table = logical.option(EGR + "classTable")
        files += [] if table is None else [Path(table)]
        source = logical.source
        if not isinstance(source, FileSource) or source.url is not None:
            continue
        for path in source_files(source.path):
            is_shapefile = path.suffix.lower() == ".shp"
            files += sorted(path.parent.glob(f"{path.stem}.*")) if is_shapefile else [path]
    return list(dict.fromkeys(files))


def _read(mapping: Path | Mapping, base_iri: str | None) -> Mapping:
    """Read a mapping that is not yet."""
    return mapping if isinstance(mapping, Mapping) else read_mapping(mapping, base_iri=base_iri)


def _batches(
    sources: Iterator[CompiledSource],
    engine: Engine,
    tally: Tally,
    counts: dict[str, int],
    control: Control | None,
    files: TargetFiles | None = None,
) -> Iterator[pa.RecordBatch]:
    """Run the queries of sources one after the other; problems go to the tally.

    Triples that have targets go to `files`, where it is given.
    """
    for compiled in sources:
        counts.update(dict.fromkeys(compiled.names, 0))
        for query in compiled.queries:
            with engine.run(query, control=control) as reader:
                for batch in reader:
                    made = without_problems(batch, compiled, tally)
                    count_triples(made, compiled, counts)
                    if files:
                        made = without_targets(made, compiled.outlets, files)
                    yield triples_of(made)
        for relation in compiled.relations:
            engine.drop(relation)
    if files:
        # Before the output takes its name, so that a target that fails leaves none
        files.write()
