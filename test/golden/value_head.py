"""A critic on a model: one number per position from the last hidden state, under the clipped value loss of PPO."""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

from arrays import packed, write_json

KEPT = ["model.norm.weight", "model.layers.0.self_attn.q_proj.weight", "model.layers.1.mlp.down_proj.weight"]
CLIP = 0.3


def build(folder: Path, rows: list[dict]) -> None:
    """Writes value.json: loss = Σ mask · ½ · max((v − R)², (clip(v, old ± c) − R)²), with its gradients."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    generator = torch.Generator().manual_seed(31)
    head = torch.nn.Parameter(torch.randn(1, model.config.hidden_size, generator=generator) * 0.2)
    total, written, clipped = torch.zeros(()), [], 0
    for row in rows:
        hidden = model.model(input_ids=torch.tensor([row["input"]])).last_hidden_state[0]
        values = (hidden @ head.T)[:, 0]
        noise = torch.randn(3, len(values), generator=generator)
        returns = (values.detach() + noise[0]).round(decimals=3)
        old = (values.detach() + 0.4 * noise[1]).round(decimals=3)
        mask = (noise[2] > -0.7).float()
        near = torch.clamp(values, old - CLIP, old + CLIP)
        losses = torch.maximum((values - returns) ** 2, (near - returns) ** 2)
        clipped += int((mask * ((near - returns) ** 2 > (values - returns) ** 2)).sum())
        total = total + (mask * 0.5 * losses).sum()
        written.append(
            {
                "input": row["input"],
                "mask": mask.tolist(),
                "returns": returns.tolist(),
                "oldValues": old.tolist(),
                "values": packed(values),
            }
        )
    assert clipped > 0, "no position where clipping decides"
    total.backward()
    parameters = dict(model.named_parameters())
    gradients = {name: packed(parameters[name].grad) for name in KEPT}
    gradients["value_head.weight"] = packed(head.grad)
    content = {"head": packed(head), "clip": CLIP, "rows": written, "loss": total.item(), "gradients": gradients}
    write_json(folder / "value.json", content, compact=True)
