"""Blocks of every type of GGUF that hone reads, as numbers by `gguf.quants.dequantize`; and numbers as the bytes of the types
that hone writes, by `gguf.quants.quantize`:

    pip install gguf==0.19.0 numpy && python test/golden/gguf_blocks.py

Writes `gguf/blocks.json`. The bytes of a block are random, its 16-bit scales are small floats.
"""

import base64
import json
from pathlib import Path

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize, quantize

# Where the 16-bit floats of a block are.
SCALES = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
}
BLOCKS = 3


def text(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def random_blocks(name: str, random: np.random.Generator) -> np.ndarray:
    _, size = GGML_QUANT_SIZES[GGMLQuantizationType[name]]
    blocks = random.integers(0, 256, (BLOCKS, size), dtype=np.uint8)
    for place in SCALES[name]:
        scales = (random.standard_normal(BLOCKS) * 0.01).astype(np.float16)
        blocks[:, place : place + 2] = scales.view(np.uint8).reshape(BLOCKS, 2)
    return blocks.reshape(-1)


def main() -> None:
    random = np.random.default_rng(7)
    read = []
    for name in SCALES:
        data = random_blocks(name, random)
        values = dequantize(data, GGMLQuantizationType[name]).astype(np.float32)
        read.append({"type": name, "bytes": text(data), "values": text(values)})
    numbers = (random.standard_normal(96) * np.repeat([1.0, 1e-3, 20.0], 32)).astype(np.float32)
    # Halfway cases, a half that is subnormal, and a block of zeros.
    numbers[:4] = [1 + 2**-11, 1 + 3 * 2**-11, 3e-6, -0.0]
    numbers = np.concatenate([numbers, np.zeros(32, np.float32)])
    write = []
    for name in ["F32", "F16", "BF16", "Q8_0"]:
        kind = GGMLQuantizationType[name]
        data = quantize(numbers, kind)
        values = dequantize(data, kind).astype(np.float32)
        write.append({"type": name, "numbers": text(numbers), "bytes": text(data), "values": text(values)})
    path = Path(__file__).parent / "gguf" / "blocks.json"
    path.write_text(json.dumps({"read": read, "write": write}, indent=1) + "\n")


if __name__ == "__main__":
    main()
