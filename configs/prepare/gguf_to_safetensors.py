"""Turns one GGUF file into a folder that vLLM and SGLang load: safetensors, config and tokenizer.

    python gguf_to_safetensors.py MODEL.gguf OUT

Quantised weights are unpacked to plain bfloat16 numbers: the same model as the file holds, not the original one.
Runs without network. Needs torch, transformers, accelerate and gguf.
"""

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig


def convert(gguf: Path, out: Path) -> None:
    folder, name = str(gguf.parent), gguf.name
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        gguf_file=name,
        quantization_config=GgufConfig(gguf_file=name, dequantize=True),
        dtype=torch.bfloat16,
    )
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    convert(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
