"""policy-gradient.json: losses and advantages of policy-gradient methods, on the inputs of trl.json.

`source` names the TRL method that computed an entry, run on a stand-in as in trl_losses.py; entries without one are the formula of a
paper, in NumPy. Everything is computed in float64 and printed with 10 digits.
"""

import contextlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from trl.experimental.gmpo.gmpo_trainer import GMPOTrainer
from trl.trainer.grpo_trainer import GRPOTrainer

from arrays import write_json
from trl_losses import ROWS, WIDTH, fixed_inputs, policy_inputs, rounded, stand_in, value_and_gradient


def trainer_of(log_probs, **fields):
    """The fields that GRPOTrainer._compute_loss and GMPOTrainer._compute_loss read."""
    defaults = dict(
        loss_type="grpo",
        epsilon_low=0.2,
        epsilon_high=0.2,
        beta=0.0,
        importance_sampling_level="token",
        max_completion_length=8,
        top_entropy_quantile=1.0,
        off_policy_mask_threshold=None,
        use_vllm=False,
        vllm_importance_sampling_correction=False,
        _entropy_bonus_enabled=False,
        _get_per_token_logps_and_entropies=lambda *a, **k: (log_probs, torch.zeros_like(log_probs), None),
    )
    args = SimpleNamespace(delta=fields.pop("delta", None), use_bias_correction_kl=False, steps_per_generation=1)
    return stand_in(args=args, **{**defaults, **fields})


def loss_entry(inputs, compute, shown, **fields):
    """`sign` multiplies the advantages."""
    batch = {**policy_inputs(inputs), **fields.pop("batch", {})}
    batch["advantages"] = batch["advantages"] * shown.get("sign", 1)
    loss = lambda log_probs: compute(trainer_of(log_probs, **fields), None, batch)  # noqa: E731
    source = compute.__qualname__
    return {**shown, **value_and_gradient(loss, inputs["logProbs"]), "source": source}


def gspo_entries(inputs):
    cases = [
        (0.2, 0.28, None, 1),
        (0.05, 0.05, None, 1),
        (0.05, 0.05, None, -1),
        (0.05, 0.05, 1.08, -1),
        (3e-4, 4e-4, None, 1),
    ]
    return [
        loss_entry(
            inputs,
            GRPOTrainer._compute_loss,
            {
                "clipLow": 1 - low,
                "clipHigh": 1 + high,
                "sign": sign,
                **({} if delta is None else {"dualClip": delta}),
            },
            importance_sampling_level="sequence",
            epsilon_low=low,
            epsilon_high=high,
            delta=delta,
        )
        for low, high, delta, sign in cases
    ]


def token_advantages(inputs):
    """Advantages that differ from token to token, in sign too."""
    return inputs["advantages"][:, None] * (1 - 0.4 * torch.arange(WIDTH, dtype=torch.float64)) * inputs["mask"]


def gspo_token_entries(inputs, advantages):
    """GSPO-token (arXiv:2507.18071, eqs. 13, 14), which TRL 1.16 has not; the dual clip as in the other losses."""
    mask = inputs["mask"]
    lengths = mask.sum(-1)

    def entry(low, high, delta, sign):
        def loss(log_probs):
            answer = (((log_probs - inputs["oldLogProbs"]) * mask).sum(-1) / lengths).exp().detach()
            ratio = answer[:, None] * (log_probs - log_probs.detach()).exp()
            free = ratio if delta is None else ratio.clamp(max=delta)
            terms = torch.min(free * sign * advantages, ratio.clamp(1 - low, 1 + high) * sign * advantages)
            return -((terms * mask).sum(-1) / lengths).mean()

        return {
            **{"clipLow": 1 - low, "clipHigh": 1 + high, "sign": sign},
            **({} if delta is None else {"dualClip": delta}),
            **value_and_gradient(loss, inputs["logProbs"]),
        }

    cases = [(0.2, 0.28, None, 1), (0.05, 0.05, None, 1), (0.05, 0.05, None, -1), (0.05, 0.05, 1.08, -1), (3e-4, 4e-4, None, 1)]
    return [entry(*case) for case in cases]


def dual_clip_entries(inputs):
    return [
        loss_entry(
            inputs,
            GRPOTrainer._compute_loss,
            {
                **{"normalization": kind, "clipLow": 0.8, "clipHigh": 1.2},
                **{"dualClip": delta, "beta": beta, "sign": sign},
            },
            loss_type=kind,
            delta=delta,
            beta=beta,
        )
        for kind, delta, beta, sign in [
            ("grpo", 1.22, 0.0, 1),
            ("dapo", 1.22, 0.0, -1),
            ("dapo", 1.22, 0.04, -1),
            ("dr_grpo", 1.4, 0.0, -1),
        ]
    ]


def gmpo_entries(inputs):
    """TRL's `epsilon` is a logarithm."""
    return [
        loss_entry(
            inputs,
            GMPOTrainer._compute_loss,
            {"clipLow": float(np.exp(-low)), "clipHigh": float(np.exp(high)), "beta": beta, "sign": sign},
            epsilon_low=low,
            epsilon_high=high,
            beta=beta,
        )
        for low, high, beta, sign in [(0.4, 0.4, 0.0, 1), (0.1, 0.2, 0.0, 1), (0.1, 0.2, 0.04, -1)]
    ]


def correction_weights(difference, mask, level, rule, low, high):
    """As in GRPOTrainer._generate_and_score_completions, which cannot be called apart from generation."""
    difference = difference * mask
    if level == "sequence":
        difference = difference.sum(-1, keepdim=True)
    ratio = difference.exp()
    if rule == "truncate":
        return ratio.clamp(min=low, max=high)
    return ratio.masked_fill((ratio < low) | (ratio > high), 0.0)


def correction_entries(inputs, sampling):
    mask, old = inputs["mask"], inputs["oldLogProbs"]
    results = []
    for level, rule, low, high in [
        ("token", "truncate", 0.0, 1.1),
        ("token", "mask", 0.8, 1.2),
        ("sequence", "truncate", 0.0, 1.1),
        ("sequence", "mask", 0.9, 1.3),
    ]:
        weights = correction_weights(old - sampling, mask, level, rule, low, high)
        shown = {"level": level, "rule": rule, "min": low, "max": high, "weights": rounded(weights.expand(ROWS, WIDTH) * mask)}
        results.append(
            loss_entry(
                inputs,
                GRPOTrainer._compute_loss,
                shown,
                batch={"importance_sampling_ratio": weights},
                use_vllm=True,
                vllm_importance_sampling_correction=True,
                vllm_importance_sampling_mode=f"{level}_{rule}",
            )
        )
    return results


def gdpo():
    """GRPOTrainer._generate_and_score_completions, multi_objective_aggregation "normalize_then_sum": n − 1, 1e-4."""
    generator = np.random.default_rng(3)
    size, weights = 4, np.array([1.0, 0.5])
    rewards = np.round(np.stack([generator.integers(0, 2, 12), 10 * generator.random(12)], 1), 3)
    rewards[4:8, 0] = 1.0  # one part has no preference in this group
    grouped = rewards.reshape(-1, size, 2)
    normalised = (grouped - grouped.mean(1, keepdims=True)) / (grouped.std(1, ddof=1, keepdims=True) + 1e-4)
    total = (normalised.reshape(-1, 2) * weights).sum(1)
    advantages = (total - total.mean()) / (total.std(ddof=1) + 1e-4)
    return {"groupSize": size, "weights": rounded(torch.tensor(weights)), "rewards": rounded(torch.tensor(rewards)),
            "epsilon": 1e-4, "advantages": rounded(torch.tensor(advantages))}


def plus_plus(inputs):
    """REINFORCE++ (arXiv:2501.03262 §3): returns of token-level KL in the reward, normalised over the batch's tokens."""
    mask, old, reference = (inputs[name].numpy() for name in ("mask", "oldLogProbs", "referenceLogProbs"))
    rewards, beta = np.array([1.0, 0.0, 0.5, -1.0]), 0.1
    results = []
    for coefficient in (0.0, beta):
        kl = coefficient * (old - reference) * mask
        tail = np.cumsum(kl[:, ::-1], axis=1)[:, ::-1]
        returns = rewards[:, None] - tail
        chosen = returns[mask == 1]
        variance = max(((chosen - chosen.mean()) ** 2).mean(), 1e-8)
        results.append({"beta": coefficient, "rewards": rewards.tolist(),
                        "advantages": rounded(torch.tensor((returns - chosen.mean()) / np.sqrt(variance) * mask))})
    return results


def rloo_scores(inputs):
    """RLOOTrainer._generate_and_score_completions: the sum of k1 over an answer is subtracted from its reward; one group of 4."""
    mask, old, reference = (inputs[name].numpy() for name in ("mask", "oldLogProbs", "referenceLogProbs"))
    rewards, beta = np.array([1.0, 0.0, 0.5, -1.0]), 0.05
    scores = rewards - beta * ((old - reference) * mask).sum(1)
    advantages = scores - (scores.sum() - scores) / 3
    whitened = (advantages - advantages.mean()) / (advantages.std(ddof=1) + 1e-4)
    return {"beta": beta, "rewards": rewards.tolist(), "advantages": rounded(torch.tensor(advantages)),
            "normalised": rounded(torch.tensor(whitened))}


def overlong():
    """DAPO (arXiv:2503.14476), eq. 13, times the penalty."""
    limit, buffer, penalty = 16, 4, 0.5
    lengths = [1, 11, 12, 13, 15, 16, 20]
    rewards = []
    for length in lengths:
        if length <= limit - buffer:
            rewards.append(0.0)
        elif length <= limit:
            rewards.append(penalty * ((limit - buffer) - length) / buffer)
        else:
            rewards.append(-penalty)
    return {"limit": limit, "buffer": buffer, "penalty": penalty, "lengths": lengths, "rewards": rewards}


def reinforce_entry(inputs):
    """−1/N Σ_i A_i Σ_t ρ_t, A the advantages of `inputs`."""
    mask, advantages = inputs["mask"], inputs["advantages"][:, None]

    def loss(log_probs):
        return -((log_probs - inputs["oldLogProbs"]).exp() * advantages * mask).sum() / ROWS

    return value_and_gradient(loss, inputs["logProbs"])


def build(root: Path) -> None:
    inputs = fixed_inputs()
    generator = torch.Generator().manual_seed(8)
    noise = 0.15 * torch.randn(ROWS, WIDTH, generator=generator, dtype=torch.float64)
    sampling = ((inputs["oldLogProbs"] + noise) * 1e6).round() / 1e6
    advantages = token_advantages(inputs)
    with contextlib.redirect_stdout(None):
        golden = {
            "formatVersion": 1,
            "inputs": {name: rounded(value) for name, value in {**inputs, "samplingLogProbs": sampling}.items()},
            "gspo": gspo_entries(inputs),
            "tokenAdvantages": rounded(advantages),
            "gspoToken": gspo_token_entries(inputs, advantages),
            "dualClip": dual_clip_entries(inputs),
            "gmpo": gmpo_entries(inputs),
            "correction": correction_entries(inputs, sampling),
            "reinforce": reinforce_entry(inputs),
            "gdpo": gdpo(),
            "plusPlus": plus_plus(inputs),
            "rloo": rloo_scores(inputs),
            "overlong": overlong(),
        }
    write_json(root / "policy-gradient.json", golden, compact=True)
    print("policy-gradient")
