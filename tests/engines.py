"""The application on each engine, on a fresh copy of an empty clinic for every test.

An engine's database is migrated once in a process; every test gets a copy of it
under the same address, so the application is made only once as well.
"""

import shutil
from abc import ABC, abstractmethod
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from flask import Flask
from flask_migrate import upgrade

from tests.emptying import Sweeper
from tests.folders import private_folder
from tests.postgres import APPLICATION, OWNER, Server

ROOT = Path(__file__).resolve().parent.parent
ENGINES = ("sqlite", "postgresql")

on_both_engines = pytest.mark.engines(*ENGINES)
on_postgresql = pytest.mark.engines("postgresql")


def create_app(config: Any) -> Flask:
    """The application. Looked up late, so that tests of one room run while another is built."""
    return import_module("clinic.app").create_app(config)


def configuration(folder: Path, uri: str, migration_uri: str, access_uri: str) -> Any:
    """A TestConfig that keeps everything it writes in ``folder``."""
    return type(
        "Configuration",
        (import_module("config").TestConfig,),
        {
            "DATA_DIR": folder,
            "SQLALCHEMY_DATABASE_URI": uri,
            "MIGRATION_DATABASE_URI": migration_uri,
            "ACCESS_DATABASE_URI": access_uri,
        },
    )


def migrate(config: Any, revision: str = "head") -> None:
    """Bring the databases a configuration names to a shape, the newest, as their owner."""
    app = create_app(config)
    try:
        with app.app_context():
            upgrade(directory=str(ROOT / "migrations"), revision=revision)
    except SystemExit as failed:  # how Flask-Migrate answers; its reason is in the log
        raise RuntimeError("the migrations failed") from failed
    finally:
        release(app)


def release(app: Flask) -> None:
    """Close every connection an application holds."""
    db = app.extensions["sqlalchemy"]
    with app.app_context():
        db.session.remove()
        for engine in (*db.engines.values(), app.extensions["access"]):
            engine.dispose()


class Ground(ABC):
    """One engine: its application, and the copies it stands on."""

    name: str
    config: Any

    def __init__(self) -> None:
        self._app: Flask | None = None

    @property
    def app(self) -> Flask:
        """The application, made when first asked for."""
        if self._app is None:
            self._app = create_app(self.config)
        return self._app

    def renew(self) -> Flask:
        """Forget all data: the application on a fresh copy of the empty clinic."""
        if not self._emptied():
            if self._app is not None:
                release(self._app)
            self._copy()
            if self._app is not None:
                release(self._app)  # a page that was just closed may have asked once more meanwhile
        return self.app

    def close(self) -> None:
        """Leave nothing behind."""
        if self._app is not None:
            release(self._app)
        self._remove()

    @abstractmethod
    def older(self, revision: str) -> Any:
        """The configuration of a clinic of its own, in the shape that a revision left."""

    @abstractmethod
    def prepare(self) -> None:
        """Migrate the empty clinic that is copied from then on."""

    def _emptied(self) -> bool:
        """Whether the data could be forgotten without a copy."""
        return False

    @abstractmethod
    def _copy(self) -> None: ...

    @abstractmethod
    def _remove(self) -> None: ...


class SqliteGround(Ground):
    """A folder with the clinic's files, copied from a migrated one."""

    name = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        self.folder = private_folder("sqlite")
        self.config = self._configuration(self.folder / "data")

    def prepare(self) -> None:
        template = self.folder / "template"
        template.mkdir()
        migrate(self._configuration(template))

    def older(self, revision: str) -> Any:
        folder = self.folder / f"older-{uuid4().hex}"
        folder.mkdir()
        config = self._configuration(folder)
        migrate(config, revision)
        return config

    @staticmethod
    def _configuration(folder: Path) -> Any:
        main = f"sqlite:///{folder / 'clinic.sqlite'}"
        return configuration(folder, main, main, f"sqlite:///{folder / 'access.sqlite'}")

    def _copy(self) -> None:
        # A page that was just closed may still ask: it must neither find half a clinic nor make
        # files where the fresh one is to be.
        data, mark = self.folder / "data", uuid4().hex
        fresh, gone = self.folder / f"fresh-{mark}", self.folder / f"gone-{mark}"
        shutil.copytree(self.folder / "template", fresh)
        if data.exists():
            data.rename(gone)
        fresh.rename(data)
        shutil.rmtree(gone, ignore_errors=True)

    def _remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class PostgresGround(Ground):
    """A database on a throwaway server, copied from a migrated one."""

    name = "postgresql"

    def __init__(self) -> None:
        super().__init__()
        self.server = Server.start()
        self.sweeper = Sweeper(self.server, "clinic")
        self.folder = private_folder("postgresql")
        self.config = self._configuration("clinic")

    def prepare(self) -> None:
        self.server.make("empty_clinic")
        migrate(self._configuration("empty_clinic"))
        self.sweeper.watch("empty_clinic")

    def older(self, revision: str) -> Any:
        database = f"older_{uuid4().hex}"
        self.server.make(database)
        config = self._configuration(database)
        migrate(config, revision)
        return config

    def _configuration(self, database: str) -> Any:
        own = self.server.uri(database, APPLICATION)
        return configuration(self.folder, own, self.server.uri(database, OWNER), own)

    def _emptied(self) -> bool:
        if self._app is None or not self.sweeper.sweep(self._app.extensions["access"]):
            return False
        self._clear_folder()
        return True

    def _copy(self) -> None:
        self._clear_folder()
        self.sweeper.close()
        self.server.make("clinic", template="empty_clinic")
        self.sweeper.begin()

    def _clear_folder(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()

    def _remove(self) -> None:
        self.sweeper.close()
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Grounds:
    """The engines of this process, each begun when first asked for."""

    kinds: ClassVar[dict[str, type[Ground]]] = {
        "sqlite": SqliteGround,
        "postgresql": PostgresGround,
    }

    def __init__(self) -> None:
        self._begun: dict[str, Ground] = {}
        self._failed: dict[str, Exception] = {}

    def on(self, engine_name: str) -> Ground:
        """The ground of one engine. One that could not be prepared is not tried again."""
        if engine_name in self._failed:
            raise self._failed[engine_name]
        if engine_name not in self._begun:
            ground = self._begun[engine_name] = self.kinds[engine_name]()
            try:
                ground.prepare()
            except Exception as error:
                self._failed[engine_name] = error
                raise
        return self._begun[engine_name]

    def close(self) -> None:
        """Stop and remove all of them."""
        for ground in self._begun.values():
            ground.close()
