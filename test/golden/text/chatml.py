"""Reference for our ChatML template: its text in chatml.jinja rendered by transformers (version of ../requirements.txt).

    python test/golden/text/chatml.py

reads chatml.jinja (a copy of the constant in packages/hone/src/text/chatml.ts; a test compares them) and writes chatml.json.
"""

import json
from pathlib import Path

from transformers.utils.chat_template_utils import render_jinja_template

HERE = Path(__file__).parent
SYSTEM = {"role": "system", "content": "Be brief."}
QUESTION = {"role": "user", "content": "  3x + 7 = 16?\n"}
ANSWER = {"role": "assistant", "content": "x = 3"}
TOOL = {"type": "function", "function": {"name": "divide", "description": "by <n> & more, ü", "parameters": {"type": "object", "properties": {}}}}
CALL = {
    "role": "assistant",
    "content": "I divide.",
    "tool_calls": [
        {"id": "1", "type": "function", "function": {"name": "divide", "arguments": {"by": 3, "why": ["it's 3x", None, 0.5, True]}}},
        {"id": "2", "type": "function", "function": {"name": "divide", "arguments": "not JSON \"at all\""}},
    ],
}
RESULT = {"role": "tool", "content": "x = 3", "tool_call_id": "1"}
CONVERSATIONS = [
    ([QUESTION], None),
    ([SYSTEM, QUESTION, ANSWER, QUESTION], None),
    ([SYSTEM, QUESTION], [TOOL]),
    ([QUESTION, CALL, RESULT, ANSWER], [TOOL, TOOL]),
    ([QUESTION, CALL], None),
]

template = (HERE / "chatml.jinja").read_text(encoding="utf-8")
golden = []
for messages, tools in CONVERSATIONS:
    for generation_prompt in (False, True):
        texts, _ = render_jinja_template([messages], tools=tools, chat_template=template, add_generation_prompt=generation_prompt)
        golden.append({"messages": messages, "tools": tools, "generationPrompt": generation_prompt, "text": texts[0]})
(HERE / "chatml.json").write_text(json.dumps(golden, ensure_ascii=True, indent=1) + "\n")
