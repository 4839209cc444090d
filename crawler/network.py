"""
Whether this machine has a network at all, as far as the requests of one run tell.

Without one every service fails in words of its own, after waits of its own. Once two services could
not be reached, and none was, the rest isn't asked: "no network" is the reason, once.
"""

from dataclasses import dataclass, field

# So many services that cannot be reached, and none that can, are no accident.
MIN_FAILED = 2


@dataclass
class Network:
    """
    What a run has learned so far: who could not be reached, and whether anybody was.

    A connection, or an answer of any kind, is proof of a network.
    """

    reached: bool = False
    failed: set[str] = field(default_factory=set)

    @property
    def is_down(self) -> bool:
        return not self.reached and len(self.failed) >= MIN_FAILED

    def missed(self, service: str) -> None:
        """Note that a service could not be reached: no name, no route, no connection."""
        self.failed.add(service)

    def merge(self, other: "Network") -> None:
        """Take over what another process has learned."""
        self.reached = self.reached or other.reached
        self.failed |= other.failed
