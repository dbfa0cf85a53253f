"""Reference for the BPE trainer: the same texts through Python's tokenizers (the version of ../requirements.txt).

    python test/golden/text/bpe.py

writes bpe.json: the merges that BpeTrainer learns, and the ids and decodings of texts that are hard to cut.
"""

import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

CUT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
    r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
VOCABULARY_SIZE = 420
TEXTS = [
    "Solve for x: 3x + 7 = 16. Subtract 7 from both sides, then divide both sides by 3.\n",
    "Solve for y: 12y - 40 = 8. Add 40 to both sides, then divide both sides by 12.\n",
    "the theory of the other: then, there, these; that'll do. It's ababab aaaaaa abcabcabc.\n" * 3,
    "e\u0301tude, I'll, WE'VE, they'llama. Größe naïve café, привет мир, 你好世界, こんにちは, 🙂🙃👩\u200d👩\u200d👧.\n" * 2,
    "  indented\n\tcode() {\n    return 0;\n}\r\n\r\n",
]
CASES = [
    "Solve for z: 25z + 7 = 132.",
    "<|im_start|>user\nthe other side<|im_end|>\n",
    "a<|im_end|>b <|im_end|> <|im_end",
    " leading, trailing  ",
    "a ,b . c ! d ? do n't , it 's",
    "tabs\t\tand\r\nlines\n\n\n  end \n",
    "1234567890 ½ Ⅷ ٣ 3.14",
    "I'll WE'VE they'llama '\u017f Größe e\u0301 ﬁ naïve",
    "你好，世界！こんにちは 안녕하세요",
    "🙂👩\u200d👩\u200d👧🏽 𝔘𝔫𝔦",
    "\ufeffbom \u0085next \u00a0nbsp \u3000wide \u200bzero",
    "\x00\x01\x7f control",
    "x" * 300,
]

trained = Tokenizer(models.BPE())
trained.normalizer = normalizers.NFC()
trained.pre_tokenizer = pre_tokenizers.Sequence(
    [
        pre_tokenizers.Split(Regex(CUT), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
)
trained.decoder = decoders.ByteLevel()
trained.train_from_iterator(
    TEXTS,
    trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        special_tokens=SPECIALS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    ),
)
encodings = [trained.encode(text).ids for text in CASES]
golden = {
    "vocabularySize": VOCABULARY_SIZE,
    "specials": SPECIALS,
    "texts": TEXTS,
    "merges": json.loads(trained.to_str())["model"]["merges"],
    "cases": [
        {"text": text, "ids": ids, "decoded": trained.decode(ids, skip_special_tokens=False)}
        for text, ids in zip(CASES, encodings)
    ],
}
out = Path(__file__).with_name("bpe.json")
out.write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")) + "\n")
