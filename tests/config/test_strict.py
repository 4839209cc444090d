"""Every file of settings is checked against its type, without all of pydantic."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config import settings
from config.errors import ConfigTrouble

CONFIG = Path(settings.__file__).parent
READ_ALL = """
import sys
from pathlib import Path
from config import publish, rules, settings
folder = Path(sys.argv[1])
for read in (settings.services, settings.sources, settings.calendar, settings.schedule):
    read(folder)
publish.channels(folder)
rules.load_lists(folder)
print(*sys.modules)
"""


@pytest.mark.parametrize("name", ["ab", ""])
def test_a_name_that_is_too_short_is_told(tmp_path, name):
    """Two letters ended as a bug, and none as an empty list."""
    text = (CONFIG / "services.yaml").read_text()
    line = next(line for line in text.splitlines() if line.startswith("user_agent:"))
    (tmp_path / "services.yaml").write_text(text.replace(line, f'user_agent: "{name}"'))

    with pytest.raises(ConfigTrouble) as raised:
        settings.services(tmp_path)

    assert "user_agent: string should have at least 3 characters" in str(raised.value)


def test_reading_the_configuration_loads_only_the_core_of_pydantic(tmp_path):
    """All of it takes longer to load than `status` takes to run."""
    folder = shutil.copytree(CONFIG, tmp_path / "config", ignore=shutil.ignore_patterns("*.py"))
    (folder / "publish.yaml").write_text("repository: ada/list\n")

    loaded = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(folder)], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "pydantic_core" in loaded
    assert "pydantic" not in loaded
