"""What programs may read here, as robots.txt says it."""

from sandbox.answer import Answer, Ask, text
from sandbox.faults import Fault
from sandbox.services.pages import FORBIDDEN
from sandbox.state import World

RULES = f"User-agent: *\nDisallow: {FORBIDDEN}\nAllow: /\n"
LARGE = 2 * 2**20


def answer(world: World, ask: Ask, fault: Fault | None) -> Answer:
    name = fault.name if fault else ""
    if name == "robots-disallow":
        return text(200, "User-agent: *\nDisallow: /\n")
    if name == "robots-delay" and fault:
        return text(200, f"User-agent: *\nCrawl-delay: {fault.argument or 5}\n{RULES[14:]}")
    if name == "robots-large":
        # What counts stands at the beginning; nobody has to read the rest.
        return text(200, RULES + "# and so on\n" * (LARGE // 12))
    return text(200, RULES)
