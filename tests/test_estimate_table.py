"""`fullcount estimate`: what is printed of a table, and what its document says."""

from __future__ import annotations

import pytest
from tests.months import Said

from fullcount.errors import SettingsError, UsageError
from fullcount.estimators import ESTIMATORS

TABLE = "directory,edr,network,count\n1,1,1,412\n1,1,0,31\n1,0,1,64\n0,1,1,9\n1,0,0,20\n0,1,0,3\n0,0,1,13\n"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    found = tmp_path_factory.mktemp("estimate") / "overlaps.csv"
    found.write_text(TABLE, "utf-8")
    return found


def test_document_has_every_estimator_once(path):
    found = Said("estimate", "--table", path, "--stale", "directory", "--json", "--level", "0.9").document()
    assert found["schema"] == "fullcount.estimate-table/1"
    assert (found["seen"], found["twice"], found["level"]) == (552, 516, 0.9)
    assert found["families"][2] == {"family": "network", "seen": 498, "only": 13}
    rows = {one["estimator"]: one for one in (*found["estimates"], *found["not_applied"])}
    assert sorted(rows) == sorted([*(one.name for one in ESTIMATORS), "averaged-bounded", "latent-bounded"])
    assert "exactly 2 families" in rows["chapman"]["reason"]
    assert rows["all-pairs"]["n"] == pytest.approx(552 + 412 * 20 * 3 * 13 / (31 * 64 * 9))
    assert rows["averaged"]["low"] < rows["averaged"]["n"] < rows["averaged"]["high"]
    assert sum(one["weight"] for one in rows["averaged"]["weights"]) <= 1 + 1e-9
    assert found["odds"] == []
    held = rows["averaged-bounded"]
    assert "directory" in held["title"]
    assert "directory" in held["note"]
    assert held["n"] < rows["averaged"]["n"]


def test_text_never_gives_a_bare_point_and_gives_reasons(path):
    said = Said("estimate", "--table", path)
    assert said.code == 0
    assert "never to be added to a count" in said.out
    assert "averaged: log-linear, all pair models averaged by AIC (Burnham & Anderson 2002" in said.out
    numbers = [line for line in said.out.splitlines() if " s.e. " in line]
    assert len(numbers) == said.out.count("\n\n") - 3  # each part but for three
    assert all(" to " in line or "at least" in line for line in numbers)
    assert "latent: needs 4 to 8 families; this table has 3" in said.out


def test_two_families_get_the_table_of_odds(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("a,b,count\n1,1,50\n1,0,100\n0,1,40\n", "utf-8")
    found = Said("estimate", "--table", path, "--json").document()
    assert [(one["odds_ratio"], one["n"]) for one in found["odds"]] == [(0.5, 230), (1, 270), (2, 350), (4, 510)]
    assert "odds ratio 4: 510" in Said("estimate", "--table", path).out


def test_a_family_that_is_not_there_is_said(path):
    said = Said("estimate", "--table", path, "--stale", "AD")
    assert isinstance(said.error, UsageError)
    assert "no family is called AD" in str(said.error)
    assert "network" in said.error.hint


def test_hostile_names_do_not_reach_the_terminal(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("a\x1b[2J,b,count\n1,1,50\n1,0,100\n0,1,40\n", "utf-8")
    assert "\x1b" not in Said("estimate", "--table", path).out


def test_table_that_is_none_is_said_with_its_line(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("a,b,count\n1,1,many\n", "utf-8")
    said = Said("estimate", "--table", path)
    assert isinstance(said.error, SettingsError)
    assert said.error.place == f"{path}:2"
