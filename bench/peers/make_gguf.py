"""Writes the weights of a Qwen2 model folder as a file of llama.cpp, without a tokenizer:

    make_gguf.py FOLDER TYPE FILE

TYPE is that of the matrices and the embedding: f32, bf16 or q8_0. Norms and biases are f32, as in llama.cpp's own files.
A process of its own, so that making the file does not count as the memory of what is measured.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from gguf import MODEL_ARCH, GGMLQuantizationType, GGUFWriter, get_tensor_name_map
from gguf.quants import quantize

TYPES = {
    "f32": GGMLQuantizationType.F32,
    "bf16": GGMLQuantizationType.BF16,
    "q8_0": GGMLQuantizationType.Q8_0,
}


def main(folder: Path, kind: str, file: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    writer = GGUFWriter(file, "qwen2")
    write_header(writer, config)
    names = get_tensor_name_map(MODEL_ARCH.QWEN2, config["num_hidden_layers"])
    for name, values in tensors(folder):
        dtype = TYPES[kind] if values.ndim == 2 else GGMLQuantizationType.F32
        new_name = names.get_name(name, try_suffixes=(".weight", ".bias"))
        writer.add_tensor(new_name, quantize(values, dtype), raw_dtype=dtype)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_header(writer: GGUFWriter, config: dict) -> None:
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("none")


def tensors(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Of `model.safetensors`, all F32: a length, a JSON header, then the numbers."""
    path = folder / "model.safetensors"
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "F32":
            raise ValueError(f"{name} is {entry['dtype']}, not F32")
        start, _ = entry["data_offsets"]
        yield name, np.memmap(path, np.float32, "r", 8 + size + start, tuple(entry["shape"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
