"""What cannot be, of all that a person asks for on the page."""


class Trouble(Exception):
    """Something that a person asked for and that cannot be; the words are for them."""
