"""One family's folder: the model, its tokenizer, its adapters, and golden.json with what PyTorch computes from them."""

import json
import shutil
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

import value_head
from arrays import packed, write_json
from conversations import CONVERSATIONS, EXTRA, REFUSED, TEMPLATES, TRICKY_TEXTS
from families import Family
from made_tokenizers import save_tokenizer

PROMPT_LENGTHS = (7, 13, 22)
GREEDY_TOKENS = 20
GREEDY_VARIETY = 8  # different tokens in every continuation: a model that repeats itself proves little
GREEDY_MARGIN = 5e-3  # between the best and the second logit of every step, so that 1e-4 of noise changes no choice
ALL_LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def write_configs(family: Family, folder: Path, special_ids: dict) -> None:
    ids = {
        "bos_token_id": special_ids.get("bos"),
        "eos_token_id": special_ids["eos"],
        "pad_token_id": special_ids["pad"],
    }
    spellings = {
        "legacy": {**family.shared, **family.legacy, **ids},
        "current": {**family.shared, **family.current, **ids},
    }
    other = "current" if family.config_spelling == "legacy" else "legacy"
    write_json(folder / "alternate-config.json", spellings[other])
    write_json(folder / "config.json", spellings[family.config_spelling])
    parsed = [AutoConfig.for_model(**spellings[name]).rope_parameters for name in ("legacy", "current")]
    assert parsed[0] == parsed[1], f"{family.name}: the two spellings disagree: {parsed}"
    ends = [special_ids["eos"], special_ids.get("eos_text", special_ids["pad"])]
    write_json(folder / "generation_config.json", {**ids, "eos_token_id": ends, **family.generation})


def randomise(model: torch.nn.Module, family: Family, seed: int) -> None:
    """Weights of a size that lets every part matter: norms away from 1, biases away from 0, lively attention."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        if "norm" in name:
            value = (0.0 if family.norms_around_zero else 1.0) + 0.25 * noise
            if family.norms_around_zero and "post_" in name:
                value += 1.0  # these norms set the share of the layers here
        elif name.endswith(".bias"):
            value = 0.3 * noise
        elif "embed_tokens" in name:
            value = (0.15 if family.norms_around_zero else 0.3) * noise  # gemma multiplies embeddings by √width
        elif name.endswith(("o_proj.weight", "down_proj.weight")):
            value = noise * (
                2.5 / parameter.shape[1] ** 0.5
            )  # the layers, not the token itself, decide what comes next
        else:
            value = noise * (1.2 / parameter.shape[1] ** 0.5)
        parameter.data.copy_(value)


def save_model(family: Family, folder: Path, seed: int) -> None:
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder), dtype=torch.float32)
    randomise(model, family, seed)
    model = model.to(getattr(torch, family.dtype))
    config = (folder / "config.json").read_bytes()
    size = sum(parameter.numel() * parameter.element_size() for parameter in model.parameters())
    limit = "50GB" if family.shards == 1 else f"{size // family.shards // 1000 + 20}KB"
    generation = (folder / "generation_config.json").read_bytes()
    for old in folder.glob("model*.safetensors*"):
        old.unlink()
    model.save_pretrained(folder, max_shard_size=limit)
    for file in folder.glob("model*.safetensors"):
        file.chmod(0o644)
    (folder / "config.json").write_bytes(config)
    (folder / "generation_config.json").write_bytes(generation)
    shards = list(folder.glob("model*.safetensors"))
    assert len(shards) == family.shards, f"{family.name}: {shards}"


def open_model(folder: Path) -> torch.nn.Module:
    """Computes in float32 whatever the file holds, attention written out plainly."""
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def logits_of(model: torch.nn.Module, tokens: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return model(input_ids=torch.tensor([tokens])).logits[0]


def greedy(model: torch.nn.Module, prompt: list[int]) -> tuple[list[int], float]:
    """The continuation and the smallest margin by which a token was chosen. No token stops it."""
    tokens, margin = list(prompt), float("inf")
    for _ in range(GREEDY_TOKENS):
        best = torch.topk(logits_of(model, tokens)[-1], 2)
        margin = min(margin, (best.values[0] - best.values[1]).item())
        tokens.append(best.indices[0].item())
    return tokens[len(prompt) :], margin


def make_rows(prompts: list[list[int]], seed: int) -> list[dict]:
    """Inputs, next tokens as targets, and weights of both signs with zeros among them."""
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for prompt in prompts:
        weights = torch.rand(len(prompt) - 1, generator=generator) * 1.5
        weights[torch.rand(len(prompt) - 1, generator=generator) < 0.25] = 0.0
        weights[-2] = -0.5
        rows.append(
            {"input": prompt[:-1], "targets": prompt[1:], "weights": [round(weight, 4) for weight in weights.tolist()]}
        )
    return rows


def weighted_loss(model: torch.nn.Module, rows: list[dict]) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Σ weight · (−log p(target)) over all rows, and the log-probs of the targets."""
    total, log_probs = torch.zeros(()), []
    for row in rows:
        logits = model(input_ids=torch.tensor([row["input"]])).logits[0]
        chosen = torch.log_softmax(logits, -1).gather(-1, torch.tensor(row["targets"])[:, None])[:, 0]
        total = total - (torch.tensor(row["weights"]) * chosen).sum()
        log_probs.append(chosen.detach())
    return total, log_probs


def loss_entry(model: torch.nn.Module, rows: list[dict]) -> dict:
    model.zero_grad()
    loss, log_probs = weighted_loss(model, rows)
    loss.backward()
    gradients = {
        name: packed(parameter.grad) for name, parameter in model.named_parameters() if parameter.requires_grad
    }
    return {"value": loss.item(), "logProbs": [packed(row) for row in log_probs], "gradients": gradients}


def adapter_entry(
    folder: Path, name: str, prompts: list, rows: list, seed: int, targets: list[str], rslora: bool
) -> dict:
    config = LoraConfig(
        r=4, lora_alpha=8, lora_dropout=0.0, target_modules=targets, use_rslora=rslora, task_type="CAUSAL_LM"
    )
    model = get_peft_model(open_model(folder), config)
    generator = torch.Generator().manual_seed(seed)
    for parameter_name, parameter in sorted(model.named_parameters()):
        if "lora_" in parameter_name:
            parameter.data.copy_(torch.randn(parameter.shape, generator=generator) * 0.25)
    path = folder / name
    shutil.rmtree(path, ignore_errors=True)
    model.save_pretrained(path)
    (path / "README.md").unlink(missing_ok=True)
    (path / "adapter_model.safetensors").chmod(0o644)
    settings = json.loads((path / "adapter_config.json").read_text())
    settings["target_modules"] = sorted(settings["target_modules"])  # a set in PEFT: its order is not stable
    settings["base_model_name_or_path"] = f"golden/{folder.name}"
    write_json(path / "adapter_config.json", settings)

    model = PeftModel.from_pretrained(open_model(folder), path, is_trainable=True).eval()
    entry = {"folder": name, "logits": [packed(logits_of(model, prompt)) for prompt in prompts]}
    entry.update(loss_entry(model, rows))
    # PEFT's own names on disk leave the adapter's name out.
    entry["gradients"] = {key.replace(".default.", "."): value for key, value in entry["gradients"].items()}
    entry["mergedLogits"] = packed(logits_of(model.merge_and_unload(), prompts[0]))
    return entry


def adamw_entry(folder: Path, rows: list[dict]) -> dict:
    """Three steps of torch's AdamW on the same rows; learning rate and clipping change, the second is not clipped."""
    model = open_model(folder)
    settings = {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-6, "weightDecay": 0.1}
    optimizer = torch.optim.AdamW(
        model.parameters(),
        betas=(settings["beta1"], settings["beta2"]),
        eps=settings["epsilon"],
        weight_decay=settings["weightDecay"],
    )
    steps = []
    for learning_rate, limit in ((1e-3, 20.0), (2e-3, 1e4), (5e-4, 1.0)):
        optimizer.param_groups[0]["lr"] = learning_rate
        optimizer.zero_grad()
        loss, _ = weighted_loss(model, rows)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), limit)
        optimizer.step()
        steps.append(
            {"learningRate": learning_rate, "maxGradientNorm": limit, "loss": loss.item(), "gradientNorm": norm.item()}
        )
    kept = [
        name
        for name, _ in model.named_parameters()
        if name.endswith("norm.weight") or "layers.0." in name and "_proj" in name
    ]
    parameters = dict(model.named_parameters())
    return {**settings, "steps": steps, "parameters": {name: packed(parameters[name]) for name in kept}}


def text_entries(family: Family, folder: Path) -> tuple[list, list, list]:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    chat = []
    for name, messages, extra in [*CONVERSATIONS, *EXTRA[family.name]]:
        for generation in (False, True):
            text = tokenizer.apply_chat_template(messages, add_generation_prompt=generation, tokenize=False, **extra)
            ids = tokenizer(text, add_special_tokens=False)["input_ids"]
            chat.append(
                {
                    "name": name,
                    "messages": messages,
                    "arguments": extra,
                    "addGenerationPrompt": generation,
                    "text": text,
                    "ids": ids,
                }
            )
    if family.name in REFUSED:
        name, messages = REFUSED[family.name]
        chat.append({"name": name, "messages": messages, "arguments": {}, "addGenerationPrompt": True, "refused": True})
    keep, skip = {"skip_special_tokens": False}, {"skip_special_tokens": True}
    texts = []
    for text in TRICKY_TEXTS:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        entry = {"text": text, "ids": ids, "idsWithSpecial": tokenizer(text)["input_ids"]}
        entry["decoded"] = tokenizer.backend_tokenizer.decode(ids, **keep)
        entry["decodedWithoutSpecial"] = tokenizer.backend_tokenizer.decode(ids, **skip)
        texts.append(entry)
    emoji = tokenizer("x 🙂 語", add_special_tokens=False)["input_ids"]
    cut = [
        {"ids": emoji[:length], "decoded": tokenizer.backend_tokenizer.decode(emoji[:length], **keep)}
        for length in range(1, len(emoji) + 1)
    ]
    return chat, texts, cut


def build(family: Family, root: Path) -> None:
    folder = root / "models" / family.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokenizer = save_tokenizer(family, TEMPLATES[family.name], folder)
    assert tokenizer.get_vocab_size() <= family.shared["vocab_size"], tokenizer.get_vocab_size()
    special_ids = {role: tokenizer.token_to_id(text) for role, text in family.special_tokens.items()}
    write_configs(family, folder, special_ids)
    text = "Solve 3x + 7 = 16 for x. The wind comes from Zürich, 日本! Then divide both sides."
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    start = [special_ids["bos"]] if "bos" in special_ids else [special_ids["turn"]]
    prompts = [start + ids[index : index + length - 1] for index, length in enumerate(PROMPT_LENGTHS)]

    for seed in range(100):
        save_model(family, folder, seed)
        model = open_model(folder)
        continuations = [greedy(model, prompt) for prompt in prompts]
        margin = min(margin for _, margin in continuations)
        variety = min(len(set(tokens)) for tokens, _ in continuations)
        if margin > GREEDY_MARGIN and variety >= GREEDY_VARIETY:
            break
    else:
        raise RuntimeError(f"{family.name}: no seed gave a model with clear, varied continuations")
    rows = make_rows(prompts, seed=11)
    chat, texts, cut = text_entries(family, folder)
    golden = {
        "formatVersion": 1,
        "family": family.name,
        "seed": seed,
        "prompts": prompts,
        "logits": [packed(logits_of(model, prompt)) for prompt in prompts],
        "greedy": [{"prompt": prompt, "continuation": tokens} for prompt, (tokens, _) in zip(prompts, continuations)],
        "greedyMargin": margin,
        "rows": rows,
        "loss": loss_entry(model, rows),
        "adapters": [
            adapter_entry(folder, "adapter-qv", prompts, rows, 21, ["q_proj", "v_proj"], False),
            adapter_entry(folder, "adapter-all", prompts, rows, 22, ALL_LINEAR, family.rslora),
        ],
        "adamw": adamw_entry(folder, rows),
        "chat": chat,
        "tokenizer": texts,
        "cutTexts": cut,
        "specialTokenIds": special_ids,
    }
    write_json(folder / "golden.json", golden, compact=True)
    value_head.build(folder, rows)
    print(
        f"{family.name}: seed {seed}, margin {margin:.3g}, loss {golden['loss']['value']:.4f}, adamw {golden['adamw']['steps']}"
    )
