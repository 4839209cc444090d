"""Two papers that many lists have, for lists that tests write."""

A = "https://arxiv.org/abs/2305.14314"
B = "https://arxiv.org/abs/2106.09685"
CODE = "https://github.com/acme/one"
QLORA = "QLoRA: Efficient Finetuning of Quantized LLMs"
LORA = "LoRA: Low-Rank Adaptation of Large Language Models"
FOUR = ("Tim Dettmers", "Artidoro Pagnoni", "Ari Holtzman", "Luke Zettlemoyer")
