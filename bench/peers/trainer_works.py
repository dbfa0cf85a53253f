"""Works of TRL's trainers, whole steps with everything around them.

A trainer cannot be asked for one step, so it trains on and a callback makes it wait at the start of each step. A
repetition lasts from there to the start of the next step: sampling, rewards, loss, optimizer, logging, the next batch.
"""

import random
import tempfile
from pathlib import Path

import torch
from datasets import Dataset
from transformers import TrainerCallback
from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer, SFTConfig, SFTTrainer

from conversation import Conversation
from models import equations, qwen2, small_tokenizer

ENOUGH_STEPS = 100_000  # the Node side says when to stop


class TakesTurns(TrainerCallback):
    def __init__(self, conversation: Conversation, tokens: int) -> None:
        self.conversation = conversation
        self.tokens = tokens
        self.running = False

    def on_step_begin(self, args, state, control, **kwargs):
        if self.running:
            self.conversation.done(tokens=self.tokens)
        self.running = self.conversation.wait()
        if not self.running:
            raise SystemExit(0)


def settings(command: dict, folder: str, rows: int) -> dict:
    return {
        "output_dir": folder,
        "per_device_train_batch_size": rows,
        "max_steps": ENOUGH_STEPS,
        "use_cpu": True,
        "report_to": [],
        "logging_steps": 1,
        "save_strategy": "no",
        "bf16": command["dtype"] != "f32",
        "gradient_checkpointing": False,
        "disable_tqdm": True,
        "seed": 0,
    }


def grpo(conversation: Conversation, command: dict) -> None:
    """One GRPO step: `rollouts` completions of exactly `tokens` tokens in groups of `groupSize`, a cheap reward, one update."""
    rollout_steps(conversation, command, GRPOTrainer, GRPOConfig)


def rloo(conversation: Conversation, command: dict) -> None:
    """One RLOO step, likewise; without its KL term, so that no reference is run."""
    rollout_steps(conversation, command, RLOOTrainer, RLOOConfig)


def rollout_steps(conversation: Conversation, command: dict, trainer_class: type, config_class: type) -> None:
    tokenizer = small_tokenizer(command["shape"]["vocabulary"])
    with tempfile.TemporaryDirectory() as folder:
        model_folder = saved_model(command, tokenizer, Path(folder) / "model")
        config = config_class(
            **settings(command, folder, command["rollouts"]),
            num_generations=command["groupSize"],
            max_completion_length=command["tokens"],
            beta=0.0,
            temperature=1.0,
            learning_rate=1e-5,
            generation_kwargs={"min_new_tokens": command["tokens"]},
        )
        trainer = trainer_class(
            model=model_folder,
            args=config,
            processing_class=tokenizer,
            train_dataset=Dataset.from_list([{"prompt": text} for text in equations(1000, seed=2)]),
            reward_funcs=variety,
            callbacks=[TakesTurns(conversation, command["rollouts"] * command["tokens"])],
        )
        trainer.train()


def variety(completions: list[str], **_) -> list[float]:
    return [float(len(set(text)) % 7) / 7 for text in completions]


def saved_model(command: dict, tokenizer, folder: Path) -> str:
    ids = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    qwen2(command["shape"], "f32", vocabulary=len(tokenizer), **ids).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


class InOrder(SFTTrainer):
    """Takes the rows as they come, so that every batch has the lengths asked for."""

    def _get_train_sampler(self, train_dataset=None):
        return torch.utils.data.SequentialSampler(train_dataset if train_dataset is not None else self.train_dataset)


def sft(conversation: Conversation, command: dict) -> None:
    """One SFT step on rows of the given `lengths`, the loss on the last two thirds of each row."""
    lengths, vocabulary = command["lengths"], command["shape"]["vocabulary"]
    tokenizer = small_tokenizer(vocabulary)
    source = random.Random(3)
    rows = [
        {
            "input_ids": [source.randrange(2, len(tokenizer)) for _ in range(length)],
            "completion_mask": [0] * (length // 3) + [1] * (length - length // 3),
        }
        for _ in range(command.get("batches", 64))
        for length in lengths
    ]
    with tempfile.TemporaryDirectory() as folder:
        trainer = InOrder(
            model=saved_model(command, tokenizer, Path(folder) / "model"),
            # Without this the mask is not read.
            args=SFTConfig(**settings(command, folder, len(lengths)), max_length=None, completion_only_loss=True),
            processing_class=tokenizer,
            train_dataset=Dataset.from_list(rows),
            callbacks=[TakesTurns(conversation, sum(lengths))],
        )
        trainer.train()
