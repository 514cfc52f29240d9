"""Static files: what others made is what it was, and every address carries its digest."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from flask import Flask

from clinic.web import assets

STATIC = Path(__file__).resolve().parents[2] / "clinic" / "static"
MANIFEST = tomllib.loads((STATIC / "MANIFEST.toml").read_text(encoding="utf-8"))
STYLES = sorted((STATIC / "css").glob("*.css"))

# Made here: everything else must stand in the manifest.
OURS = ("css/", "js/")
OURS_TOO = {"MANIFEST.toml", "LICENCES.md", "favicon.svg"}


@pytest.fixture
def site(tmp_path):
    """An application with one static file in it."""
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "a.css").write_text("b { color: red }")
    app = Flask("site", static_folder=str(tmp_path), static_url_path="/static")
    assets.init_app(app)
    return app


@pytest.mark.parametrize("name", MANIFEST)
def test_what_others_made_is_what_it_was(name):
    for path, digest in MANIFEST[name]["sha256"].items():
        assert hashlib.sha256((STATIC / path).read_bytes()).hexdigest() == digest, path


@pytest.mark.parametrize("name", MANIFEST)
def test_what_others_made_says_where_it_came_from(name):
    entry = MANIFEST[name]
    assert all(entry[what] for what in ("package", "version", "licence", "integrity"))
    assert entry["version"] in (STATIC / "LICENCES.md").read_text(encoding="utf-8")


def test_every_file_is_ours_or_in_the_manifest():
    listed = {path for entry in MANIFEST.values() for path in entry["sha256"]}
    files = {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file()}
    strange = {name for name in files - listed - OURS_TOO if not name.startswith(OURS)}
    assert not strange


def test_an_address_carries_the_digest_of_its_file(site):
    with site.test_request_context("/"):
        assert re.fullmatch(r"/static/css/a\.css\?v=[0-9a-f]{12}", assets.asset("css/a.css"))


def test_an_address_changes_with_its_file(site, tmp_path):
    with site.test_request_context("/"):
        before = assets.asset("css/a.css")
    (tmp_path / "css" / "a.css").write_text("b { color: blue }")
    assets.init_app(site)
    with site.test_request_context("/"):
        assert assets.asset("css/a.css") != before


def test_an_address_lies_below_the_place_of_the_application(site):
    with site.test_request_context("/", base_url="http://localhost/clinic"):
        assert assets.asset("css/a.css").startswith("/clinic/static/css/a.css?v=")


def test_a_file_that_is_not_there_has_no_address(site):
    with site.test_request_context("/"), pytest.raises(KeyError):
        assets.asset("css/none.css")


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.name)
def test_every_file_a_style_names_is_there(style):
    text = style.read_text(encoding="utf-8")
    for name in re.findall(r"url\((?!\"data:)['\"]?([^)'\"]+)", text):
        assert (style.parent / name).is_file(), name
