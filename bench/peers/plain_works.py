"""Works in plain PyTorch, transformers and PEFT. Each prepares once and then does one repetition per command."""

import statistics
import time

import torch

from conversation import Conversation
from models import qwen2


def train(conversation: Conversation, command: dict) -> None:
    """One step on `batch` rows of `length` tokens: forward, backward, AdamW on all weights. dtype f32, amp or bf16."""
    model = qwen2(command["shape"], command["dtype"])
    run_steps(conversation, command, model, torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True))


def lora(conversation: Conversation, command: dict) -> None:
    """One PEFT LoRA step. `rank` (alpha is twice that), `targets`; otherwise as train."""
    from peft import LoraConfig, get_peft_model

    adapter = LoraConfig(r=command["rank"], lora_alpha=2 * command["rank"], target_modules=command["targets"])
    model = get_peft_model(qwen2(command["shape"], command["dtype"]), adapter)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    run_steps(conversation, command, model, torch.optim.AdamW(trained, lr=1e-4))


def run_steps(
    conversation: Conversation, command: dict, model: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> None:
    generator = torch.Generator().manual_seed(1)
    rows = (command["batch"], command["length"])
    while conversation.wait():
        tokens = torch.randint(0, command["shape"]["vocabulary"], rows, generator=generator)
        with torch.autocast("cpu", torch.bfloat16, enabled=command["dtype"] == "amp"):
            loss = model(input_ids=tokens, labels=tokens).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        conversation.done(tokens=tokens.numel(), loss=loss.item())


def sample(conversation: Conversation, command: dict) -> None:
    """`generate`: `batch` sequences, a prompt of `promptLength`, `tokens` new ones each, from the whole distribution, no stop."""
    model = qwen2(command["shape"], command["dtype"], eos_token_id=None).eval()
    prompt = torch.ones((command["batch"], command.get("promptLength", 8)), dtype=torch.long)
    mask = torch.ones_like(prompt)
    while conversation.wait():
        with torch.inference_mode():
            out = model.generate(
                prompt,
                attention_mask=mask,
                do_sample=True,
                top_k=0,
                max_new_tokens=command["tokens"],
                eos_token_id=None,
                pad_token_id=1,
            )
        new = out.shape[1] - prompt.shape[1]
        if new != command["tokens"]:
            raise RuntimeError(f"generated {new} tokens of {command['tokens']}")
        conversation.done(tokens=new * command["batch"], steps=new)


def product(conversation: Conversation, command: dict) -> None:
    """x·wᵀ of rows × inner × columns, the median of `repeats`: the ceiling. Answers seconds of one product."""
    dtype = torch.bfloat16 if command["dtype"] == "bf16" else torch.float32
    rows, inner, columns = command["rows"], command["inner"], command["columns"]
    left, right = torch.randn(rows, inner, dtype=dtype), torch.randn(columns, inner, dtype=dtype)
    while conversation.wait():
        times = []
        for _ in range(command.get("repeats", 10)):
            start = time.perf_counter()
            torch.nn.functional.linear(left, right)
            times.append(time.perf_counter() - start)
        seconds = statistics.median(times)
        conversation.done(seconds=seconds, gigaOperationsPerSecond=2 * rows * inner * columns / seconds / 1e9)
