"""What transformers says of a pretrained model's folder, for `scripts/smollm2.ts --compare` (not part of the tests):

    python test/golden/pretrained.py FOLDER < conversations.json > out.json

Reads a list of conversations; writes for each: the template's text and its ids, the log-probs of the ids in float32, and the
greedy continuation.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

NEW_TOKENS = 40


def main(folder: str) -> None:
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    rows = []
    for messages in json.load(sys.stdin):
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        ids = tokenizer(text, add_special_tokens=False).input_ids
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0]
            output = model.generate(torch.tensor([ids]), max_new_tokens=NEW_TOKENS, do_sample=False)
        chosen = torch.log_softmax(logits[:-1], -1)[range(len(ids) - 1), ids[1:]]
        greedy = output[0][len(ids) :].tolist()
        rows.append({"text": text, "ids": ids, "logProbs": chosen.tolist(), "greedy": greedy})
    json.dump(rows, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
