"""The Python side of the benchmark: what PyTorch, transformers, PEFT and TRL take for the same work.

Reads one JSON command a line from standard input and answers each with one JSON line. README.md lists the works. A
process does one work only, so that its peak memory is that work's.
"""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

from conversation import Conversation, peak_memory  # noqa: E402 (the environment first)

PLAIN = ("train", "lora", "sample", "product")
TRAINERS = ("grpo", "sft")


def versions() -> dict:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("torch", "transformers", "peft", "trl"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def run(conversation: Conversation, command: dict) -> None:
    work = command.get("work")
    if work == "versions":
        conversation.answer(versions())
        return
    if work not in PLAIN + TRAINERS:
        raise ValueError(f"unknown work {work!r}; known: versions, {', '.join(PLAIN + TRAINERS)}")
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(command.get("threads", 2))
    if work in PLAIN:
        import plain_works as works
    else:
        import trainer_works as works
    conversation.baseline = peak_memory()
    getattr(works, work)(conversation, command)


def main() -> None:
    conversation = Conversation()
    command = conversation.open()
    if command is None:
        return
    try:
        run(conversation, command)
    except Exception as error:  # the Node side shows it in the table's place and goes on
        conversation.answer({"error": f"{type(error).__name__}: {error}"})
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
