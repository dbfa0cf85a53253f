"""The likeliest tokens of llama.cpp. Arguments: a file with prompts as JSON, a GGUF file, and an adapter's file or nothing."""

import json
import sys

from llama_cpp import Llama


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        work = json.load(file)
    adapter = sys.argv[3] if len(sys.argv) > 3 else None
    model = Llama(sys.argv[2], n_ctx=1024, n_threads=2, n_threads_batch=2, lora_path=adapter, verbose=False)
    prompts = [model.tokenize(text.encode(), add_bos=False, special=True) for text in work["texts"]]
    print(json.dumps({"prompts": prompts, "replies": [greedy(model, tokens, work) for tokens in prompts]}))


def greedy(model: Llama, prompt: list[int], work: dict) -> list[int]:
    """Tokens until one that ends a reply, which belongs to them, or as many as are asked for."""
    model.reset()
    reply = []
    for token in model.generate(prompt, top_k=1, temp=0.0, repeat_penalty=1.0):
        reply.append(token)
        if token in work["stops"] or len(reply) == work["maxTokens"]:
            return reply
    return reply


if __name__ == "__main__":
    main()
