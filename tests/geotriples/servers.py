"""Database servers of the machine's packages, started for a test run: sockets only, data in a
temporary folder, and not as root, which they refuse."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

HINT = "see `make databases`"
POSTGRESQL = ("initdb", "postgres")
MARIADB = ("mariadb-install-db", "mariadbd")


def programs(*names: str) -> list[str]:
    """Find programs; Debian keeps those of PostgreSQL beside the path. Skips the test else."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath), "/usr/sbin"])
    found = [shutil.which(name, path=path) for name in names]
    missing = [name for name, where in zip(names, found, strict=True) if where is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed; {HINT}")
    return [str(where) for where in found]


@contextmanager
def folder_of(user: str) -> Iterator[tuple[Path, dict[str, object]]]:
    """Give a folder for a server, and how subprocess runs it as `user` where we are root."""
    as_user: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix=f"{user}-", ignore_cleanup_errors=True) as name:
        if os.geteuid() == 0:
            entry = pwd.getpwnam(user)
            os.chown(name, entry.pw_uid, entry.pw_gid)
            as_user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        yield Path(name), {**as_user, "cwd": name}


@contextmanager
def running(
    command: list[str], is_ready: Callable[[], bool], log: Path, options: dict[str, object]
) -> Iterator[None]:
    """Run a server until the block ends."""
    with log.open("wb") as stream:
        server = subprocess.Popen(command, stdout=stream, stderr=stream, **options)  # type: ignore[call-overload]
    try:
        while not is_ready() and server.poll() is None:
            try:
                server.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
        if server.poll() is not None:
            raise RuntimeError(log.read_text())
        yield
    finally:
        server.terminate()
        server.wait()


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a cluster of PostgreSQL and give the URL of its database."""
    initdb, postgres = programs(*POSTGRESQL)
    with folder_of("postgres") as (folder, options):
        data = folder / "data"
        subprocess.run(
            [initdb, "-D", data, "-A", "trust", "-U", "tester", "-E", "UTF8", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, **options,
        )  # type: ignore[call-overload]  # fmt: skip
        settings = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=20")
        command = [postgres, "-D", str(data), "-k", str(folder), *settings]
        status = data / "postmaster.pid"  # its last line says what pg_ctl waits for

        def is_ready() -> bool:
            return status.exists() and "ready" in status.read_text()

        with running(command, is_ready, folder / "log", options):
            yield f"postgresql://tester:secret@/postgres?host={quote(str(folder), safe='')}"


@contextmanager
def mariadb() -> Iterator[str]:
    """Start MariaDB and give the URL of its database."""
    install, server = programs(*MARIADB)
    with folder_of("mysql") as (folder, options):
        data = folder / "data"
        subprocess.run(
            [install, "--no-defaults", f"--datadir={data}", "--skip-test-db",
             "--auth-root-authentication-method=normal"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options,
        )  # type: ignore[call-overload]  # fmt: skip
        socket = folder / "socket"
        command = [server, "--no-defaults", f"--datadir={data}", f"--socket={socket}",
                   "--skip-networking", f"--pid-file={folder / 'pid'}"]  # fmt: skip
        with running(command, socket.exists, folder / "log", options):
            yield f"mysql://root@localhost/test?unix_socket={quote(str(socket), safe='')}"
