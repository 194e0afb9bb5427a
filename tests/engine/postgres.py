"""A PostgreSQL server of the tests' own, with PostGIS and with passwords that are really needed.

Standard library only and Python 3.9, so that the QGIS tests can start one too: `from postgres import server`.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


class NotInstalled(Exception):
    """This machine has no PostgreSQL, or no PostGIS for it."""


class Server:
    """A running server on a free port of loopback. `sql` is run as the superuser `postgres`."""

    def __init__(self):
        self._bin = _programs()
        self._held = contextlib.ExitStack()
        self.host, self.port = "127.0.0.1", self._held.enter_context(held_port())
        self.user, self.password = "postgres", secrets.token_urlsafe(12)
        self._folder = Path(tempfile.mkdtemp(prefix="landloom-postgres-"))
        self._made = 0
        try:
            self._start()
            self.sql("CREATE DATABASE with_postgis")
            self.sql("CREATE EXTENSION postgis", "with_postgis")
        except subprocess.CalledProcessError as error:
            self.stop()
            if "postgis" in str(error.stderr):
                raise NotInstalled(error.stderr.strip()) from None
            raise

    def _start(self):
        data, password_file = self._folder / "data", self._folder / "password"
        password_file.write_text(self.password)
        # The server refuses to run as root, who therefore lends it a user of its own.
        self._as_user = []
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres")
            shutil.chown(password_file, "postgres")
            # --pdeathsig: the server does not outlive tests that are killed.
            self._as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig=INT"]
        initdb = ["initdb", "-D", data, "-U", self.user, "--pwfile", password_file, "-A", "scram-sha-256"]
        self._run([*initdb, "-E", "UTF8", "--locale=C", "--no-sync"])
        options = {"listen_addresses": self.host, "port": self.port, "unix_socket_directories": "", "fsync": "off"}
        self._process = subprocess.Popen(
            [*self._as_user, self._bin / "postgres", "-D", data, *(f"--{k}={v}" for k, v in options.items())],
            cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        told = b""
        while b"ready to accept connections" not in told:
            line = self._process.stderr.readline()
            if not line:
                raise RuntimeError(f"The PostgreSQL server did not start: {told.decode()}")
            told += line
        # From here on nobody reads what it tells, and a full pipe would stop it.
        self._drain = subprocess.Popen(["cat"], stdin=self._process.stderr, stdout=subprocess.DEVNULL)
        atexit.register(self.stop)

    def _run(self, command):
        program, *rest = command
        full = [*self._as_user, self._bin / program, *rest]
        return subprocess.run(full, check=True, capture_output=True, text=True, cwd="/")

    def stop(self):
        """Stop the server and remove all it had."""
        process = self.__dict__.pop("_process", None)
        if process is not None:
            process.send_signal(signal.SIGINT)  # a fast shutdown, which does not wait for clients
            process.wait()
            process.stderr.close()
            self._drain.wait()
        self._held.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def database(self, postgis: bool = True) -> str:
        """Make an empty database and return its name."""
        self._made += 1
        name = f"test_{self._made}"
        self.sql(f"CREATE DATABASE {name}" + (" TEMPLATE with_postgis" if postgis else ""))
        return name

    def role(self) -> tuple:
        """Make a user without any rights of its own and return its name and password."""
        self._made += 1
        name, password = f"role_{self._made}", secrets.token_urlsafe(12)
        self.sql(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        return name, password

    def sql(self, text: str, database: str = "postgres") -> list:
        """Run SQL and return the last statement's rows, each a list of texts."""
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"],
            input=text, env={**os.environ, **self.libpq()}, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def libpq(self) -> dict:
        """The environment variables with which PostgreSQL's own programs find the server."""
        return {"PGHOST": self.host, "PGPORT": str(self.port), "PGUSER": self.user, "PGPASSWORD": self.password}

    def environ(self, database: str, user: str = "", password: str = "") -> dict:
        """The environment variables with which Landloom finds a database."""
        return {
            "DB_HOST": self.host,
            "DB_PORT": str(self.port),
            "DB_NAME": database,
            "DB_USER": user or self.user,
            "DB_PASSWORD": password or self.password,
        }

    def uri(self, database: str) -> str:
        """The address of a database, without password."""
        return f"postgresql://{self.user}@{self.host}:{self.port}/{database}"


@functools.cache
def start():
    """The server, started once for all who ask; raises NotInstalled."""
    return Server()


@pytest.fixture(scope="session")
def server():
    """The server; skips the test where there is no PostgreSQL."""
    try:
        return start()
    except NotInstalled as missing:
        pytest.skip(str(missing))


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    path = found[-1] if found else shutil.which("initdb")
    if path is None or shutil.which("psql") is None:
        raise NotInstalled("PostgreSQL's server and client are not installed on this machine")
    return Path(path).parent


@contextlib.contextmanager
def held_port() -> Iterator[int]:
    """A port of loopback at which nobody answers, and that is given to no one else as long as the block lasts.

    A server that sets SO_REUSEADDR, as PostgreSQL and Python's do, can take it within the block.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
