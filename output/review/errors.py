"""The error that the review page shows to its user."""


class ReviewTrouble(Exception):
    """A request that cannot be carried out; the message is shown on the page."""
