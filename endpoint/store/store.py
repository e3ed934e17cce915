"""A store: one directory of triples, opened for reading by many or for writing by one."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self

import pyarrow as pa
from sqlglot import exp

from endpoint.store import files
from endpoint.store.change import Change
from endpoint.store.change_statements import ChangeStatements, change_statements
from endpoint.store.chunks import Document
from endpoint.store.dataset import Dataset
from endpoint.store.export import export_batches, write_export
from endpoint.store.info import StoreInfo, read_info
from endpoint.store.known_terms import KnownTerms
from endpoint.store.load import documents_of, load_documents
from endpoint.store.load_report import Findings, LoadReport
from endpoint.store.merge import recluster
from endpoint.store.schema import DATA_TABLES, FORMAT_VERSION, STORE_INFO, STORE_TABLES
from endpoint.store.snapshot import snapshot_relations, write_snapshot
from endpoint.store.staging import next_payloads
from endpoint.store.statistics import read_statistics
from endpoint.store.unused import drop_unused_terms
from engine.duckdb import STORE, DuckDBEngine
from engine.functions import engine_functions
from engine.protocol import Control, DatabaseEngine, Engine, Limits, Relation
from geosparql.errors import StoreError, StoreVersionError
from geosparql.terms import Term

_CHECKPOINT = exp.Command(this="CHECKPOINT", expression=STORE)


class Store:
    """An open store; made by `open_store`, closed by ``with`` or `close`.

    Several threads may read, also while one writes: they see the last commit. Other
    processes see what was published, at `close` and by `publish`.
    """

    def __init__(
        self,
        path: Path,
        engine: DatabaseEngine,
        lock: IO[bytes] | None = None,
        *,
        unpublished: bool = False,
    ) -> None:
        self.path = path
        self.engine = engine
        self._lock = lock
        self._unpublished = unpublished
        self._changing = threading.Lock()
        self._knowing = threading.Lock()  # for a moment: what is known is that of a commit
        self._own: Dataset | None = None
        self._known: tuple[Mapping[str, int], dict[int, int]] | None = None

    def __enter__(self) -> Self:
        """Use the store in a ``with`` block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the store."""
        self.close()

    @property
    def read_only(self) -> bool:
        """Tell whether the store was opened for reading."""
        return self._lock is None

    @property
    def data_version(self) -> int:
        """Count the commits that changed data."""
        about = self.engine.run(STORE_INFO.select()).read_all()
        return int(about["data_version"][0].as_py())

    def info(self) -> StoreInfo:
        """Count what the store holds."""
        return read_info(self._own_dataset())

    def dataset(self, engine: Engine | None = None) -> Dataset:
        """Give the store's data to be asked.

        Parameters
        ----------
        engine
            Runs the queries, over the Parquet snapshot of the store; None: the store's
            own DuckDB, on the store itself.

        Returns
        -------
        Dataset
            With the GeoSPARQL functions registered in its engine where that is the
            store's own. Statistics are those of this moment.
        """
        own = self._own_dataset()
        if engine is None:
            self.engine.register(engine_functions())
            return own
        spo, pos, terms, hashes, geometries = snapshot_relations(engine, self.snapshot_parquet())
        return Dataset(engine, spo, pos, terms, hashes, geometries, own.statistics, lookup=own)

    def export(
        self,
        path: Path,
        *,
        graph: Term | None = None,
        parquet: bool = False,
        control: Control | None = None,
    ) -> int:
        """Write the triples, letter for letter as they were stored.

        Parameters
        ----------
        path
            ``.nt .nq .ttl .trig .rdf .jsonld``, with ``.gz`` and the like compressed; a
            path without an extension is a triple Parquet folder.
        graph
            Write this named graph alone; None: everything, which a format without
            graphs refuses where there are named ones.
        parquet
            Write a triple Parquet folder, whatever its name.
        control
            Cancellation, deadline and progress.

        Returns
        -------
        int
            Number of triples.

        Raises
        ------
        SourceError, InputError
            The extension is not known, or the format has no form for what is stored.
        """
        batches = export_batches(self._own_dataset(), graph=graph, control=control)
        return write_export(batches, Path(path), parquet=parquet)

    def snapshot_parquet(self, *, control: Control | None = None) -> Path:
        """Give the five data tables as Parquet folders, written when the data have changed.

        Raises
        ------
        StoreError
            The store's directory cannot be written to.
        """
        folder = self.path / files.PARQUET
        return write_snapshot(self.engine, folder, self.data_version, control)

    def load(
        self,
        paths: Path | Sequence[Path],
        *,
        graph: str | None = None,
        on_error: Literal["stop", "collect"] = "stop",
        control: Control | None = None,
    ) -> LoadReport:
        """Load RDF files and triple Parquet, all or nothing.

        Parameters
        ----------
        paths
            Files with the extension of an RDF syntax, compressed or not; triple
            Parquet files and folders.
        graph
            IRI of the graph for triples that name none; None: the default graph.
        on_error
            ``collect``: leave out lines of N-Triples and N-Quads, and documents of other
            RDF syntaxes, that cannot be read, and report them.
        control
            Cancellation, deadline and progress.

        Raises
        ------
        RDFSyntaxError, SourceError
            A document cannot be read, and none is to be left out; or it is missing, or
            broken Parquet. The store is as it was.
        CancelledError, LimitError
            As `control` says. The store is as it was.
        StoreError
            The store was opened for reading.
        """
        chosen = [paths] if isinstance(paths, str | Path) else paths
        findings = Findings()
        note = findings.leave_out if on_error == "collect" else None
        return self._load(documents_of(chosen, graph, note), control, findings)

    def load_batches(
        self,
        batches: Iterable[pa.RecordBatch],
        *,
        name: str = "batches",
        graph: str | None = None,
        control: Control | None = None,
    ) -> LoadReport:
        """Load triple batches as one document called `name`; else as `load`."""
        return self._load([Document(name, batches, graph=graph)], control)

    @contextmanager
    def change(self, *, control: Control | None = None) -> Iterator[Change]:
        """Change the quads of the store in a ``with`` block, as one transaction.

        Readers of this process go on and see all of it at its end; an error in the
        block leaves the store as it was.

        Raises
        ------
        StoreError
            The store was opened for reading.
        """
        with self._change():
            before, known = self._own_dataset(), self._writer_knows()
            with self.engine.transaction():
                statements = self._change_statements
                change = Change(self.engine, before, statements, *known, control or Control())
                yield change
                after = change.finish()
            with self._knowing:
                self._own, self._known = after, (change.about, known[1])

    def optimize(self, *, control: Control | None = None) -> int:
        """Drop terms that no quad uses, write the tables anew in order, count exactly.

        Returns
        -------
        int
            Number of terms dropped. A query of this process that began when they
            were in use, and is still being read, may find them missing.
        """
        control = control or Control()
        with self._change():
            with self.engine.transaction():
                dropped = drop_unused_terms(self.engine, control)
                recluster(self.engine, control)
            self._read_anew()
        return dropped

    def publish(self) -> None:
        """Let other processes see the last commit; what this one reads does not wait."""
        with self._change():
            self._checkpoint()
            files.publish_copy(self.path, _recovered)

    def backup(self, path: Path) -> None:
        """Copy the store to a new directory, which is a store itself.

        Readers go on meanwhile; changes wait. A writer copies its last commit, a reader
        what is published now.

        Raises
        ------
        StoreError
            The directory holds files already, or cannot be written.
        """
        path = Path(path)
        files.make_directory(path, create=True)
        if self._lock is None:
            files.copy_store(self.path / files.PUBLISHED, path, _recovered)
            return
        with self._changing:
            self._checkpoint()
            files.copy_store(self.path / files.WORKING, path, _recovered)

    def _checkpoint(self) -> None:
        """Have the database take in its log, where no query that is being read forbids it."""
        with suppress(StoreError):
            self.engine.execute(_CHECKPOINT)

    def close(self) -> None:
        """Close the store; a writer publishes its last commit."""
        self.engine.close()
        if self._lock is None or self._lock.closed:
            return
        with self._lock:
            if self._unpublished:
                files.publish_working(self.path)
            else:
                files.discard_working(self.path)

    def _load(
        self,
        documents: Sequence[Document],
        control: Control | None,
        findings: Findings | None = None,
    ) -> LoadReport:
        with self._change():
            report = load_documents(self.engine, documents, control or Control(), findings)
            self._read_anew()
            return report

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Stand around every change: one at a time."""
        if self._lock is None:
            raise StoreError("The store was opened for reading", where=str(self.path))
        with self._changing:
            yield
            self._unpublished = True

    def _read_anew(self) -> None:
        """Forget what was known about the data: they changed from the ground up."""
        with self._knowing:
            self._own = self._known = None

    @cached_property
    def _change_statements(self) -> ChangeStatements:
        return change_statements(self.engine)

    def _writer_knows(self) -> tuple[Mapping[str, int], dict[int, int]]:
        """Give the row of the info table and the free payloads, read once."""
        if self._known is None:
            about = self.engine.run(STORE_INFO.select()).read_all().to_pylist()[0]
            self._known = about, next_payloads(self.engine)
        return self._known

    def _own_dataset(self) -> Dataset:
        with self._knowing:
            if self._own is None:
                self._own = self._read_dataset()
            return self._own

    def _read_dataset(self) -> Dataset:
        spo, pos, terms, hashes, geometries = (
            Relation(table.name, table.schema) for table in DATA_TABLES
        )
        statistics = read_statistics(self.engine)
        known = KnownTerms(self.engine, terms, hashes)
        return Dataset(
            self.engine, spo, pos, terms, hashes, geometries, statistics, known_terms=known
        )


def open_store(
    path: Path, *, read_only: bool = False, create: bool = False, limits: Limits | None = None
) -> Store:
    """Open a store.

    Parameters
    ----------
    path
        Its directory.
    read_only
        Open the published state; any number of processes may, also while one writes.
        Else become the writer, of which there is one.
    create
        Make the store where there is none.
    limits
        Memory, threads and temporary directory of its engine.

    Raises
    ------
    StoreLockedError
        Another process is the writer.
    StoreVersionError
        A newer earthgraph wrote the store.
    StoreError
        There is no store, or it is damaged or cannot be written.
    """
    path = Path(path)
    if not files.is_store(path):
        files.make_directory(path, create=create and not read_only)
    limits = limits or Limits()
    return _open_reader(path, limits) if read_only else _open_writer(path, limits)


def _open_reader(path: Path, limits: Limits) -> Store:
    files.keep_orphan(path, _recovered)
    if not (path / files.PUBLISHED).exists():
        raise StoreError(
            "The store holds nothing yet: its first load has not ended", where=str(path)
        )
    engine = DuckDBEngine(path / files.PUBLISHED, read_only=True, limits=limits)
    with ExitStack() as undo:
        undo.callback(engine.close)
        _check_format(engine, path)
        undo.pop_all()
    return Store(path, engine)


def _open_writer(path: Path, limits: Limits) -> Store:
    with ExitStack() as undo:
        lock = undo.enter_context(files.lock_writer(path))
        orphan = (path / files.WORKING).exists()
        if not orphan:
            undo.callback(files.discard_working, path)
        engine = DuckDBEngine(files.begin_working(path), limits=limits)
        undo.callback(engine.close)
        made = not _tables(engine)
        if made:
            _make_tables(engine)
        _check_format(engine, path)
        undo.pop_all()
    return Store(path, engine, lock, unpublished=orphan or made)


def _recovered(working: Path) -> bool:
    """Bring a working copy to its last commit; tell whether there was one."""
    engine = DuckDBEngine(working)
    try:
        engine.execute(_CHECKPOINT)
        return bool(_tables(engine))
    finally:
        engine.close()


def _tables(engine: DatabaseEngine) -> set[str]:
    """Give the names of the tables in the store's file."""
    query = (
        exp.select("table_name")
        .from_("information_schema.tables")
        .where(exp.EQ(this=exp.column("table_catalog"), expression=exp.Literal.string(STORE)))
    )
    return set(engine.run(query).read_all()["table_name"].to_pylist())


def _make_tables(engine: DatabaseEngine) -> None:
    with engine.transaction():
        for table in STORE_TABLES:
            engine.execute(table.create())
        first = dict.fromkeys(STORE_INFO.columns, 0) | {"format_version": FORMAT_VERSION}
        values = exp.values([tuple(first.values())])
        engine.execute(exp.insert(values, exp.to_table(STORE_INFO.name), columns=list(first)))


def _check_format(engine: DatabaseEngine, path: Path) -> None:
    """Refuse what is no store of ours, or one that we would misread."""
    if STORE_INFO.name not in _tables(engine):
        raise StoreError("The database is not a store", where=str(path))
    version = engine.run(exp.select("format_version").from_(STORE_INFO.name)).read_all()
    number = int(version["format_version"][0].as_py())
    if number > FORMAT_VERSION:
        raise StoreVersionError(
            f"The store has format {number}; this earthgraph reads up to {FORMAT_VERSION}",
            where=str(path), hint="Install a newer earthgraph",
        )  # fmt: skip
