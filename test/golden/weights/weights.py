"""Weight files made by Python, and a check of weight files made by hone.

    python weights.py make             writes the fixtures beside this script
    python weights.py check <folder>   <folder>: values.json, values.safetensors, adapter/ as save-for-python.ts writes them

Needs a Python with the packages of ../requirements.txt (torch, safetensors, transformers, peft).
"""

import json
import math
import shutil
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import Qwen2Config, Qwen2ForCausalLM

HERE = Path(__file__).parent


def tiny_model():
    torch.manual_seed(0)
    return Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=32, hidden_size=8, intermediate_size=12, num_hidden_layers=2,
            num_attention_heads=2, num_key_value_heads=1,
        )
    ).eval()


def make():
    edge = [0.0, -0.0, 1.0, -2.5, 65504.0, 6.103515625e-05, 6.097555160522461e-05, 5.960464477539063e-08, -1.1920928955078125e-07, 0.333251953125]
    tensors = {
        "scalar": torch.tensor(3.5),
        "empty": torch.zeros(0, 4),
        "single": torch.tensor([[1.5, -0.25, 3.4028234663852886e38], [1.401298464324817e-45, math.pi, -1e-20]]),
        "half": torch.tensor(edge, dtype=torch.float16).reshape(2, 5),
        "bfloat": torch.tensor([1.0, -3.140625, 3.3895313892515355e38, 9.183549615799121e-41, 1e-3], dtype=torch.bfloat16),
        "odd": torch.tensor([7], dtype=torch.uint8),
        "positions": torch.arange(3),
    }
    save_file(tensors, HERE / "types.safetensors", metadata={"format": "pt"})
    values = {name: {"shape": list(t.shape), "values": t.float().flatten().tolist()} for name, t in tensors.items()}
    (HERE / "types.json").write_text(json.dumps(values, indent=1) + "\n")

    model = get_peft_model(
        tiny_model(),
        LoraConfig(
            r=2, lora_alpha=6, lora_dropout=0.125, use_rslora=True, init_lora_weights=False,
            target_modules=["q_proj", "down_proj"], task_type="CAUSAL_LM",
        ),
    )
    shutil.rmtree(HERE / "adapter", ignore_errors=True)
    model.save_pretrained(HERE / "adapter")
    (HERE / "adapter" / "README.md").unlink(missing_ok=True)
    # PEFT writes its set of targets in the order of the process's hash seed.
    path = HERE / "adapter" / "adapter_config.json"
    config = json.loads(path.read_text())
    config["target_modules"].sort()
    path.write_text(json.dumps(config, indent=2) + "\n")


def check(folder):
    expected = json.loads((folder / "values.json").read_text())
    loaded = load_file(folder / "values.safetensors")
    assert loaded.keys() == expected.keys(), (loaded.keys(), expected.keys())
    for name, want in expected.items():
        assert list(loaded[name].shape) == want["shape"], name
        assert loaded[name].flatten().tolist() == want["values"], name
    print(f"values.safetensors: {len(loaded)} tensors agree")

    ours = PeftModel.from_pretrained(tiny_model(), folder / "adapter")
    theirs = PeftModel.from_pretrained(tiny_model(), HERE / "adapter")
    tokens = torch.arange(10).unsqueeze(0)
    with torch.no_grad():
        difference = (ours(tokens).logits - theirs(tokens).logits).abs().max().item()
        base = (ours(tokens).logits - tiny_model()(tokens).logits).abs().max().item()
    assert difference == 0 and base > 1e-4, (difference, base)
    print(f"adapter: logits equal those of PEFT's own file (and differ from the base by {base:.3g})")


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        make()
    elif len(sys.argv) == 3 and sys.argv[1] == "check":
        check(Path(sys.argv[2]))
    else:
        sys.exit(__doc__)
