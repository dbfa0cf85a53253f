"""The other side of the benchmark: what PyTorch, transformers, PEFT, TRL and llama.cpp take for the same work.

Reads one JSON command a line from standard input and answers each with one JSON line. README.md lists the works. A
process does one work only, so that its peak memory is that work's.
"""

import os
from importlib import import_module

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

from conversation import Conversation, peak_memory  # noqa: E402 (the environment first)

MODULES = {
    **dict.fromkeys(("train", "lora", "sample", "product"), "plain_works"),
    **dict.fromkeys(("grpo", "rloo", "sft"), "trainer_works"),
    **dict.fromkeys(("dpo", "kto"), "preference_works"),
    "ppo": "ppo_works",
    "llama": "llama_works",
}


def versions() -> dict:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("torch", "transformers", "peft", "trl", "llama-cpp-python"):
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
    if work not in MODULES:
        raise ValueError(f"unknown work {work!r}; known: versions, {', '.join(MODULES)}")
    if work != "llama":
        load_torch(command.get("threads", 2))
    works = import_module(MODULES[work])
    conversation.baseline = peak_memory()
    getattr(works, work)(conversation, command)


def load_torch(threads: int) -> None:
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(threads)


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
