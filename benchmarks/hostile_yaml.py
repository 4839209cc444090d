"""How long the strict reader takes to refuse what a stranger's pull request may contain."""

import tempfile
import time
from pathlib import Path

from config.errors import ConfigTrouble
from config.yaml_reader import load

HOSTILE = {
    "10,000 brackets": "[" * 10_000,
    "10,000 keys deep": "{a: " * 10_000,
    "10 MB": "a: b\n" * 2_000_000,
    "80,000 words": "a: [\n" + "x,\n" * 80_000 + "]",
    "alias bomb": "a: &a [x, x]\n"
    + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
    ),
    "a tag": "a: !!python/object/apply:os.system [echo]",
    "an honest file": "a: [" + ",\n  ".join(f"word{n}" for n in range(4_000)) + "]",
    "dashes": "\n".join(["- " * 2_400] * 50),
    "questions": "\n".join(["? " * 2_400] * 50),
    "quotes": "a: '" + "\n".join(["''" * 2_400] * 50),
    "commas": "a: {" + "\n".join(["x,y:," * 900] * 50) + "}",
}

with tempfile.TemporaryDirectory() as folder:
    for name, text in HOSTILE.items():
        path = Path(folder) / "rules.yaml"
        path.write_text(text)
        started = time.perf_counter()
        try:
            load(path)
            said = "read"
        except ConfigTrouble as trouble:
            said = str(trouble).partition(": ")[2][:50]
        print(f"{name:<18} {(time.perf_counter() - started) * 1000:6.1f} ms  {said}")
