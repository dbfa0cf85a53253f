"""Renders chat templates with transformers' own Jinja environment and with hone, and prints how many texts are equal.

    python test/golden/compare_templates.py FOLDER [--show N] [--module packages/hone/src/text/chat-template.ts]

FOLDER holds templates (*.jinja). They are public files of others: fetched for a measurement, never committed. Where Python
raises an error, hone is to raise one as well. --show prints the first N differences. --module measures another version.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import datetime

from transformers.utils.chat_template_utils import _compile_jinja_template

ROOT = pathlib.Path(__file__).parents[2]
NOW = datetime(2026, 1, 5, 9, 7, 3)
SPECIALS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}

SYSTEM = {"role": "system", "content": "You are a careful assistant."}
QUESTION = {"role": "user", "content": "Solve 3x + 7 = 16 for x."}
ANSWER = {"role": "assistant", "content": "Subtract 7, divide by 3: x = 3."}
MORE = {"role": "user", "content": "  Thanks!\nAnd 5x − 4 = 21? 🙂 日本語 <b>&amp;</b>  "}
ARGUMENTS = {"by": 3, "exactly": True, "unit": None, "why": "it's \"3x\" – ü", "steps": [1, 2.5, {"a": []}]}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "divide",
            "description": "Divides both sides, <exactly> & quickly – ü",
            "parameters": {
                "type": "object",
                "properties": {
                    "by": {"type": "number", "description": "The divisor.", "enum": [1, 2.5, 3]},
                    "unit": {"type": ["string", "null"], "default": None},
                    "steps": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
                },
                "required": ["by"],
            },
        },
    },
    {"type": "function", "function": {"name": "stop", "description": "", "parameters": {"type": "object", "properties": {}}}},
]


def call(arguments, id="call00001", name="divide"):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def calling(calls, **more):
    return {"role": "assistant", "content": "", "tool_calls": calls, **more}


RESULT = {"role": "tool", "content": '{"x": 3}', "name": "divide", "tool_call_id": "call00001"}
CALL = calling([call(ARGUMENTS)])
THOUGHT = {"role": "assistant", "content": "x = 5", "reasoning_content": "Add 4, so 25;\n25 / 5 = 5."}
IMAGE = {"role": "user", "content": [{"type": "image", "image": "a.png"}, {"type": "text", "text": "What is it?"}]}

# name → messages, further variables; each is rendered with and without the generation prompt.
CONVERSATIONS = {
    "question": ([QUESTION], {}),
    "system": ([SYSTEM, QUESTION], {}),
    "several turns": ([SYSTEM, QUESTION, ANSWER, MORE, ANSWER], {}),
    "empty texts": ([{"role": "system", "content": ""}, {"role": "user", "content": ""}], {}),
    "tools": ([SYSTEM, QUESTION], {"tools": TOOLS}),
    "call with an object": ([QUESTION, CALL, RESULT, ANSWER, MORE], {"tools": TOOLS}),
    "call with a text": ([SYSTEM, QUESTION, calling([call(json.dumps(ARGUMENTS))]), RESULT], {"tools": TOOLS}),
    "call without words": ([QUESTION, {**CALL, "content": None}, RESULT], {"tools": TOOLS}),
    "two calls at once": (
        [QUESTION, calling([call({"by": 3}), call({}, "call00002", "stop")]), RESULT, {**RESULT, "tool_call_id": "call00002", "name": "stop"}],
        {"tools": TOOLS},
    ),
    "reasoning": ([QUESTION, THOUGHT, MORE, {**THOUGHT, "thinking": "Once more."}], {}),
    "thought in the words": ([QUESTION, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nx = 3"}, MORE], {}),
    "thinking switched off": ([SYSTEM, QUESTION], {"enable_thinking": False, "thinking": False}),
    "parts with an image": ([SYSTEM, IMAGE, ANSWER], {}),
    "parts of text": ([{"role": "user", "content": [{"type": "text", "text": " Solve "}, {"type": "text", "text": "it."}]}], {}),
    "developer": ([{"role": "developer", "content": "Be brief."}, QUESTION], {"tools": TOOLS}),
    "documents": ([QUESTION], {"documents": [{"title": "T", "text": "x is 3", "contents": "x is 3", "doc_id": 1}]}),
    "roles that do not alternate": ([QUESTION, MORE, ANSWER, ANSWER], {}),
    "marks of a template in a text": ([{"role": "user", "content": "{{ x }} {% if %} {# # \\n 'q'"}], {}),
}


def python_text(source, row):
    try:
        template = _compile_jinja_template(source)
        return {"text": template.render(**SPECIALS, **row, strftime_now=NOW.strftime)}
    except Exception as error:  # whatever Python raises, hone is to refuse too
        return {"error": f"{type(error).__name__}: {error}"}


def rows_of(files):
    for file in files:
        source = file.read_text(encoding="utf-8")
        for name, (messages, variables) in CONVERSATIONS.items():
            for prompt in (False, True):
                given = {"messages": messages, "add_generation_prompt": prompt, "tools": None, "documents": None, **variables}
                yield {"file": file.name, "conversation": name, "source": source, "given": given, **python_text(source, given)}


def our_texts(rows, module):
    with tempfile.TemporaryDirectory() as folder:
        given, found = pathlib.Path(folder, "given.json"), pathlib.Path(folder, "found.json")
        keys = ("source", "given")
        given.write_text(json.dumps({"specials": SPECIALS, "rows": [{key: row[key] for key in keys} for row in rows]}))
        command = ["node", "scripts/run.js", "test/golden/render-templates.ts", str(module), str(given), str(found)]
        subprocess.run(command, cwd=ROOT, check=True)
        return json.loads(found.read_text())


def verdict(row, ours):
    if "text" in row:
        return "alike" if ours.get("text") == row["text"] else "refused by hone" if "error" in ours else "different"
    return "both refuse" if "error" in ours else "only Python refuses"


def show(row, ours):
    print(f"\n== {row['file']} · {row['conversation']} · {row['given']['add_generation_prompt']}")
    python, hone = row.get("text", row.get("error")), ours.get("text", ours.get("error"))
    at = next((i for i, (a, b) in enumerate(zip(python, hone)) if a != b), min(len(python), len(hone)))
    print("  Python:", repr(python[max(0, at - 40) : at + 80]))
    print("  hone:  ", repr(hone[max(0, at - 40) : at + 80]))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=pathlib.Path)
    options.add_argument("--show", type=int, default=0)
    options.add_argument("--module", type=pathlib.Path, default=ROOT / "packages/hone/src/text/chat-template.ts")
    given = options.parse_args()
    files = sorted(given.folder.glob("*.jinja*"))
    rows = list(rows_of(files))
    verdicts = Counter()
    per_conversation = {name: Counter() for name in CONVERSATIONS}
    for row, ours in zip(rows, our_texts(rows, given.module.resolve()), strict=True):
        found = verdict(row, ours)
        verdicts[found] += 1
        per_conversation[row["conversation"]][found] += 1
        if found not in ("alike", "both refuse") and given.show > 0:
            given.show -= 1
            show(row, ours)
    rendered = verdicts["alike"] + verdicts["different"] + verdicts["refused by hone"]
    print(f"\n{len(files)} templates, {len(rows)} renderings; Python renders {rendered} and refuses {len(rows) - rendered}\n")
    columns = ["alike", "different", "refused by hone", "both refuse", "only Python refuses"]
    print("| conversation | " + " | ".join(columns) + " |\n|---|" + "--:|" * len(columns))
    for name, counts in [*per_conversation.items(), ("all", verdicts)]:
        print(f"| {name} | " + " | ".join(str(counts[column]) for column in columns) + " |")
    print(f"\nalike: {verdicts['alike']} of {rendered} ({100 * verdicts['alike'] / max(1, rendered):.2f} %)")


if __name__ == "__main__":
    sys.exit(main())
