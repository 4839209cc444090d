"""
Makes the pictures of docs/review.md, of the sandbox's week, in the system's Chromium.

    python -m tests.review.screenshots

Run by hand when the page looks different; tests never write into docs/.
"""

import tempfile
from datetime import timedelta
from pathlib import Path

from catalog.rows.runs import Run
from output.review.session import ReviewSession
from tests.review.browser import chromium
from tests.review.serving import LateSession, serving
from tests.review.week import NOW, arrives, world_of
from tests.workspace import REPOSITORY, Workspace

FOLDER = REPOSITORY / "docs" / "pictures"
DESKTOP, PHONE = (1120, 760), (320, 640)
VIEWS = (
    ("review", "/", DESKTOP, "light"),
    ("review-dark", "/?shelf=near", DESKTOP, "dark"),
    ("review-phone", "/", PHONE, "light"),
    ("review-write", "/write", DESKTOP, "light"),
    ("review-rules", "/rules?section=Quantization&key=says&word=compress*", DESKTOP, "light"),
    ("review-pictures", "/charts", DESKTOP, "light"),
)


DAYS = 30


def went_on(world):
    """A month of runs: quiet weekends, and one bad day."""
    for back in range(DAYS):
        at = NOW - timedelta(days=back)
        words = {
            "arxiv_rss": "QUIET" if at.weekday() > 4 else "OK",
            "github": "BROKEN" if back == 8 else "OK",
            "hf_daily": "STALE" if back == 3 else "OK",
        }
        told = [
            {"source": name, "word": word, "reason": "", "counts": {}, "later": False}
            for name, word in words.items()
        ]
        world.store.runs.keep(Run("run", at, "OK", {"sources": told}))


def main():
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        workspace = Workspace(Path(folder) / "week")
        went_on(arrives(workspace))
        with serving(LateSession(lambda: ReviewSession(world_of(workspace), "ada"))) as client:
            page = browser.new_page()
            page.goto(client.door.address)
            for key in ("a", "2", "a"):
                page.evaluate("document.body.dataset.old = 1")
                page.keyboard.press(key)
                page.wait_for_selector("body:not([data-old]) main h1")
            for name, path, (wide, high), scheme in VIEWS:
                page.set_viewport_size({"width": wide, "height": high})
                page.emulate_media(color_scheme=scheme)
                page.goto(f"http://127.0.0.1:{client.door.port}{path}")
                page.screenshot(path=FOLDER / f"{name}.png")
                print(FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
