"""Makes `docs/pictures/report.png`: the top of the demo's page in a real Chromium, in the light. Run by hand."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).resolve().parent / "pictures/report.png"
CHROMIUM = "/usr/bin/chromium"
WIDTH = 1120


def main() -> None:
    """Count the demo and take the picture."""
    with tempfile.TemporaryDirectory() as name:
        demo = [sys.executable, "-c", "from fullcount.cli import main; main()", "demo", name, "--quiet", "--json"]
        subprocess.run(demo, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
        PICTURE.write_bytes(picture(Path(name) / "report.html"))


def picture(page: Path) -> bytes:
    """The page down to the end of the table of components, as PNG."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=arguments)
        opened = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        opened.goto(page.as_uri())
        box = opened.locator("#components").bounding_box()
        assert box is not None
        height = box["y"] + box["height"] + 24
        taken = opened.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
        browser.close()
    return taken


if __name__ == "__main__":
    main()
