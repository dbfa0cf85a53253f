"""Do Python and hone agree on what either of them saved? Run by hand, with the packages of requirements.txt:

    node scripts/run.js test/golden/save-ours.ts NEW_FOLDER
    python test/golden/check_ours.py --all NEW_FOLDER

prints one line per folder (each family and a tiny model: saved by hone or by Python, plain, with an adapter, merged). One
folder by itself:

    python test/golden/check_ours.py MODEL_FOLDER ours.json [--adapter ADAPTER_FOLDER]

ours.json holds what hone computed: {"prompts": [[ids]…]} and one or both of "logits": [[[number]…]…], also as golden.json
writes them ({"shape", "data"}), and "logProbs", the same after the softmax. Optional: "greedy": [[ids]…], the best token at
each of the following positions; and "texts": [{"text", "ids"}…], what our tokenizer says. Ends with 1 if something differs.
"""

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402
from transformers.utils import logging  # noqa: E402

from arrays import unpacked  # noqa: E402

TOLERANCE = 1e-4


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, nargs="?", help="folder saved by hone, or the adapter's base")
    parser.add_argument("ours", type=Path, nargs="?", help="JSON with prompts and our numbers")
    parser.add_argument("--adapter", type=Path, help="PEFT adapter folder")
    parser.add_argument("--all", type=Path, help="folder written by save-ours.ts")
    return parser.parse_args()


@dataclass
class Result:
    largest: float = 0.0  # difference of logits or log-probs
    compared: int = 0
    greedy: int = 0
    same_greedy: int = 0
    texts: int = 0
    same_texts: int = 0

    def passed(self) -> bool:
        same = self.same_greedy == self.greedy and self.same_texts == self.texts
        return self.compared > 0 and self.largest <= TOLERANCE and same


def load(folder: Path, adapter: Path | None, by_hone: bool) -> torch.nn.Module:
    # hone saves float32 and must say so in the config; other folders are computed in float32 whatever they hold.
    dtype = "auto" if by_hone else torch.float32
    model, report = AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, attn_implementation="eager", output_loading_info=True
    )
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report[kind]:
            sys.exit(f"FAILED  {folder}: {kind} {sorted(report[kind])}")
    if adapter:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, adapter)
    return model.eval()


def greedy(model: torch.nn.Module, prompt: list[int], count: int) -> list[int]:
    tokens = list(prompt)
    for _ in range(count):
        with torch.no_grad():
            tokens.append(model(input_ids=torch.tensor([tokens])).logits[0, -1].argmax().item())
    return tokens[len(prompt) :]


def compare(folder: Path, adapter: Path | None, ours: dict, by_hone: bool) -> Result:
    model, result = load(folder, adapter, by_hone), Result()
    for index, prompt in enumerate(ours["prompts"]):
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([prompt])).logits[0]
        for key, theirs in (("logits", logits), ("logProbs", torch.log_softmax(logits, -1))):
            if key not in ours:
                continue
            entry = ours[key][index]
            mine = unpacked(entry) if isinstance(entry, dict) else torch.tensor(entry)
            difference = (mine - theirs).abs().max().item() if mine.shape == theirs.shape else float("inf")
            result.largest = max(result.largest, difference)
            result.compared += theirs.numel()
    for index, expected in enumerate(ours.get("greedy", [])):
        tokens = expected["continuation"] if isinstance(expected, dict) else expected
        result.greedy += len(tokens)
        theirs = greedy(model, ours["prompts"][index], len(tokens))
        result.same_greedy += sum(mine == other for mine, other in zip(tokens, theirs, strict=True))
    if ours.get("texts"):
        tokenizer = AutoTokenizer.from_pretrained(folder)
        for entry in ours["texts"]:
            result.texts += 1
            result.same_texts += tokenizer(entry["text"], add_special_tokens=False)["input_ids"] == entry["ids"]
    return result


def main() -> None:
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    options = arguments()
    if options.all:
        entries = json.loads((options.all / "entries.json").read_text())
    elif options.model and options.ours:
        adapter = str(options.adapter) if options.adapter else None
        entries = [{"name": options.model.name, "savedBy": "", "model": str(options.model), "adapter": adapter}]
        entries[0]["ours"] = str(options.ours)
    else:
        sys.exit("give a model folder and a JSON file, or --all")
    row = "{:<28} {:<8} {:>8} {:>20} {:>8} {:>6}  {}"
    print(row.format("folder", "saved by", "numbers", "largest difference", "greedy", "texts", ""))
    failed = 0
    for entry in entries:
        adapter = Path(entry["adapter"]) if entry.get("adapter") else None
        ours = json.loads(Path(entry["ours"]).read_text())
        result = compare(Path(entry["model"]), adapter, ours, entry["savedBy"] == "hone")
        failed += not result.passed()
        words = f"{result.same_greedy}/{result.greedy}", f"{result.same_texts}/{result.texts}"
        verdict = "ok" if result.passed() else "FAILED"
        print(row.format(entry["name"], entry["savedBy"], result.compared, f"{result.largest:.1e}", *words, verdict))
    print(f"{len(entries) - failed} of {len(entries)} agree within {TOLERANCE:g}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
