"""Help for people who change the words of the rules."""
