"""Overlap tables: what is asked of them, and what is said of a file that is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tries import tries

from fullcount.capture import MOST_FAMILIES, Capture, load, of_rows
from fullcount.errors import SettingsError

GOOD = "# a comment\na,b,c,count\n1,0,0,5\n0,1,0,4\n\n1,1,0,2\n0,0,1,3\n1,1,1,1\n"
WRONG = {
    "a,b,count\n1,0,x\n": (2, "not a number of hosts"),
    "a,b,count\n1,0,nan\n": (2, "not a number of hosts"),
    "a,b,count\n1,0,1e400\n": (2, "not a number of hosts"),
    "a,b,count\n1,0,-1\n": (2, "not a number of hosts"),
    "a,b,count\n1,2,5\n": (2, "neither 0 nor 1"),
    "a,b,count\n1,\x1b[2J,5\n": (2, "neither 0 nor 1"),
    "a,b,count\n1,0,5\n1,1,2\n1,0,5\n": (4, "twice"),
    "# c\n\na,b,count\n0,0,5\n": (4, "no family saw"),
    "a,b,count\n1,0\n": (2, "2 columns"),
    "a,a,count\n1,0,1\n": (1, "a name of its own"),
    "a,,count\n1,0,1\n": (1, "a name of its own"),
    "1,0,5\n0,1,5\n": (1, "no names"),
    "count\n5\n": (1, "a column for each family"),
    ",".join("abcdefghijk") + ",count\n": (1, "11 families are too many"),
}


def written(tmp_path, text: str, encoding: str = "utf-8"):
    path = tmp_path / "overlaps.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_table_is_read(tmp_path, separator, end, encoding):
    capture = load(written(tmp_path, GOOD.replace(",", separator).replace("\n", end), encoding))
    assert capture.families == ("a", "b", "c")
    assert capture.counts.tolist() == [0, 5, 4, 2, 3, 0, 0, 1]
    assert (capture.k, capture.seen, capture.twice) == (3, 15, 3)
    assert (capture.of(0), capture.only(2), capture.both(0, 1)) == (8, 3, 3)


@pytest.mark.parametrize("text", WRONG, ids=[why for _, why in WRONG.values()])
def test_what_is_wrong_is_said_with_its_line(tmp_path, text):
    line, why = WRONG[text]
    path = written(tmp_path, text)
    with pytest.raises(SettingsError, match=why) as caught:
        load(path)
    assert caught.value.place == f"{path}:{line}"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "no line"),
        (b"a,b,count\n", "no line"),
        (b"\xff\xfea\0", "no CSV file"),
        (b"a,b,count\n1,0," + b"9" * 200_000, "CSV"),
    ],
)
def test_file_that_is_no_table(tmp_path, raw, why):
    path = tmp_path / "overlaps.csv"
    path.write_bytes(raw)
    with pytest.raises(SettingsError, match=why):
        load(path)


@tries(200)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_table_or_an_error_of_the_user(tmp_path, raw):
    path = tmp_path / "overlaps.csv"
    path.write_bytes(b"a,b,count\n" + raw)
    try:
        counts = load(path).counts
    except SettingsError:
        return
    assert np.isfinite(counts).all()


def test_table_is_frozen_and_checked():
    capture = of_rows(("a", "b"), [((1, 0), 2), ((1, 1), 1), ((1, 0), 3)])
    assert capture.counts.tolist() == [0, 5, 0, 1]
    with pytest.raises(ValueError, match="read-only"):
        capture.counts[0] = 1
    for families, counts in ((("a",), [0, 1, 2]), (("a",), [0, -1]), (("a",), [0, np.inf]), ((), [0])):
        with pytest.raises(ValueError, match=r"table|cell"):
            Capture(families=families, counts=np.array(counts, np.float64))
    with pytest.raises(ValueError, match="table"):
        Capture(families=tuple("abcdefghijk"), counts=np.zeros(1 << (MOST_FAMILIES + 1)))
    for pattern in ((0, 0), (1,)):
        with pytest.raises(ValueError, match="no pattern"):
            of_rows(("a", "b"), [(pattern, 1)])


hosts = st.lists(st.tuples(*[st.booleans()] * 4).filter(any), min_size=1, max_size=60)


def counted(rows) -> Capture:
    return of_rows(tuple("abcd"), ((tuple(map(int, row)), 1) for row in rows))


@tries(200)
@given(hosts, st.integers(0, 3))
def test_tables_made_of_a_table_are_those_of_its_hosts(rows, j):
    capture = counted(rows)
    others = [one for one in range(4) if one != j]

    def over(chosen) -> list[int]:
        found = [0] * 8
        for row in chosen:
            found[sum(row[one] << place for place, one in enumerate(others))] += 1
        return found

    assert capture.without(j).counts.tolist() == [0, *over(rows)[1:]]
    inside = capture.hosts_of(j)
    assert inside.counts.tolist() == over(row for row in rows if row[j])
    assert inside.counts.sum() == capture.of(j)
    assert inside.families == tuple("abcd"[one] for one in others)
    assert capture.margin([3, 2, 1, 0]).margin([3, 2, 1, 0]).counts.tolist() == capture.counts.tolist()


@tries(200)
@given(hosts, st.permutations(range(4)))
def test_two_families_are_merged_host_by_host(rows, order):
    i, j = order[:2]
    first, second = sorted((i, j))
    joined = counted(rows).merged(i, j)
    names = [name for place, name in enumerate("abcd") if place != second]
    names[first] = f"{'abcd'[first]}+{'abcd'[second]}"
    assert joined.families == tuple(names)
    told = [[row[i] or row[j] if one == first else row[one] for one in range(4) if one != second] for row in rows]
    assert joined.counts.tolist() == of_rows(tuple("xyz"), ((tuple(map(int, one)), 1) for one in told)).counts.tolist()


def test_a_table_that_is_not_there_is_said(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / "nowhere.csv")
