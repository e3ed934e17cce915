from __future__ import annotations

from pathlib import Path

import pytest

from earthgraph.server_settings import read_server_settings
from endpoint.http.settings import token_hash
from geosparql.errors import SettingsError

GOOD = f"""
title = "Ice"
query_log = "log/queries.jsonl"
service = ["https://query.example.org/sparql"]
load = ["https://data.example.org/rdf/"]
cors_origins = ["https://map.example.org"]

[engine]
memory_mb = 500
threads = 2

[roles.anonymous]
max_rows = 1000
timeout_s = 5.5

[roles.editor]
scopes = ["read", "update"]
tokens = ["sha256:{token_hash("secret")}"]
memory_mb = 100
"""


def settings_of(tmp_path: Path, text: str):
    path = tmp_path / "server.toml"
    path.write_text(text)
    return read_server_settings(path)


def test_a_file_is_read(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, GOOD)
    assert settings.writable
    assert settings.limits.memory_bytes == 500_000_000
    assert settings.query_log == tmp_path / "log/queries.jsonl"
    anonymous, editor = settings.http.roles
    assert (anonymous.max_rows, anonymous.timeout_s, anonymous.scopes) == (1000, 5.5, {"read"})
    assert editor.scopes == {"read", "update"}
    assert editor.memory_bytes == 100_000_000
    assert "secret" not in repr(settings)


def test_an_empty_file_is_the_default(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "")
    assert not settings.writable
    assert [role.name for role in settings.http.roles] == ["anonymous"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title = 5", "title must be a text"),
        ("titel = 'x'", "There is no such key"),
        ("title = ", "cannot be read"),
        ("max_body_bytes = 0", "a whole number above 0"),
        ("max_body_bytes = true", "a whole number above 0"),
        ("service = ['https://example.org']", "addresses with a path"),
        ("load = ['file:///etc/']", "addresses with a path"),
        ("load = ['https://good.example@evil.example/']", "addresses with a path"),
        ("[roles.editor]\nscopes = ['read']", "needs tokens"),
        ("[roles.anonymous]\ntokens = ['sha256:" + "0" * 64 + "']", "has no tokens"),
        ("[roles.editor]\ntokens = ['secret']", "sha256"),
        ("[roles.anonymous]\nscopes = ['root']", "scopes must be a list of read"),
        ("[roles.anonymous]\ntimeout_s = 700", "above max_timeout_s"),
        ("[roles.anonymous]\ntimeout_s = -1", "a number of seconds above 0"),
        ("[roles.'No Name']\n", "named by small letters"),
        ("roles = 5", "roles must be a table"),
        ("[roles]\nx = 5", "must be a table"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        settings_of(tmp_path, text)
    assert "server.toml" in str(caught.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_server_settings(tmp_path / "none.toml")
