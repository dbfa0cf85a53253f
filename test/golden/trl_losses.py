"""trl.json: TRL's losses on fixed inputs, and the token losses of the training client.

Where it says "TRL's own code", the trainer's method runs on a stand-in that carries only the fields the method reads, so
the formula is TRL's and not our reading of it. `source` in each entry names the method, or the place the formula is from.
Everything is computed in float64 and printed with 10 digits.
"""

import contextlib
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import torch
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.grpo_trainer import GRPOTrainer
from trl.trainer.kto_trainer import KTOTrainer
from trl.trainer.rloo_trainer import RLOOTrainer
from trl.trainer.sft_trainer import SFTTrainer
from trl.trainer.utils import nanstd

from arrays import write_json
from token_losses import client_losses, divergences, ppo

ROWS, WIDTH = 4, 6
LENGTHS = [6, 3, 5, 1]


def rounded(value):
    if isinstance(value, torch.Tensor):
        value = value.detach().tolist()
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return float(f"{value:.10g}") + 0.0  # no −0


def fixed_inputs() -> dict:
    """Log-probs far enough apart that some ratios are clipped on either side, for either sign of the advantage."""
    generator = torch.Generator().manual_seed(5)

    def noise(scale: float) -> torch.Tensor:
        return scale * torch.randn(ROWS, WIDTH, generator=generator, dtype=torch.float64)

    old = -torch.rand(ROWS, WIDTH, generator=generator, dtype=torch.float64) * 3 - 0.05
    mask = torch.tensor([[1.0] * length + [0.0] * (WIDTH - length) for length in LENGTHS], dtype=torch.float64)
    inputs = {"logProbs": old + noise(0.3), "oldLogProbs": old, "referenceLogProbs": old + noise(0.4), "mask": mask}
    # Rounded first, so that the file holds exactly what was computed on.
    inputs = {name: (value * 1e6).round() / 1e6 for name, value in inputs.items()}
    inputs["advantages"] = torch.tensor([1.2, -0.7, 0.4, -1.1], dtype=torch.float64)
    return inputs


def value_and_gradient(loss_of, log_probs: torch.Tensor) -> dict:
    log_probs = log_probs.clone().requires_grad_()
    loss = loss_of(log_probs)
    (gradient,) = torch.autograd.grad(loss, log_probs)
    return {"value": rounded(loss.item()), "gradient": rounded(gradient)}


def stand_in(**fields) -> SimpleNamespace:
    same = SimpleNamespace(
        gather=lambda x: x,
        gather_for_metrics=lambda x: x,
        reduce=lambda x, reduction: x,
        num_processes=1,
        sync_gradients=True,
        device=torch.device("cpu"),
        parallelism_config=None,
    )
    metrics = defaultdict(lambda: defaultdict(list))
    common = {
        "accelerator": same,
        "_metrics": metrics,
        "model": SimpleNamespace(training=True),
        "aux_loss_enabled": False,
    }
    return SimpleNamespace(**common, current_gradient_accumulation_steps=1, _total_train_tokens=0, _tp_size=1, **fields)


def policy_inputs(inputs: dict) -> dict:
    """The batch as the GRPO and RLOO trainers see it; prompts are one token and play no part."""
    mask = inputs["mask"]
    return {
        "prompt_ids": torch.ones(ROWS, 1, dtype=torch.long),
        "prompt_mask": torch.ones(ROWS, 1, dtype=torch.long),
        "completion_ids": torch.ones(ROWS, WIDTH, dtype=torch.long),
        "completion_mask": mask,
        "advantages": inputs["advantages"],
        "old_per_token_logps": inputs["oldLogProbs"],
        "old_logps": (inputs["oldLogProbs"] * mask).sum(1),
        "ref_per_token_logps": inputs["referenceLogProbs"],
        "num_items_in_batch": mask.sum(),
    }


def grpo_loss(log_probs, inputs, *, loss_type, epsilon, epsilon_high, beta, level="token", delta=None, max_length=8):
    trainer = stand_in(
        args=SimpleNamespace(delta=delta, use_bias_correction_kl=False, steps_per_generation=1),
        loss_type=loss_type,
        epsilon_low=epsilon,
        epsilon_high=epsilon_high,
        beta=beta,
        importance_sampling_level=level,
        max_completion_length=max_length,
        top_entropy_quantile=1.0,
        off_policy_mask_threshold=None,
        use_vllm=False,
        vllm_importance_sampling_correction=False,
        _entropy_bonus_enabled=False,
        _get_per_token_logps_and_entropies=lambda *a, **k: (log_probs, torch.zeros_like(log_probs), None),
    )
    return GRPOTrainer._compute_loss(trainer, None, policy_inputs(inputs))


def grpo_entries(inputs: dict) -> list[dict]:
    """TRL's own code: GRPOTrainer._compute_loss."""
    plain = {"epsilon": 0.2, "epsilon_high": 0.2, "beta": 0.0}
    higher = {"epsilon": 0.2, "epsilon_high": 0.28, "beta": 0.0}
    penalised = {"epsilon": 0.2, "epsilon_high": 0.28, "beta": 0.04}
    cases = [
        {"loss_type": kind, **setting}
        for kind in ("grpo", "bnpo", "dr_grpo", "dapo")
        for setting in (plain, higher, penalised)
    ]
    cases += [{"loss_type": "grpo", **higher, "level": "sequence"}]  # GSPO
    cases += [{"loss_type": "grpo", **higher, "delta": 1.5}]  # two-sided clipping
    cases += [
        {"loss_type": "cispo", "epsilon": 0.2, "epsilon_high": 1.25, "beta": 0.0}
    ]  # here epsilon_high is the bound itself
    names = {"loss_type": "type", "epsilon_high": "epsilonHigh"}
    return [
        {
            **{names.get(key, key): value for key, value in case.items()},
            "maxCompletionLength": 8,
            **value_and_gradient(lambda log_probs, case=case: grpo_loss(log_probs, inputs, **case), inputs["logProbs"]),
            "source": "GRPOTrainer._compute_loss",
        }
        for case in cases
    ]


def rloo_entry(inputs: dict) -> dict:
    """TRL's own code: RLOOTrainer._compute_loss. One ratio a row, from the summed log-probs."""

    def loss(log_probs):
        trainer = stand_in(
            epsilon_low=0.2,
            epsilon_high=0.2,
            _get_per_token_logps_and_entropies=lambda *a, **k: (log_probs, torch.zeros_like(log_probs), None),
        )
        return RLOOTrainer._compute_loss(trainer, None, policy_inputs(inputs))

    return {
        "epsilon": 0.2,
        "epsilonHigh": 0.2,
        **value_and_gradient(loss, inputs["logProbs"]),
        "source": "RLOOTrainer._compute_loss",
    }


def advantage_entries() -> list[dict]:
    """Group advantages. Formulas of GRPOTrainer._generate_and_score_completions and RLOOTrainer's method of that name, which
    cannot be called apart from generation; the standard deviation is TRL's own `nanstd` (n − 1 in the denominator)."""
    rewards = torch.tensor([1.0, 0.0, 0.0, 0.5, 2.0, 2.0, 2.0, 2.0, -1.0, 0.25, 3.0, 0.75], dtype=torch.float64)
    size = 4
    grouped = rewards.view(-1, size)
    centred = rewards - grouped.mean(1).repeat_interleave(size)
    baseline = (grouped.sum(1, keepdim=True) - grouped) / (size - 1)
    left_out = rewards - baseline.view(-1)
    results = {
        "group": centred / (nanstd(grouped, dim=1).repeat_interleave(size) + 1e-4),
        "batch": centred / (nanstd(rewards) + 1e-4),
        "none": centred,
        "leave one out": left_out,
        "leave one out, normalised": (left_out - left_out.mean()) / (nanstd(left_out) + 1e-4),
    }
    source = "GRPOTrainer._generate_and_score_completions"
    shared = {"rewards": rounded(rewards), "groupSize": size, "epsilon": 1e-4}
    return [
        {
            "scale": name,
            **shared,
            "advantages": rounded(value),
            "source": source.replace("GRPO", "RLOO") if "leave" in name else source,
        }
        for name, value in results.items()
    ]


def fake_outputs(log_probs: torch.Tensor, mask: torch.Tensor) -> SimpleNamespace:
    """What TRL's fused head returns, log-probs zero where the mask is."""
    zeros = torch.zeros_like(log_probs)
    return SimpleNamespace(
        log_probs=log_probs * mask,
        label_mask=mask.bool(),
        entropy=zeros,
        mean_logits=zeros,
        is_top1=zeros.bool(),
        log_sum_sq_probs=zeros,
    )


def sequence_batch(mask: torch.Tensor) -> dict:
    """Input ids one longer than the log-probs, as the trainers shift by one."""
    ids = torch.ones(mask.shape[0], mask.shape[1] + 1, dtype=torch.long)
    shifted = torch.cat([torch.zeros(mask.shape[0], 1, dtype=mask.dtype), mask], 1)
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "completion_mask": shifted.long()}


def sft_entry(inputs: dict) -> dict:
    """TRL's own code: SFTTrainer.compute_loss, loss type nll: the mean over all trained tokens of the batch."""
    mask = inputs["mask"]

    def loss(log_probs):
        args = SimpleNamespace(loss_type="nll", average_tokens_across_devices=False)
        trainer = stand_in(args=args, compute_loss_func=None, label_smoother=None)
        batch = sequence_batch(mask)
        batch = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]}
        return SFTTrainer.compute_loss(trainer, lambda **k: fake_outputs(log_probs, mask), batch)

    return {**value_and_gradient(loss, inputs["logProbs"]), "source": "SFTTrainer.compute_loss"}


def dpo_entries(inputs: dict) -> list[dict]:
    """TRL's own code: DPOTrainer._compute_loss. Rows 0, 1 are chosen and rows 2, 3 rejected: the pairs are (0, 2), (1, 3)."""
    mask, reference = inputs["mask"], (inputs["referenceLogProbs"] * inputs["mask"]).sum(1)

    def loss(log_probs, kind, beta, smoothing):
        trainer = stand_in(
            ld_alpha=None,
            precompute_ref_logps=True,
            f_divergence_type="reverse_kl",
            loss_types=[kind],
            loss_weights=[1.0],
            beta=beta,
            label_smoothing=smoothing,
            use_weighting=False,
        )
        batch = {**sequence_batch(mask), "ref_chosen_logps": reference[:2], "ref_rejected_logps": reference[2:]}
        return DPOTrainer._compute_loss(trainer, lambda **k: fake_outputs(log_probs, mask), batch, False)

    cases = [
        ("sigmoid", 0.1, 0.0),
        ("sigmoid", 0.5, 0.0),
        ("ipo", 0.1, 0.0),
        ("hinge", 0.5, 0.0),
        ("robust", 0.1, 0.1),
        ("sigmoid_norm", 0.5, 0.0),
        ("apo_zero", 0.1, 0.0),
    ]
    return [
        {
            "type": kind,
            "beta": beta,
            "labelSmoothing": smoothing,
            "pairs": [[0, 2], [1, 3]],
            **value_and_gradient(
                lambda log_probs, case=(kind, beta, smoothing): loss(log_probs, *case), inputs["logProbs"]
            ),
            "source": "DPOTrainer._compute_loss",
        }
        for kind, beta, smoothing in cases
    ]


def kto_entries(inputs: dict) -> list[dict]:
    """TRL's own code: KTOTrainer._compute_loss. Rows 0 and 2 are desirable. `kl` is computed from `mismatched` log-probs, those
    of completions paired with other rows' prompts: max(0, mean(Σ policy − Σ reference)), without a gradient."""
    mask, reference = inputs["mask"], (inputs["referenceLogProbs"] * inputs["mask"]).sum(1)
    labels = torch.tensor([True, False, True, False])
    results = []
    for policy_kl, reference_kl in (
        ([-4.0, -3.0, -5.0, -2.0], [-4.5, -3.5, -4.75, -2.5]),
        ([-5.0, -4.0, -5.0, -3.0], [-4.5, -3.5, -4.75, -2.5]),
    ):
        policy_kl, reference_kl = (
            torch.tensor(policy_kl, dtype=torch.float64),
            torch.tensor(reference_kl, dtype=torch.float64),
        )

        def loss(log_probs, policy_kl=policy_kl, reference_kl=reference_kl):
            trainer = stand_in(
                calculate_KL=True,
                precompute_ref_logps=True,
                loss_type="kto",
                beta=0.1,
                desirable_weight=1.0,
                undesirable_weight=1.5,
                _compute_kl_logps=lambda model, batch: policy_kl,
            )
            batch = {**sequence_batch(mask), "label": labels, "ref_logps": reference, "ref_KL_logps": reference_kl}
            return KTOTrainer._compute_loss(trainer, lambda **k: fake_outputs(log_probs, mask), batch, False)

        results.append(
            {
                "beta": 0.1,
                "desirableWeight": 1.0,
                "undesirableWeight": 1.5,
                "desirable": labels.tolist(),
                "mismatched": {"policy": rounded(policy_kl), "reference": rounded(reference_kl)},
                **value_and_gradient(loss, inputs["logProbs"]),
                "source": "KTOTrainer._compute_loss",
            }
        )
    return results


def build(root: Path) -> None:
    inputs = fixed_inputs()
    with contextlib.redirect_stdout(None):
        golden = {
            "formatVersion": 1,
            "inputs": {name: rounded(value) for name, value in inputs.items()},
            "sft": sft_entry(inputs),
            "grpo": grpo_entries(inputs),
            "advantages": advantage_entries(),
            "rloo": rloo_entry(inputs),
            "dpo": dpo_entries(inputs),
            "kto": kto_entries(inputs),
            "ppo": ppo(inputs, value_and_gradient, rounded),
            "divergences": divergences(inputs, value_and_gradient),
            "client": client_losses(inputs, value_and_gradient, rounded),
        }
    write_json(root / "trl.json", golden, compact=True)
    print(f"trl: {len(golden['grpo'])} grpo, {len(golden['dpo'])} dpo, {len(golden['client'])} client losses")
