"""The talk with the Node side: one JSON command a line in, one JSON answer a line out.

A command starts one repetition and waits for its answer, so that the two sides can take turns on the machine. While it
waits for the next one, a peer uses no processor.
"""

import json
import os
import resource
import sys
import time


class Conversation:
    """Answers go to the real standard output; whatever libraries print goes to standard error."""

    def __init__(self) -> None:
        self._answers = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)
        self.command: dict = {}
        self._read = 0
        self._repetition = 0
        self._started = self._processor = 0.0
        self.baseline = 0

    def open(self) -> dict | None:
        """The first command, which says what the work is; the same command is the first repetition's."""
        return self._next_line()

    def wait(self) -> bool:
        """Waits until a repetition is asked for and starts the clock. False when there will be none."""
        if self._repetition > 0 or self._read == 0:
            first = dict(self.command)
            if self._next_line() is None:
                return False
            if {**first, "id": None} != {**self.command, "id": None}:
                raise ValueError("one process does one work: start another peer for another command")
        self._repetition += 1
        self._started, self._processor = time.perf_counter(), time.process_time()
        return True

    def done(self, **extra) -> None:
        """Stops the clock and answers. `extra` may replace the measured seconds."""
        seconds = time.perf_counter() - self._started
        used = {"seconds": seconds, "processorSeconds": time.process_time() - self._processor}
        answer = {**used, "peakMemoryMb": peak_memory(), "baselineMemoryMb": self.baseline}
        self.answer({**answer, "repetition": self._repetition, **extra})

    def answer(self, value: dict) -> None:
        if "id" in self.command:
            value = {"id": self.command["id"], **value}
        self._answers.write(json.dumps(value) + "\n")

    def _next_line(self) -> dict | None:
        for line in sys.stdin:
            if line.strip():
                self._read += 1
                self.command = json.loads(line)
                return self.command
        return None


def peak_memory() -> int:
    """Largest resident size so far in MB. Linux counts in KB, macOS in bytes."""
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
