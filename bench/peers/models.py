"""The model every work runs on: a Qwen2 of the shape given, random weights from a seed."""

import random

import torch
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM


def qwen2(shape: dict, dtype: str, *, vocabulary: int | None = None, **extra) -> Qwen2ForCausalLM:
    """`shape`: vocabulary, width, layers, heads, keyValueHeads, feedForward. `dtype` "bf16" holds the weights so."""
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=vocabulary or shape["vocabulary"],
        hidden_size=shape["width"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape.get("keyValueHeads", shape["heads"]),
        intermediate_size=shape["feedForward"],
        tie_word_embeddings=True,
        max_position_embeddings=2048,
        **{"bos_token_id": None, "eos_token_id": 1, "pad_token_id": 1, **extra},
    )
    model = Qwen2ForCausalLM(config)
    return model.to(torch.bfloat16) if dtype == "bf16" else model


def equations(count: int, seed: int) -> list[str]:
    source = random.Random(seed)
    return [
        f"Solve {source.randint(2, 9)}x + {source.randint(1, 20)} = {source.randint(21, 99)} for x."
        for _ in range(count)
    ]


def small_tokenizer(vocabulary: int) -> PreTrainedTokenizerFast:
    """Byte-level BPE learnt from equations, at most `vocabulary` tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=["<pad>", "<end>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(equations(3000, seed=1), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>")
