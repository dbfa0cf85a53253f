"""SFT or DPO with TRL from the same start, on the same rows in the same batches, with the settings that hone's side has.

Argument: a file with the work as JSON (`trlSteps` in beside-trl.ts). Standard output: a line of JSON for each step; the model is saved.
"""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import torch  # noqa: E402 (the environment first)
import transformers  # noqa: E402
from datasets import Dataset  # noqa: E402
from transformers import AutoTokenizer, TrainerCallback  # noqa: E402
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer  # noqa: E402

answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()


class InOrder:
    """Takes the rows as they come: they are in the order of hone's batches."""

    def _get_train_sampler(self, train_dataset=None):
        return torch.utils.data.SequentialSampler(self.train_dataset if train_dataset is None else train_dataset)


class SFT(InOrder, SFTTrainer):
    pass


class DPO(InOrder, DPOTrainer):
    def _prepare_dataset(self, dataset, *_args):
        """The rows are tokens already."""
        return dataset


class Tells(TrainerCallback):
    def on_log(self, args, state, control, logs=None, **kwargs):
        if "loss" in logs:
            margin = logs.get("rewards/margins")
            answers.write(json.dumps({"step": state.global_step, "loss": logs["loss"], "margin": margin}) + "\n")


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        work = json.load(file)
    torch.set_num_threads(work["threads"])
    adam = work["adam"]
    settings = {
        "output_dir": work["out"],
        "per_device_train_batch_size": work["batchSize"],
        "max_steps": work["steps"],
        "learning_rate": work["learningRate"],
        "lr_scheduler_type": "constant",
        "adam_beta1": 0.9,
        "adam_beta2": adam["beta2"],
        "adam_epsilon": 1e-8,
        "weight_decay": 0.0,
        "max_grad_norm": adam["maxGradientNorm"],
        "max_length": None,
        "use_cpu": True,
        "bf16": False,
        "report_to": [],
        "logging_steps": 1,
        "save_strategy": "no",
        "gradient_checkpointing": False,
        "disable_tqdm": True,
        "seed": 0,
        "model_init_kwargs": {"dtype": "float32"},
    }
    is_sft = work["kind"] == "sft"
    trainer = (SFT if is_sft else DPO)(
        model=work["model"],
        args=SFTConfig(**settings, completion_only_loss=True) if is_sft else DPOConfig(**settings, beta=work["beta"]),
        processing_class=AutoTokenizer.from_pretrained(work["model"]),
        train_dataset=Dataset.from_list(work["rows"]),
        callbacks=[Tells()],
    )
    trainer.train()
    trainer.save_model(work["out"])


if __name__ == "__main__":
    main()
