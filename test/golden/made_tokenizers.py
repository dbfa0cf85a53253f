"""Small tokenizers in the three shapes found in the wild.

qwen2, qwen3: byte-level BPE, NFC, the GPT-4-like split with single digits. llama: the same with up to three digits and a
begin-of-text token put in front by the post-processor. gemma3: BPE over characters with byte fallback, spaces as "▁".
"""

import json
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from families import Family

CORPUS = [
    "Solve 3x + 7 = 16 for x. Subtract 7 from both sides, then divide by 3. The answer is x = 3.",
    "Solve 5x - 4 = 21 for x. Add 4 to both sides, then divide by 5. The answer is x = 5.",
    "You are a careful assistant who checks every step of the answer before giving it.",
    "The weather in the city is cloudy and the wind comes from the north in the morning.",
    "def solve(a, b, c):\n    return (c - b) / a\n\nprint(solve(3, 7, 16))\n",
    "user asks, assistant answers, system decides; the user thanks the assistant and asks again.",
    "naïve café, Zürich, señor; 日本語の文章です。数学の問題を解く。",
]


def split_pattern(digits: str) -> str:
    """Contractions, letters with one leading sign, digits, punctuation, newlines, spaces: the split of GPT-4's family."""
    return (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
        + digits
        + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )


def byte_level(family: Family, digits: str, merges: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(split_pattern(digits)), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=256 + merges,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[],
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_special_tokens(
        [AddedToken(text, special=True, normalized=False) for text in family.special_tokens.values()]
    )
    return tokenizer


def qwen(family: Family) -> Tokenizer:
    tokenizer = byte_level(family, r"\p{N}", merges=58)
    tokenizer.normalizer = normalizers.NFC()
    if family.name == "qwen3":  # added, but not special: they stay when special tokens are skipped
        tokenizer.add_tokens([AddedToken(text, normalized=False) for text in ("<think>", "</think>")])
    return tokenizer


def llama(family: Family) -> Tokenizer:
    tokenizer = byte_level(family, r"\p{N}{1,3}", merges=60)
    bos = family.special_tokens["bos"]
    template = processors.TemplateProcessing(
        single=f"{bos} $A", pair=f"{bos} $A {bos}:1 $B:1", special_tokens=[(bos, tokenizer.token_to_id(bos))]
    )
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    return tokenizer


def gemma(family: Family) -> Tokenizer:
    """Specials first, then the 256 byte tokens, then characters and merges, as in Gemma's file."""
    specials = list(family.special_tokens.values())
    fallback = [f"<0x{byte:02X}>" for byte in range(256)]
    learner = Tokenizer(models.BPE(unk_token="<unk>"))
    learner.normalizer = normalizers.Replace(" ", "▁")
    learner.pre_tokenizer = pre_tokenizers.Split("▁", behavior="merged_with_next")
    learner.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=176, special_tokens=["<unk>"], show_progress=False)
    )
    learned = json.loads(learner.to_str())["model"]
    pieces = [piece for piece, _ in sorted(learned["vocab"].items(), key=lambda item: item[1]) if piece != "<unk>"]
    vocabulary = {piece: index for index, piece in enumerate([*specials, *fallback, *pieces])}
    merges = [tuple(merge) for merge in learned["merges"]]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", behavior="merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in specials])
    bos = family.special_tokens["bos"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A", pair=f"{bos} $A {bos}:1 $B:1", special_tokens=[(bos, tokenizer.token_to_id(bos))]
    )
    return tokenizer


MAKERS = {"qwen2": qwen, "qwen3": qwen, "llama": llama, "gemma3": gemma}


def save_tokenizer(family: Family, template: str, folder: Path) -> Tokenizer:
    """Writes tokenizer.json, tokenizer_config.json and, for gemma3, the template in a file of its own."""
    tokenizer = MAKERS[family.name](family)
    tokenizer.save(str(folder / "tokenizer.json"))
    special = family.special_tokens
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": 4096,
        "clean_up_tokenization_spaces": family.name == "llama",  # as Meta's files say; it must not change decoding
        "eos_token": special["eos"],
        "pad_token": special["pad"],
        "added_tokens_decoder": {
            str(index): token.__getstate__() for index, token in sorted(tokenizer.get_added_tokens_decoder().items())
        },
    }
    config["bos_token"] = special.get("bos")
    if family.name == "gemma3":  # older files spell a special token as an object
        shape = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
        config["bos_token"] = {"__type": "AddedToken", "content": special["bos"], **shape}
    if "unk" in special:
        config["unk_token"] = special["unk"]
    if family.name == "gemma3":
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    else:
        config["chat_template"] = template
    (folder / "tokenizer_config.json").write_text(
        json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return tokenizer
