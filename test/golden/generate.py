"""Writes the golden data of this folder. README.md says what each file holds and how to run this."""

import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import torch  # noqa: E402 (after the environment is set)
import transformers  # noqa: E402

from families import FAMILIES  # noqa: E402
from generalized_advantages import build as build_advantages  # noqa: E402
from kept_tokens import build as build_kept_tokens  # noqa: E402
from model_data import build  # noqa: E402
from policy_gradient import build as build_policy_gradient  # noqa: E402
from trl_losses import build as build_losses  # noqa: E402
from trl_preferences import build as build_preferences  # noqa: E402

ROOT = Path(__file__).resolve().parent


def main(wanted: list[str]) -> None:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.manual_seed(0)
    torch.set_num_threads(1)  # sums in one order on every machine with the same instruction set
    for family in FAMILIES:
        if not wanted or family.name in wanted:
            build(family, ROOT)
    if not wanted or "trl" in wanted:
        build_losses(ROOT)
    if not wanted or "preferences" in wanted:
        build_preferences(ROOT)
    if not wanted or "policy-gradient" in wanted:
        build_policy_gradient(ROOT)
    if not wanted or "kept" in wanted:
        build_kept_tokens(ROOT)
    if not wanted or "advantages" in wanted:
        build_advantages(ROOT)


if __name__ == "__main__":
    main(sys.argv[1:])
