from __future__ import annotations

from pathlib import Path

import pytest

from federation.members import Members, read_members
from geosparql.errors import FederationError


def write(folder: Path, text: str) -> Path:
    path = folder / "members.toml"
    path.write_text(text)
    return path


def test_a_members_file_says_all_there_is_to_know(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CROPS_TOKEN", "s3cret")
    path = write(
        tmp_path,
        """
        [members.crops]
        endpoint = "https://crops.example.org/sparql"
        graph = "https://crops.example.org/2023"
        timeout_s = 30
        extent = [170, 46.3, -175.5, 49.1]
        predicates = ["http://example.org/crop"]
        geosparql = true
        headers = {Authorization = "Bearer ${CROPS_TOKEN}"}

        [members.ice]
        store = "ice.store"
        """,
    )
    crops, ice = read_members(path)
    assert crops.endpoint == "https://crops.example.org/sparql"
    assert crops.extent == (170.0, 46.3, -175.5, 49.1)
    assert crops.predicates == {"http://example.org/crop"}
    assert crops.headers == {"Authorization": "Bearer s3cret"}
    assert "s3cret" not in repr(crops)
    assert ice.store == tmp_path / "ice.store"
    assert ice.geosparql
    assert not crops.stable_blank_nodes


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "tables [members.NAME]"),
        ("members = 3", "tables [members.NAME]"),
        ("[members.a]\nendpoint = 'http://a.example/sparql'\n[other]\nx = 1", "other"),
        ("[members.a]", "an endpoint or a store"),
        ("[members.a]\nstore = 's'\nendpoint = 'http://a.example/'", "an endpoint or a store"),
        ("[members.a]\nendpoint = 'ftp://a.example/'", "member a, endpoint"),
        ("[members.a]\nendpoint = 'http://user:pass@a.example/'", "member a, endpoint"),
        ("[members.a]\nendpoint = 'http://a.example/'\ntimeout_s = -1", "member a, timeout_s"),
        ("[members.a]\nendpoint = 'http://a.example/'\nextent = [1, 2]", "member a, extent"),
        ("[members.a]\nendpoint = 'http://a.example/'\ntimeout = 3", "Unknown key"),
        ("[members.a]\nendpoint = 'http://a.example/'\npredicates = ['x y']", "predicates"),
        (
            "[members.a]\nendpoint='http://a.example/'\nheaders={A='${EARTHGRAPH_NOT_SET}'}",
            "environment variable",
        ),
        (
            "[members.a]\nendpoint='http://a.example/'\n[members.b]\nendpoint='http://a.example/'",
            "same endpoint",
        ),
        ("[members.a", "Not a TOML file"),
    ],
)
def test_what_is_wrong_is_said_with_file_member_and_key(tmp_path, text: str, part: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(FederationError) as caught:
        read_members(path)
    assert part in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_a_federation_error(tmp_path) -> None:
    with pytest.raises(FederationError, match="cannot be read"):
        read_members(tmp_path / "none.toml")


def test_services_are_found_by_endpoint_or_name(tmp_path) -> None:
    members: Members = read_members(
        write(tmp_path, "[members.a]\nendpoint = 'http://a.example/sparql'")
    )
    assert members.at("http://a.example/sparql") is members.at("member:a") is not None
    assert members.at("http://169.254.169.254/") is None
