"""Decoding with llama.cpp, through the functions of its C library: what its own programs call, and nothing around it."""

import logging

import llama_cpp

from conversation import Conversation


def llama(conversation: Conversation, command: dict) -> None:
    """As `sample` of plain_works.py, on the weights in `file`. The prompt is computed once, then shared, as in ours."""
    logging.getLogger("llama-cpp-python").setLevel(logging.ERROR)
    llama_cpp.llama_backend_init()
    decoder = Decoder(command["file"], command["batch"], command["tokens"], command.get("threads", 2))
    prompt = [1] * command.get("promptLength", 8)
    while conversation.wait():
        decoder.decode(prompt)
        conversation.done(tokens=command["tokens"] * command["batch"], steps=command["tokens"])


class Decoder:
    """`sequences` sequences of `tokens` new tokens each; llama.cpp's defaults but for the numbers given."""

    def __init__(self, file: str, sequences: int, tokens: int, threads: int) -> None:
        model_parameters = llama_cpp.llama_model_default_params()
        model_parameters.use_mmap = False
        model = llama_cpp.llama_model_load_from_file(file.encode(), model_parameters)
        if model is None:
            raise RuntimeError(f"llama.cpp does not load {file}")
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = 256 * sequences
        parameters.n_seq_max = sequences
        parameters.n_threads = parameters.n_threads_batch = threads
        self.context = llama_cpp.llama_init_from_model(model, parameters)
        if self.context is None:
            raise RuntimeError("llama.cpp makes no context")
        self.memory = llama_cpp.llama_get_memory(self.context)
        self.sampler = llama_cpp.llama_sampler_init_dist(0)
        self.sequences, self.tokens = sequences, tokens

    def decode(self, prompt: list[int]) -> None:
        llama_cpp.llama_memory_clear(self.memory, True)
        self.run([(token, position, 0) for position, token in enumerate(prompt)])
        for sequence in range(1, self.sequences):
            llama_cpp.llama_memory_seq_cp(self.memory, 0, sequence, -1, -1)
        new = [self.draw(-1) for _ in range(self.sequences)]
        for position in range(len(prompt), len(prompt) + self.tokens - 1):
            self.run([(token, position, sequence) for sequence, token in enumerate(new)])
            new = [self.draw(row) for row in range(self.sequences)]

    def run(self, rows: list[tuple[int, int, int]]) -> None:
        """One pass over tokens with their positions and sequences; logits of each sequence's last."""
        batch = llama_cpp.llama_batch_init(len(rows), 0, 1)
        batch.n_tokens = len(rows)
        for i, (token, position, sequence) in enumerate(rows):
            batch.token[i], batch.pos[i] = token, position
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, sequence
            batch.logits[i] = i + 1 == len(rows) or rows[i + 1][2] != sequence
        code = llama_cpp.llama_decode(self.context, batch)
        llama_cpp.llama_batch_free(batch)
        if code != 0:
            raise RuntimeError(f"llama_decode answered {code}")

    def draw(self, row: int) -> int:
        """A token from the whole distribution of a row of logits."""
        return llama_cpp.llama_sampler_sample(self.sampler, self.context, row)
