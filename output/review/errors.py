"""What the page cannot do, said to its user."""


class ReviewTrouble(Exception):
    """Something that a person asked for and that cannot be; the words are for them."""
