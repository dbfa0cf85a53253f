"""distillation.json: the loss of distillation from the sampled token, by TRL's own functions, on fixed inputs in float64.

`sampled`: SDPO's and SDFT's distillation_mode "sampled_token" (reverse KL, alpha 1), averaged over the tokens of the batch.
`offPolicy`: the forward KL from the teacher to the student, likewise averaged; over the whole vocabulary by TRL's GKDTrainer (beta 0), over the
teacher's K likeliest tokens, renormalised, by the formula in PyTorch. With a temperature both times its square (arXiv:1503.02531 §2), which
TRL leaves to the learning rate.
"""

from pathlib import Path

import torch
from trl.experimental.gkd import GKDTrainer
from trl.experimental.sdpo.loss_utils import compute_sampled_token_self_distillation_loss

from arrays import write_json

ROWS, WIDTH, VOCABULARY = 3, 5, 7
LENGTHS = [5, 2, 4]


def gkd_divergence(student, teacher, temperature):
    """TRL's own, by row, position and token."""
    return GKDTrainer.generalized_jsd_loss(student, teacher, beta=0, temperature=temperature, reduction="none").sum(-1)


def top_divergence(student, teacher, temperature, count):
    """The teacher's `count` likeliest tokens as the whole of its distribution."""
    values, indices = (teacher / temperature).topk(count, -1)
    log_shares = values.log_softmax(-1)
    log_student = (student / temperature).log_softmax(-1).gather(-1, indices)
    return (log_shares.exp() * (log_shares - log_student)).sum(-1)


def off_policy(student, teacher, mask) -> list[dict]:
    results = []
    for count, temperature in [(VOCABULARY, 1.0), (VOCABULARY, 2.0), (3, 1.0), (3, 2.0), (1, 1.0)]:
        whole = count == VOCABULARY
        each = gkd_divergence(student, teacher, temperature) if whole else top_divergence(student, teacher, temperature, count)
        value = temperature**2 * (each * mask).sum() / mask.sum()
        (gradient,) = torch.autograd.grad(value, student)
        results.append({
            "count": count,
            "temperature": temperature,
            "value": float(f"{value.item():.10g}"),
            "gradient": rounded(gradient),
            "source": "GKDTrainer.generalized_jsd_loss" if whole else "the formula in PyTorch",
        })
    return results


def rounded(values):
    return [[[float(f"{x:.10g}") for x in at] for at in row] for row in values.tolist()]


def main() -> None:
    generator = torch.Generator().manual_seed(11)
    shape = (ROWS, WIDTH, VOCABULARY)
    student, teacher = (torch.randn(shape, generator=generator, dtype=torch.float64).mul(1e4).round() / 1e4 for _ in range(2))
    tokens = torch.randint(VOCABULARY, (ROWS, WIDTH), generator=generator)
    mask = torch.tensor([[1.0] * n + [0.0] * (WIDTH - n) for n in LENGTHS], dtype=torch.float64)

    student.requires_grad_()
    loss = compute_sampled_token_self_distillation_loss(student, teacher, tokens, distillation_alpha=1.0)
    (gradient,) = torch.autograd.grad((loss * mask).sum() / mask.sum(), student)
    write_json(
        Path(__file__).parent / "distillation.json",
        {
            "student": student.detach().tolist(),
            "teacher": teacher.tolist(),
            "tokens": tokens.tolist(),
            "lengths": LENGTHS,
            "sampled": {"gradient": rounded(gradient)},
            "offPolicy": off_policy(student, teacher, mask),
        },
    )


main()
