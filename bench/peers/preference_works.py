"""Works of TRL's trainers on preferences: whole steps on rows that were not seen before, the reference's pass included."""

import random
import tempfile
from pathlib import Path

import torch
from datasets import Dataset
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer

from conversation import Conversation
from models import small_tokenizer
from trainer_works import TakesTurns, saved_model, settings

PROMPT = 16  # tokens; what follows in a row is the answer


class TokensInOrder:
    """Takes rows of tokens as they come: nothing is to be tokenized, and every batch has the lengths asked for."""

    def _prepare_dataset(self, dataset, *_args):
        return dataset

    def _get_train_sampler(self, train_dataset=None):
        return torch.utils.data.SequentialSampler(train_dataset if train_dataset is not None else self.train_dataset)


class DPO(TokensInOrder, DPOTrainer):
    pass


class KTO(TokensInOrder, KTOTrainer):
    pass


def dpo(conversation: Conversation, command: dict) -> None:
    """One DPO step on a pair for each of the `lengths`; the rejected sides have the same lengths the other way round."""
    lengths = command["lengths"]

    def rows(draw) -> list[dict]:
        return [
            {"prompt_ids": draw(PROMPT), "chosen_ids": draw(length - PROMPT), "rejected_ids": draw(other - PROMPT)}
            for length, other in zip(lengths, reversed(lengths), strict=True)
        ]

    train(conversation, command, DPO, DPOConfig, rows)


def kto(conversation: Conversation, command: dict) -> None:
    """One KTO step on an answer of each of the `lengths`, every second one desirable."""

    def rows(draw) -> list[dict]:
        answers = [draw(length - PROMPT) for length in command["lengths"]]
        return [
            # The mismatched answer is the one of the row before, as the trainer makes it.
            {"prompt_ids": draw(PROMPT), "completion_ids": answer, "KL_completion_ids": answers[i - 1], "label": i % 2 == 0}
            for i, answer in enumerate(answers)
        ]

    train(conversation, command, KTO, KTOConfig, rows)


def train(conversation: Conversation, command: dict, trainer_class: type, config_class: type, rows) -> None:
    tokenizer = small_tokenizer(command["shape"]["vocabulary"])
    source = random.Random(3)

    def draw(count: int) -> list[int]:
        return [source.randrange(2, len(tokenizer)) for _ in range(count)]

    batches = [row for _ in range(command.get("batches", 64)) for row in rows(draw)]
    size = len(command["lengths"])
    with tempfile.TemporaryDirectory() as folder:
        trainer = trainer_class(
            model=saved_model(command, tokenizer, Path(folder) / "model"),
            args=config_class(**settings(command, folder, size), learning_rate=1e-6, max_length=None),
            processing_class=tokenizer,
            train_dataset=Dataset.from_list(batches),
            callbacks=[TakesTurns(conversation, sum(command["lengths"]))],
        )
        trainer.train()
