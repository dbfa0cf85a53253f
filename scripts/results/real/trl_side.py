"""The same training with TRL and PEFT: the model folder, rows or prompts, adapter and settings that hone's side has.

Argument: a file with the work as JSON (`PeerWork` in peer.ts). Standard output: a line of JSON for each step, then the result.
Before each step it waits for a line on standard input, so that two sides can take turns; the end of the input ends the waiting.
"""

import json
import os
import re
import resource
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import torch  # noqa: E402 (the environment first)
import transformers  # noqa: E402
from datasets import Dataset  # noqa: E402
from peft import LoraConfig  # noqa: E402
from transformers import AutoTokenizer, TrainerCallback  # noqa: E402
from trl import GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer  # noqa: E402

answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()


def say(value: dict) -> None:
    answers.write(json.dumps(value) + "\n")


def processor_now() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


class TakesTurns(TrainerCallback):
    """Waits before each step, and tells how long it took: sampling, rewards, loss, optimizer."""

    def on_step_begin(self, args, state, control, **kwargs):
        sys.stdin.readline()
        self.start, self.processor = time.perf_counter(), processor_now()

    def on_step_end(self, args, state, control, **kwargs):
        self.seconds = time.perf_counter() - self.start
        self.used = processor_now() - self.processor

    def on_log(self, args, state, control, logs=None, **kwargs):
        value = logs.get("reward", logs.get("loss"))
        if value is not None:
            used = {"seconds": self.seconds, "processorSeconds": self.used, "peakMemoryMb": peak_memory()}
            say({"step": state.global_step, **used, "value": float(value)})


class InOrder(SFTTrainer):
    """Takes the rows as they come: they are in the order of hone's batches."""

    def _get_train_sampler(self, train_dataset=None):
        return torch.utils.data.SequentialSampler(self.train_dataset if train_dataset is None else train_dataset)


def settings(work: dict) -> dict:
    return {
        "output_dir": work["out"],
        "per_device_train_batch_size": work["rowsPerStep"],
        "max_steps": work["steps"],
        "learning_rate": work["learningRate"],
        "lr_scheduler_type": "constant",
        "adam_beta1": work["adam"]["beta1"],
        "adam_beta2": work["adam"]["beta2"],
        "adam_epsilon": work["adam"]["epsilon"],
        "weight_decay": work["adam"]["weightDecay"],
        "max_grad_norm": work["adam"]["maxGradientNorm"],
        "use_cpu": True,
        "bf16": False,
        "report_to": [],
        "logging_steps": 1,
        "save_strategy": "no",
        "gradient_checkpointing": False,
        "disable_tqdm": True,
        "seed": work["seed"],
        "model_init_kwargs": {"dtype": "float32"},
    }


def adapter(work: dict) -> LoraConfig:
    lora = work["lora"]
    return LoraConfig(
        r=lora["rank"],
        lora_alpha=lora["alpha"],
        lora_dropout=0.0,
        target_modules=lora["targetModules"],
        task_type="CAUSAL_LM",
    )


def sft(work: dict):
    rows = [{"input_ids": row["tokens"], "completion_mask": row["mask"]} for row in work["rows"]]
    return InOrder(
        model=work["model"],
        # Without this the mask is not read, and prompts are learned, too.
        args=SFTConfig(**settings(work), max_length=None, completion_only_loss=True),
        processing_class=AutoTokenizer.from_pretrained(work["model"]),
        train_dataset=Dataset.from_list(rows),
        peft_config=adapter(work),
        callbacks=[TakesTurns()],
    )


def grpo(work: dict):
    config = GRPOConfig(
        **settings(work),
        num_generations=work["groupSize"],
        max_completion_length=work["maxTokens"],
        beta=0.0,
        loss_type="dapo",
        temperature=1.0,
        top_p=1.0,
        top_k=0,
    )
    return GRPOTrainer(
        model=work["model"],
        args=config,
        processing_class=AutoTokenizer.from_pretrained(work["model"], padding_side="left"),
        train_dataset=Dataset.from_list(work["prompts"]),
        reward_funcs=reward,
        peft_config=adapter(work),
        callbacks=[TakesTurns()],
    )


def reward(completions: list[str], result: list[int], **_) -> list[float]:
    """`scoreCalculation` of calculations.ts."""
    return [score(text, right) for text, right in zip(completions, result, strict=True)]


def score(text: str, right: int) -> float:
    parts = re.fullmatch(r"\s*(\d{1,6})\s*([-+*/])\s*(\d{1,6})\s*", text, re.ASCII)
    if parts is None:
        return 0.0
    a, sign, b = int(parts[1]), parts[2], int(parts[3])
    if sign == "/":
        return 1.0 if b != 0 and a == right * b else 0.2
    return 1.0 if {"+": a + b, "-": a - b, "*": a * b}[sign] == right else 0.2


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        work = json.load(file)
    torch.set_num_threads(work["threads"])
    baseline = peak_memory()
    start = time.perf_counter()
    trainer = sft(work) if work["kind"] == "sft" else grpo(work)
    trainer.train()
    trainer.save_model(work["out"])
    used = {"seconds": time.perf_counter() - start, "processorSeconds": processor_now()}
    say({**used, "peakMemoryMb": peak_memory(), "baselineMemoryMb": baseline, "adapter": work["out"]})


if __name__ == "__main__":
    main()
