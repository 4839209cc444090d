"""The seed list, an older one, and an entry to add."""

from pathlib import Path

from catalog.markdown.entry import entry_for
from catalog.markdown.entry_writer import render
from catalog.paper import Paper

ROOT = Path(__file__).resolve().parents[2]
SEED = (ROOT / "lists" / "efficient-llm.md").read_bytes()
NEW = render(
    entry_for(Paper("2501.01234", 2, "A New Way to Quantize", authors=("A B", "C D", "E F", "G H")))
)
OLD_STYLE = b"""\
# Awesome efficient llm

- [Awesome efficient llm](#awesome-efficient-llm)
\t- [Quantization](#quantization)
\t\t- [Papers](#papers)

## Quantization
### Papers
- **A Survey of Low-bit Large Language Models: Basics, Systems, and
  Algorithms**, `arXiv, 2409.16694`, [arxiv](http://arxiv.org/abs/2409.16694v2), \
[pdf](http://arxiv.org/pdf/2409.16694v2.pdf), cication: [**-1**](None)

\t *Ruihao Gong, Yifu Ding*
-
- [**hqq**](https://github.com/mobiusml/hqq) - mobiusml \
![Star](https://img.shields.io/github/stars/mobiusml/hqq.svg?style=social&label=Star)
### Other
- [A Visual Guide](https://example.org/guide)
## Inference
### Other
---
**Serving**
- [Text Generation](https://example.org/tgi)
"""
