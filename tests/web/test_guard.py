"""Who may ask, and what a page may do: by requests as browsers and attackers make them."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.dashboards import DIRECTIVE, NAUGHTY, client, newest, opened

from fullcount.web.guard import HEADERS, Keys, Rules
from fullcount.web.served import SERVED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from fullcount.web.house import House

HERE = f"/last/{DIRECTIVE}/"


@pytest.fixture
def locked(odd: Path) -> Iterator[House]:
    """A house that lets in who has the key."""
    with opened(odd, rules=Rules(hosts=frozenset({"testserver"}), cookie="fullcount-1", keys=Keys())) as found:
        yield found


def test_nobody_comes_in_without_the_link_and_it_works_once(locked: House) -> None:
    asking = client(locked)
    refused = asking.get(HERE)
    assert refused.status_code == 401
    assert "fullcount serve" in refused.text
    assert DIRECTIVE not in refused.text
    link = locked.link()
    came = asking.get(link)
    assert came.status_code == 200
    cookie = came.headers["Set-Cookie"]
    assert cookie.startswith("fullcount-1=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert asking.get(HERE).status_code == 200
    another = client(locked)
    assert another.get(link).status_code == 401
    assert another.get(HERE).status_code == 401
    assert locked.link() != link
    assert another.get(locked.link()).status_code == 200


@pytest.mark.parametrize("key", ["", "x", "\u00e9", "a" * 5000])
def test_a_wrong_key_opens_nothing(locked: House, key: str) -> None:
    assert client(locked).get("/enter", params={"key": key}).status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "testserver:80", "testserver.evil.example", "", "127.0.0.1", "TESTSERVER@evil"])
def test_a_name_that_is_not_its_own_is_refused(asking: TestClient, host: str) -> None:
    assert asking.get(HERE, headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver:81"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "none"},
    ],
)
def test_what_another_page_sends_does_nothing(house: House, headers: dict[str, str]) -> None:
    before = house.workspace.decisions.read_bytes()
    for path in ("queues", "decisions", "hosts", "views"):
        assert (
            client(house).post(f"{HERE}{path}", data={"what": "undo", "number": "1", "why": "x"}, headers=headers).status_code
            == 403
        )
    assert house.workspace.decisions.read_bytes() == before


def test_a_form_without_an_origin_or_a_length_or_too_long_is_refused(house: House) -> None:
    from starlette.testclient import TestClient as Plain

    from fullcount.web.app import app

    plain = Plain(app(house))
    assert plain.post(f"{HERE}queues", data={}).status_code == 403
    same = {"Sec-Fetch-Site": "same-origin"}
    assert plain.post(f"{HERE}queues", content=iter([b"x"]), headers=same).status_code == 413
    assert plain.post(f"{HERE}queues", content=b"a" * 70_000, headers=same).status_code == 413


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(asking: TestClient, method: str) -> None:
    assert asking.request(method, HERE).status_code == 405


@pytest.mark.parametrize(
    "path", [HERE, f"{HERE}hosts", "/nothing", f"{HERE}hosts.csv", "/static/house.js", f"{HERE}hosts?sort=x"]
)
def test_every_answer_says_what_a_page_may_do(asking: TestClient, path: str) -> None:
    answer = asking.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value or (name == "Cache-Control" and path.startswith("/static/"))


@pytest.mark.parametrize(
    "path",
    ["/static/../../pyproject.toml", "/static/%2e%2e/page.css", "/static/..%2f..%2fetc%2fpasswd", "/static/", "/static/no.js",
     f"{HERE}host/..%2f..%2f", f"{HERE}source/..%2fetc", "/last/../../etc/passwd", "/..%2f/x/", "/%00/x/", f"/{'a' * 3000}/x/"],
)  # fmt: skip
def test_no_address_names_a_file(asking: TestClient, path: str) -> None:
    answer = asking.get(path)
    assert answer.status_code in {400, 404}
    assert "root:" not in answer.text


@pytest.mark.parametrize("name", SERVED)
def test_what_is_served_beside_the_pages_is_there(asking: TestClient, name: str) -> None:
    answer = asking.get(f"/static/{name}")
    assert answer.status_code == 200
    assert answer.content


def test_names_that_an_attacker_chose_are_inert(asking: TestClient) -> None:
    for path in (
        HERE,
        f"{HERE}hosts?q=script",
        f"{HERE}looks?q=script",
        f"{HERE}near-titles",
        f"{HERE}components",
        f"{HERE}files",
    ):
        page = asking.get(path).text
        assert NAUGHTY[:8] not in re.sub(r'<script src="/static/house.js\?[0-9a-f]+" defer>', "", page)
        assert "<img" not in page
        assert "\u202e" not in page
        assert "\x1b" not in page
    page = asking.get(f"{HERE}hosts", params={"q": NAUGHTY, "told": NAUGHTY, "standing": NAUGHTY}).text
    assert "<img" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize(
    "path",
    ["/nothing/", "/last/nothing/", "/ffffffff/us-dhs-bod-17-01/", f"{HERE}nothing", f"{HERE}host/nothing", "/view/nothing"],
)
def test_what_there_is_not_is_said_without_a_traceback(asking: TestClient, path: str) -> None:
    answer = asking.get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text
    assert "<h1>" in answer.text


def test_a_bug_is_said_to_be_ours_and_kept_in_a_file(
    asking: TestClient, house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(type(house.shelf), "open", lambda *_: 1 / 0)
    answer = asking.get(HERE)
    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.text
    [file] = tmp_path.rglob("bug.txt")
    assert "ZeroDivisionError" in file.read_text("utf-8")


def test_a_count_of_an_earlier_version_says_what_to_do(odd: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(odd, tmp_path / "old")
    (folder / "counts" / newest(folder) / "host_lines.parquet").unlink()
    with opened(folder) as found:
        answer = client(found).get(HERE)
    assert answer.status_code == 404
    assert "made by another version" in answer.text
    assert "fullcount count" in answer.text
