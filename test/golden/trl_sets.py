"""Do datasets and TRL take the files that hone writes? Run by hand, with the packages of requirements.txt:

    python test/golden/trl_sets.py FOLDER…

finds each train.jsonl and train.parquet below the folders, loads it with datasets.load_dataset, and takes one step of TRL's
SFTTrainer (rows with messages, or prompt and completion) or DPOTrainer (rows with chosen and rejected) on the random model
models/qwen2. Prints a line for each file and ends with 1 where one failed. A file fails

- where it does not load, has another number of rows than the file has lines, or differs from its neighbour in the other format;
- where the trainer's tokens do not hold every text of the rows: what is said, and the names of the tools that are called;
- where a row of prompt and completion, or a pair, has arguments of a call that are an object as JSON text, or the tokens do not hold an
  object's arguments as the template writes objects;
- where the step's loss is no number above 0.
"""

import json
import math
import os
import sys
import tempfile
import unicodedata
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import datasets  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402
from transformers.utils import logging  # noqa: E402
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer  # noqa: E402

MODEL = Path(__file__).parent / "models" / "qwen2"
BATCH = 4


def loaded(path: Path, cache: str) -> datasets.Dataset:
    kind = "parquet" if path.suffix == ".parquet" else "json"
    return datasets.load_dataset(kind, data_files=str(path), split="train", cache_dir=cache)


def known(value):
    """The value without the members that other rows of its column have: datasets reads them as None, except in arguments, which are JSON."""
    if isinstance(value, dict):
        return {key: one if key == "arguments" else known(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [known(one) for one in value]
    return value




def lines_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def texts_of(row: dict) -> list[str]:
    """What a model has to see of a row, in the form NFC that the tokenizer gives texts."""
    messages = [message for key in ("messages", "prompt", "completion", "chosen", "rejected") for message in row.get(key, [])]
    calls = [call["function"] for message in messages for call in message.get("tool_calls", [])]
    texts = [message["content"] for message in messages if message.get("content")] + [call["name"] for call in calls]
    texts += [json.dumps(call["arguments"], ensure_ascii=False) for call in calls if isinstance(call["arguments"], dict)]
    if "messages" not in row and any(is_object_text(call["arguments"]) for call in calls):
        raise ValueError("arguments are a text where TRL wants an object")
    return [unicodedata.normalize("NFC", text) for text in texts]


def is_object_text(value) -> bool:
    try:
        return isinstance(value, str) and isinstance(json.loads(value), dict)
    except ValueError:
        return False


def step(dataset: datasets.Dataset, folder: str) -> tuple[str, float, list[list[int]]]:
    """The trainer's name, the loss of one step, and the tokens of each row that it made."""
    is_pairs = "chosen" in dataset.column_names
    trainer_class, config_class = (DPOTrainer, DPOConfig) if is_pairs else (SFTTrainer, SFTConfig)
    config = config_class(
        output_dir=folder,
        per_device_train_batch_size=min(BATCH, len(dataset)),
        max_steps=1,
        max_length=None,
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        report_to=[],
        logging_steps=1,
        save_strategy="no",
        disable_tqdm=True,
        seed=0,
    )
    trainer = trainer_class(
        model=AutoModelForCausalLM.from_pretrained(MODEL),
        args=config,
        train_dataset=dataset,
        processing_class=AutoTokenizer.from_pretrained(MODEL),
    )
    trainer.train()
    made = trainer.train_dataset
    if is_pairs:
        tokens = [row["prompt_ids"] + row["chosen_ids"] + row["rejected_ids"] for row in made]
    else:
        tokens = [row["input_ids"] for row in made]
    return trainer_class.__name__, trainer.state.log_history[0]["loss"], tokens


def check(path: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        dataset = loaded(path, folder)
        rows = [known(row) for row in dataset]
        lines = [known(row) for row in lines_of(path.with_suffix(".jsonl"))]
        if rows != lines:
            different = next((i for i, (a, b) in enumerate(zip(rows, lines)) if a != b), min(len(rows), len(lines)))
            raise ValueError(f"{len(rows)} rows of {len(lines)} lines; line {different + 1} differs: {rows[different]} {lines[different]}")
        trainer, loss, tokens = step(dataset, folder)
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    for row, ids in zip(rows, tokens, strict=True):
        text = tokenizer.decode(ids)
        missing = [one for one in texts_of(row) if one not in text]
        if missing:
            raise ValueError(f"not in the tokens: {missing[0]!r} of {text!r}")
    if not (math.isfinite(loss) and loss > 0):
        raise ValueError(f"loss {loss}")
    return f"{len(rows):>5} rows {sum(map(len, tokens)):>7} tokens  {trainer:<11} loss {loss:.4f}  ok"


def main() -> None:
    logging.set_verbosity_error()
    datasets.disable_progress_bars()
    paths = sorted(path for folder in sys.argv[1:] for path in Path(folder).rglob("train.*") if path.suffix in (".jsonl", ".parquet"))
    if not paths:
        sys.exit(__doc__)
    failed = 0
    for path in paths:
        try:
            line = check(path)
        except Exception as problem:  # the next file is tried all the same
            failed += 1
            line = f"FAILED  {type(problem).__name__}: {problem}"
        print(f"{path!s:<48} {line}", flush=True)
    print(f"{len(paths) - failed} of {len(paths)} files are read and trained on")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
