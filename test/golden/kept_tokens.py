"""Tokens drawn from a distribution that top-k, top-p and min-p cut: log-probs among the tokens that were left, and a loss of them."""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM
from transformers.generation.logits_process import MinPLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from arrays import packed, write_json

FAMILIES = ["qwen2", "llama"]
TEMPERATURE = 0.8
TOKENS = 12
KEPT = ["model.norm.weight", "model.layers.0.self_attn.q_proj.weight", "model.layers.1.mlp.down_proj.weight"]
CASES = {"topP": TopPLogitsWarper(0.5), "topK": TopKLogitsWarper(5), "minP": MinPLogitsWarper(0.1)}


def build(root: Path) -> None:
    """Writes models/<family>/kept.json: each filter's row, −Σ A · exp(log p − log p_old) over all rows, its gradients."""
    for family in FAMILIES:
        folder = root / "models" / family
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        total, rows = torch.zeros(()), []
        generator = torch.Generator().manual_seed(17)
        for name, warper in CASES.items():
            ids = torch.randint(0, 200, (1, TOKENS + 1), generator=generator)
            logits = model(ids).logits[0, :-1] / TEMPERATURE
            masked = warper(None, logits.detach())
            allowed = ~torch.isinf(masked)
            drawn = torch.multinomial(masked.softmax(-1), 1, generator=generator)[:, 0]
            scores = logits.masked_fill(~allowed, -torch.inf)
            chosen = scores.log_softmax(-1).gather(1, drawn[:, None])[:, 0]
            # The policy has moved since it sampled: ratios are not 1.
            old = (chosen.detach() - 0.3 * torch.randn(TOKENS, generator=generator)).round(decimals=3)
            advantages = torch.randn(TOKENS, generator=generator).round(decimals=3)
            total = total - (advantages * (chosen - old).exp()).sum()
            rows.append(
                {
                    "filter": name,
                    "tokens": ids[0, :-1].tolist(),
                    "targets": drawn.tolist(),
                    "kept": [row.nonzero()[:, 0].tolist() for row in allowed],
                    "oldLogProbs": old.tolist(),
                    "advantages": advantages.tolist(),
                    "logProbs": packed(chosen),
                }
            )
        total.backward()
        parameters = dict(model.named_parameters())
        gradients = {name: packed(parameters[name].grad) for name in KEPT}
        content = {"temperature": TEMPERATURE, "rows": rows, "loss": total.item(), "gradients": gradients}
        write_json(folder / "kept.json", content, compact=True)
