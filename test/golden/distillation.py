"""distillation.json: the loss of distillation from the sampled token, by TRL's own functions, on fixed inputs in float64.

`sampled`: SDPO's and SDFT's distillation_mode "sampled_token" (reverse KL, alpha 1), averaged over the tokens of the batch.
"""

from pathlib import Path

import torch
from trl.experimental.sdpo.loss_utils import compute_sampled_token_self_distillation_loss

from arrays import write_json

ROWS, WIDTH, VOCABULARY = 3, 5, 7
LENGTHS = [5, 2, 4]


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
            "sampled": {"gradient": [[[float(f"{x:.10g}") for x in at] for at in row] for row in gradient.tolist()]},
        },
    )


main()
