"""Makes the pictures in `docs/pictures`: the demo's page, and the dashboard over it, in a real Chromium. Run by hand."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from fullcount.web.server import Served, serve
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.web.house import House

PICTURES = Path(__file__).resolve().parent / "pictures"
CHROMIUM = "/usr/bin/chromium"
WIDTH = 1120
# Which page of the dashboard, and how much of it.
SHOWN = {"dashboard": ("", 900), "queues": ("queues", 820)}


def main() -> None:
    """Count the demo as of two days, and take the pictures."""
    with tempfile.TemporaryDirectory() as name:
        _run("demo", name, "--quiet", "--json")
        for day in (["--as-of", "2017-10-05"], []):
            _run("count", "--workspace", name, "--quiet", "--json", *day)
        with sync_playwright() as playwright:
            arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
            browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=arguments)
            (PICTURES / "report.png").write_bytes(report(browser, Path(name) / "report.html"))
            with served(Path(name)) as house:
                dashboard(browser, house)
            browser.close()


def _run(*words: str) -> None:
    command = [sys.executable, "-c", "from fullcount.cli import main; main()", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program


def report(browser: Any, page: Path) -> bytes:
    """The page down to the end of the table of components, as PNG."""
    opened = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
    opened.goto(page.as_uri())
    box = opened.locator("#components").bounding_box()
    assert box is not None
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": box["y"] + box["height"] + 24}
    return bytes(opened.screenshot(full_page=True, clip=clip))


@contextmanager
def served(folder: Path) -> Iterator[House]:
    """The dashboard over a workspace, on loopback."""
    began, box = threading.Event(), list[Any]()

    def started(*what: Any) -> None:
        box.extend(what)
        began.set()

    how: dict[str, Any] = {"say": print, "started": started}
    thread = threading.Thread(target=serve, args=(Workspace(folder), Served()), kwargs=how)
    thread.start()
    began.wait()
    yield box[0]
    box[1]()
    thread.join()


def dashboard(browser: Any, house: House) -> None:
    """The top of some pages, and a machine drawn out beside its list."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
    page.goto(house.link())
    page.wait_for_url("**/last/**")
    here = page.url
    for name, (path, height) in SHOWN.items():
        page.set_viewport_size({"width": WIDTH, "height": height})
        page.goto(here + path)
        page.screenshot(path=str(PICTURES / f"{name}.png"))
    page.goto(f"{here}hosts?standing=with+it")
    page.set_viewport_size({"width": WIDTH, "height": 900})
    page.locator("a.host").nth(2).click()
    page.wait_for_selector("dialog[open] h1")
    page.screenshot(path=str(PICTURES / "host.png"))


if __name__ == "__main__":
    main()
