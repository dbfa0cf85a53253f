"""preferences.json: the losses of TRL's preference trainers on fixed inputs, with their gradients.

As in trl_losses.py, a trainer's own method runs on a stand-in that carries only the fields the method reads, in float64 unless the
method itself casts (ORPO's odds are float32). `source` names the method. Where a method takes sums or means of log-probs, they are taken
here as TRL's concatenated_forward takes them: means for CPO's "ipo" and "simpo" and for ORPO, else sums.
"""

import contextlib
from pathlib import Path
from types import SimpleNamespace

import torch
from trl.experimental.cpo.cpo_trainer import CPOTrainer
from trl.experimental.orpo.orpo_trainer import ORPOTrainer
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.kto_trainer import KTOTrainer
from trl.trainer.reward_trainer import RewardTrainer

from arrays import write_json
from trl_losses import fake_outputs, rounded, sequence_batch, stand_in, value_and_gradient

PAIRS, WIDTH = 3, 6
# Rows 0 to 2 are chosen, rows 3 to 5 rejected: the pairs are (0, 3), (1, 4), (2, 5).
LENGTHS = [6, 3, 1, 2, 5, 6]


def fixed_inputs() -> dict:
    generator = torch.Generator().manual_seed(11)
    shape = (2 * PAIRS, WIDTH)
    old = -torch.rand(*shape, generator=generator, dtype=torch.float64) * 2 - 0.05
    drift = 0.5 * torch.randn(*shape, generator=generator, dtype=torch.float64)
    mask = torch.tensor([[1.0] * length + [0.0] * (WIDTH - length) for length in LENGTHS], dtype=torch.float64)
    inputs = {"logProbs": torch.clamp(old + drift, max=-0.01), "referenceLogProbs": old, "mask": mask}
    return {name: (value * 1e6).round() / 1e6 for name, value in inputs.items()}


def dpo_loss(log_probs, inputs, case: dict):
    mask, reference = inputs["mask"], inputs["referenceLogProbs"]
    if case.get("divergence") == "alpha_divergence":  # its table of limits knows no float64
        log_probs, reference, mask = log_probs.float(), reference.float(), mask.float()
    discount = case.get("tailDiscount")
    trainer = stand_in(
        ld_alpha=discount,
        precompute_ref_logps=discount is None,
        f_divergence_type=case.get("divergence", "reverse_kl"),
        f_alpha_divergence_coef=case.get("divergenceAlpha", 0.5),
        loss_types=list(case["loss"]),
        loss_weights=list(case["loss"].values()),
        beta=case.get("beta", 0.1),
        label_smoothing=case.get("labelSmoothing", 0.0),
        use_weighting=False,
        ref_model=lambda **k: fake_outputs(reference, mask),
        args=SimpleNamespace(
            discopop_tau=case.get("discopopTau", 0.05), gradient_checkpointing=False, gradient_checkpointing_kwargs=None
        ),
    )
    batch = sequence_batch(mask)
    if discount is None:
        sums = (reference * mask).sum(1)
        batch = {**batch, "ref_chosen_logps": sums[:PAIRS], "ref_rejected_logps": sums[PAIRS:]}
    # With a discount the trainer computes the reference itself, with the model's checkpointing turned off meanwhile.
    model = Callable(log_probs, mask)
    trainer.model = model
    return DPOTrainer._compute_loss(trainer, model, batch, False)


class Callable(torch.nn.Module):
    """A model that knows the log-probs it is asked for."""

    def __init__(self, log_probs, mask):
        super().__init__()
        self.outputs = (log_probs, mask)
        self.is_gradient_checkpointing = False

    def forward(self, **_):
        return fake_outputs(*self.outputs)


def dpo_entries(inputs: dict) -> list[dict]:
    single = [
        {"loss": {name: 1.0}, **extra}
        for name, extra in (
            ("sigmoid", {"beta": 0.1}),
            ("sigmoid", {"beta": 0.7}),
            ("sigmoid_norm", {"beta": 0.5}),
            ("hinge", {"beta": 0.5}),
            ("hinge", {"beta": 2.0}),
            ("ipo", {"beta": 0.1}),
            ("exo_pair", {"beta": 0.3, "labelSmoothing": 0.001}),
            ("exo_pair", {"beta": 1.0, "labelSmoothing": 0.1}),
            ("nca_pair", {"beta": 0.3}),
            ("robust", {"beta": 0.3, "labelSmoothing": 0.0}),
            ("robust", {"beta": 0.3, "labelSmoothing": 0.2}),
            ("bco_pair", {"beta": 0.3}),
            ("sppo_hard", {"beta": 0.3}),
            ("aot", {"beta": 0.3, "labelSmoothing": 0.1}),
            ("aot_unpaired", {"beta": 0.3, "labelSmoothing": 0.1}),
            ("apo_zero", {"beta": 0.3}),
            ("apo_down", {"beta": 0.3}),
            ("discopop", {"beta": 0.1}),
            ("discopop", {"beta": 0.3, "discopopTau": 0.5}),
        )
    ]
    others = [
        {"loss": {"sigmoid": 1.0, "sft": 0.5}, "beta": 0.1},
        {"loss": {"sigmoid": 0.8, "bco_pair": 0.2, "sft": 1.0}, "beta": 0.3},
        {"loss": {"sigmoid": 1.0}, "beta": 0.3, "tailDiscount": 0.25},
        {"loss": {"hinge": 1.0}, "beta": 0.3, "divergence": "forward_kl"},
        {"loss": {"sigmoid": 1.0}, "beta": 0.3, "divergence": "js_divergence"},
        {"loss": {"ipo": 1.0}, "beta": 0.3, "divergence": "alpha_divergence", "divergenceAlpha": 0.5},
        {"loss": {"sigmoid": 1.0}, "beta": 0.3, "divergence": "alpha_divergence", "divergenceAlpha": 1.5},
    ]
    return [
        {
            **case,
            **value_and_gradient(lambda log_probs, case=case: dpo_loss(log_probs, inputs, case), inputs["logProbs"]),
            "source": "DPOTrainer._compute_loss",
        }
        for case in single + others
    ]


def answers(log_probs, inputs, *, means: bool):
    """Sums or means of the answers' log-probs, and the chosen answers' negative log-likelihood per token."""
    mask = inputs["mask"]
    sums = (log_probs * mask).sum(1)
    values = sums / mask.sum(1) if means else sums
    chosen = slice(0, PAIRS)
    return values[:PAIRS], values[PAIRS:], -sums[chosen].sum() / mask[chosen].sum()


def cpo_entries(inputs: dict) -> list[dict]:
    def loss(log_probs, case):
        chosen, rejected, likelihood = answers(log_probs, inputs, means=case["loss"] in ("ipo", "simpo"))
        trainer = stand_in(
            alpha=case.get("alpha", 0.0),
            beta=case["beta"],
            loss_type=case["loss"],
            label_smoothing=case.get("labelSmoothing", 0.0),
            simpo_gamma=case.get("gamma", 0.0),
        )
        losses, _, _ = CPOTrainer.cpo_loss(trainer, chosen, rejected)
        return losses.mean() + case["sftWeight"] * likelihood

    cases = [
        {"loss": "sigmoid", "beta": 0.1, "sftWeight": 1.0},
        {"loss": "sigmoid", "beta": 0.3, "labelSmoothing": 0.1, "sftWeight": 0.5},
        {"loss": "hinge", "beta": 0.3, "sftWeight": 1.0},
        {"loss": "ipo", "beta": 0.3, "sftWeight": 0.0},
        {"loss": "simpo", "beta": 2.0, "gamma": 1.0, "sftWeight": 0.0},
        {"loss": "simpo", "beta": 2.5, "gamma": 0.5, "labelSmoothing": 0.1, "sftWeight": 0.2},
        {"loss": "simpo", "beta": 2.0, "gamma": 1.0, "alpha": 0.25, "sftWeight": 0.0},
    ]
    return [
        {
            **case,
            **value_and_gradient(lambda log_probs, case=case: loss(log_probs, case), inputs["logProbs"]),
            "source": "CPOTrainer.cpo_loss",
        }
        for case in cases
    ]


def orpo_entry(inputs: dict, beta: float) -> dict:
    def loss(log_probs):
        chosen, rejected, likelihood = answers(log_probs, inputs, means=True)
        losses, *_ = ORPOTrainer.odds_ratio_loss(stand_in(beta=beta), chosen, rejected)
        return likelihood - losses.mean()

    return {"beta": beta, **value_and_gradient(loss, inputs["logProbs"]), "source": "ORPOTrainer.odds_ratio_loss"}


def kto_entries(inputs: dict) -> list[dict]:
    """Rows 0, 1 and 4 are desirable. `mismatched`: summed log-probs of answers behind other rows' prompts."""
    mask, reference = inputs["mask"], (inputs["referenceLogProbs"] * inputs["mask"]).sum(1)
    labels = torch.tensor([True, True, False, False, True, False])
    policy_kl = torch.tensor([-4.0, -3.0, -5.0, -2.0, -3.25, -6.0], dtype=torch.float64)
    reference_kl = torch.tensor([-4.5, -3.5, -4.75, -2.5, -4.0, -6.5], dtype=torch.float64)

    def loss(log_probs, case):
        trainer = stand_in(
            calculate_KL=case["loss"] == "kto",
            precompute_ref_logps=True,
            loss_type=case["loss"],
            beta=case["beta"],
            desirable_weight=case["desirableWeight"],
            undesirable_weight=case["undesirableWeight"],
            _compute_kl_logps=lambda model, batch: policy_kl + case["shift"],
        )
        batch = {**sequence_batch(mask), "label": labels, "ref_logps": reference, "ref_KL_logps": reference_kl}
        return KTOTrainer._compute_loss(trainer, lambda **k: fake_outputs(log_probs, mask), batch, False)

    cases = [
        {"loss": "kto", "beta": 0.1, "desirableWeight": 1.0, "undesirableWeight": 1.0, "shift": 0.0},
        {"loss": "kto", "beta": 0.5, "desirableWeight": 1.33, "undesirableWeight": 1.0, "shift": 0.0},
        {"loss": "kto", "beta": 0.5, "desirableWeight": 1.0, "undesirableWeight": 1.5, "shift": -2.0},
        {"loss": "apo_zero_unpaired", "beta": 0.3, "desirableWeight": 1.0, "undesirableWeight": 1.5, "shift": 0.0},
    ]
    return [
        {
            **{key: value for key, value in case.items() if key != "shift"},
            "desirable": labels.tolist(),
            "mismatched": {"policy": rounded(policy_kl + case["shift"]), "reference": rounded(reference_kl)},
            **value_and_gradient(lambda log_probs, case=case: loss(log_probs, case), inputs["logProbs"]),
            "source": "KTOTrainer._compute_loss",
        }
        for case in cases
    ]


def reward_entries() -> list[dict]:
    """Bradley–Terry on the rewards of 3 chosen and 3 rejected answers; the gradient is by the rewards, chosen ones first."""
    rewards = torch.tensor([0.7, -0.4, 2.1, 0.2, 0.3, -1.6], dtype=torch.float64)
    margins = torch.tensor([0.5, 0.0, 1.25], dtype=torch.float64)

    def loss(values, case):
        model = lambda **k: SimpleNamespace(logits=values.unsqueeze(-1))  # noqa: E731
        trainer = stand_in(args=SimpleNamespace(center_rewards_coefficient=case.get("centering")))
        inputs = {"attention_mask": torch.ones(6, 1), **({"margin": margins} if case["margins"] else {})}
        if case["margins"]:
            call = model
            model = lambda margin=None, **k: call(**k)  # noqa: E731
        return RewardTrainer.compute_loss(trainer, model, inputs)

    cases = [{"margins": False}, {"margins": True}, {"margins": False, "centering": 0.01}, {"margins": True, "centering": 0.2}]
    return [
        {
            "rewards": rounded(rewards),
            **({"margin": rounded(margins)} if case["margins"] else {}),
            **({"centering": case["centering"]} if "centering" in case else {}),
            **value_and_gradient(lambda values, case=case: loss(values, case), rewards),
            "source": "RewardTrainer.compute_loss",
        }
        for case in cases
    ]


def build(root: Path) -> None:
    inputs = fixed_inputs()
    with contextlib.redirect_stdout(None):
        golden = {
            "formatVersion": 1,
            "inputs": {name: rounded(value) for name, value in inputs.items()},
            "dpo": dpo_entries(inputs),
            "cpo": cpo_entries(inputs),
            "orpo": [orpo_entry(inputs, beta) for beta in (0.1, 1.0)],
            "kto": kto_entries(inputs),
            "reward": reward_entries(),
        }
    write_json(root / "preferences.json", golden, compact=True)
    print(f"preferences: {len(golden['dpo'])} dpo, {len(golden['cpo'])} cpo, {len(golden['kto'])} kto losses")
