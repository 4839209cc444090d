"""Compares the sections of the rules with the headings of the list file."""

from collections.abc import Iterator
from pathlib import Path

from catalog.errors import ListConflict
from catalog.markdown.edits import find_section
from catalog.markdown.listfile import parse
from config.errors import ConfigTrouble
from config.rules import ListRules, resolve_list_file
from config.validation import did_you_mean


def missing_headings(root: Path, rules: ListRules) -> Iterator[ConfigTrouble]:
    """Sections without a heading in the list file: papers accepted for them can't be written."""
    listed = resolve_list_file(root, rules)
    parsed = parse(listed.read_bytes())
    names = [section.name for section in parsed.sections]
    for index, section in enumerate(rules.sections):
        try:
            find_section(parsed, section.name)
        except ListConflict as conflict:
            matter, do = f"{conflict.matter} in {rules.file}", conflict.do
            if section.name not in names:
                matter = f'the list {rules.file} has no heading "{section.name}"'
                do = f"{did_you_mean(section.name, names)}; rename it here or in the list"
            line = rules.line("sections", index, "name")
            yield ConfigTrouble(rules.path, matter, do, line=line)
