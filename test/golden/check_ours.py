"""Does Python load what hone saved? Run by hand, with the packages of requirements.txt:

    python test/golden/check_ours.py MODEL_FOLDER ours.json
    python test/golden/check_ours.py BASE_FOLDER ours.json --adapter ADAPTER_FOLDER

ours.json holds what hone computed: {"prompts": [[ids]…], "logits": [[[number]…]…]}, or the logits as golden.json writes
them ({"shape", "data"}). Optional: "greedy": [[ids]…], the best token at each of the following positions; and
"texts": [{"text", "ids"}…], what our tokenizer says. Prints one line per comparison and ends with 1 if one failed.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402
from transformers.utils import logging  # noqa: E402

from arrays import unpacked  # noqa: E402


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="folder saved by hone, or the adapter's base")
    parser.add_argument("ours", type=Path, help="JSON with prompts and our logits")
    parser.add_argument("--adapter", type=Path, help="PEFT adapter folder")
    parser.add_argument("--merge", action="store_true", help="merge the adapter into the weights before computing")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    return parser.parse_args()


def load(options: argparse.Namespace) -> torch.nn.Module:
    model, report = AutoModelForCausalLM.from_pretrained(
        options.model, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report[kind]:
            sys.exit(f"FAILED  {options.model}: {kind} {sorted(report[kind])}")
    if options.adapter:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, options.adapter)
        if options.merge:
            model = model.merge_and_unload()
    return model.eval()


def greedy(model: torch.nn.Module, prompt: list[int], count: int) -> list[int]:
    tokens = list(prompt)
    for _ in range(count):
        with torch.no_grad():
            tokens.append(model(input_ids=torch.tensor([tokens])).logits[0, -1].argmax().item())
    return tokens[len(prompt) :]


def main() -> None:
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    options = arguments()
    ours = json.loads(options.ours.read_text())
    model = load(options)
    results = []  # (what, passed, detail)
    for index, (prompt, entry) in enumerate(zip(ours["prompts"], ours["logits"], strict=True)):
        with torch.no_grad():
            theirs = model(input_ids=torch.tensor([prompt])).logits[0]
        mine = unpacked(entry) if isinstance(entry, dict) else torch.tensor(entry)
        if mine.shape != theirs.shape:
            results.append(
                (f"logits of prompt {index}", False, f"shape {list(mine.shape)}, theirs {list(theirs.shape)}")
            )
            continue
        difference = (mine - theirs).abs().max().item()
        results.append(
            (f"logits of prompt {index}", difference <= options.tolerance, f"largest difference {difference:.2e}")
        )
    for index, expected in enumerate(ours.get("greedy", [])):
        tokens = expected["continuation"] if isinstance(expected, dict) else expected
        theirs = greedy(model, ours["prompts"][index], len(tokens))
        results.append((f"greedy continuation {index}", theirs == tokens, f"{len(tokens)} tokens"))
    texts = ours.get("texts", [])
    tokenizer = AutoTokenizer.from_pretrained(options.model) if texts else None
    for entry in texts:
        theirs = tokenizer(entry["text"], add_special_tokens=False)["input_ids"]
        results.append((f"token ids of {entry['text'][:40]!r}", theirs == entry["ids"], f"{len(theirs)} tokens"))
    for what, passed, detail in results:
        print(f"{'ok' if passed else 'FAILED'}  {what}: {detail}")
    if not results:
        sys.exit("FAILED  the JSON holds nothing to compare")
    sys.exit(0 if all(passed for _, passed, _ in results) else 1)


if __name__ == "__main__":
    main()
