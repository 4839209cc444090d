"""What decides on many works at once, by touch on a phone and a tablet, and without script."""

import pytest

from tests.review.browser import heading, open_lines
from tests.review.conftest import SIZE
from tests.review.week import world_of

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
TABLET = {"viewport": {"width": 768, "height": 1024}, "has_touch": True, "is_mobile": True}
NO_SCRIPT = {"java_script_enabled": False}
every_way = pytest.mark.parametrize(
    "way",
    [PHONE, pytest.param(TABLET, marks=pytest.mark.long), NO_SCRIPT],
    ids=["phone", "tablet", "no script"],
)
# The smallest target for a finger, where several stand in a row (px; WCAG 2.2, 2.5.8).
SMALLEST_PX = 24


class Hand:
    """Presses what a person presses, with a finger where there is one, and waits for the page."""

    def __init__(self, page, way):
        self.page, self.touches = page, way.get("has_touch", False)
        self.script = way.get("java_script_enabled", True)

    def press(self, where):
        where.tap() if self.touches else where.click()

    def goes(self, where):
        """Press what leads to another page."""
        if not self.script:
            with self.page.expect_navigation():
                where.click()
            return
        self.page.evaluate("document.body.dataset.old = 1")
        self.press(where)
        self.page.wait_for_selector("body:not([data-old]) main h1")

    def fits(self):
        """Nothing is wider than the screen, and what stands at the end of the list is one row."""
        if self.script:
            width = self.page.viewport_size["width"]
            assert width == self.page.evaluate("document.documentElement.scrollWidth")
        together = self.page.locator(".together button:not([value=rest])")
        boxes = [box.bounding_box() for box in together.all()]
        assert 3 == len(boxes)
        assert 1 == len({box["y"] for box in boxes})
        assert min(box["height"] for box in boxes) >= SMALLEST_PX
        # Their label stands before them, not on a row of its own.
        label = self.page.locator(".together > span").bounding_box()
        assert boxes[0]["y"] < label["y"] + label["height"] / 2 < boxes[0]["y"] + boxes[0]["height"]


@pytest.fixture
def hand(opened, way):
    return Hand(opened(**way), way)


def decided(workspace):
    return sorted(decision.act for decision in world_of(workspace).store.decisions.all())


@pytest.mark.long
@every_way
def test_several_are_decided_and_the_rest_rejected_and_taken_back(hand, workspace):
    page = hand.page
    hand.fits()
    for number in (1, 2):
        hand.press(page.locator(".lines input[type=checkbox]").nth(number))
    hand.goes(page.locator(".together [value=accept]"))
    assert SIZE - 2 == open_lines(page)

    hand.goes(page.locator(".together [value=rest]"))
    assert "All candidates are decided" == heading(page)
    assert ["pick", "pick", *["reject"] * (SIZE - 2)] == decided(workspace)
    hand.goes(page.locator(".top form button"))

    assert SIZE - 2 == open_lines(page)


@pytest.mark.long
@every_way
def test_a_work_is_found_and_a_note_kept_on_it(hand, workspace):
    page = hand.page
    wanted = page.locator(".lines b").nth(3).inner_text()
    hand.press(page.locator(".filter summary"))
    page.locator("input[type=search]").fill(wanted)
    hand.goes(page.get_by_role("button", name="Apply"))
    assert [wanted] == page.locator(".lines b").all_inner_texts()
    assert wanted == heading(page)

    page.locator("input[name=note]").fill("ask Ben")
    hand.goes(page.get_by_role("button", name="Save note"))

    assert "ask Ben" == page.locator("input[name=note]").input_value()
    ((fact, _),) = world_of(workspace).store.facts.history("note")
    assert ("ask Ben", "ada") == (fact.value, fact.source)


@pytest.mark.long
@every_way
def test_an_entry_stands_beside_its_text_as_a_reader_sees_it(hand, way):
    """With script it follows what is typed; without, it is the entry as it was."""
    page = hand.page
    shown = page.locator("#preview")
    assert shown.inner_text().startswith(heading(page))
    page.locator("textarea").fill("- **Mine**, [arxiv](https://arxiv.org/abs/1) <b onclick=x>!</b>")

    if hand.script:
        shown.get_by_text("Mine").wait_for()
        assert "Mine, arxiv !" == shown.inner_text()
        assert "https://arxiv.org/abs/1" == shown.locator("a").get_attribute("href")
    else:
        assert shown.inner_text().startswith(heading(page))
