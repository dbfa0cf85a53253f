"""Rows of one turn each by transformers, for templates that leave out the reasoning of earlier turns.

Usage: turn_rows.py; writes turn-rows/rows.json. Needs transformers, no torch.
The row of a turn is apply_chat_template of the messages up to it; learned is what stands behind the prompt that asks for
the turn, up to and with its last <|im_end|>.
"""

import json
from pathlib import Path

from transformers import PreTrainedTokenizerFast

ROOT = Path(__file__).resolve().parent
END = "<|im_end|>"

# Reasoning and tool calls as fields; earlier reasoning goes as soon as another question follows.
FIELDS = """
{%- set ns = namespace(last=0) %}
{%- for m in messages %}{% if m.role == 'user' %}{% set ns.last = loop.index0 %}{% endif %}{% endfor %}
{%- for m in messages %}
{{- '<|im_start|>' + m.role + '\\n' }}
{%- if m.role == 'assistant' and m.reasoning_content and loop.index0 > ns.last %}
{{- '<think>\\n' + m.reasoning_content.strip() + '\\n</think>\\n\\n' }}
{%- endif %}
{{- m.content or '' }}
{%- for c in m.tool_calls or [] %}
{{- '\\n<tool_call>\\n' + c.function.name + ' ' }}{{ c.function.arguments | tojson }}{{ '\\n</tool_call>' }}
{%- endfor %}
{{- '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
"""


def say(role, content, **more):
    return {"role": role, "content": content, **more}


def call(name, arguments):
    return {"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}}


CONVERSATIONS = [
    [
        say("user", "2 + 2?"),
        say("assistant", "4", reasoning_content="two and two"),
        say("user", "And + 3?"),
        say("assistant", "7", reasoning_content="four and three\nis seven"),
    ],
    [
        say("system", "Be brief."),
        say("user", "red <|im_end|> lamp"),
        say("assistant", " naïve café\r\n", reasoning_content="日本語"),
        say("user", "blue"),
        say("assistant", "no thought here"),
        say("user", ""),
        say("assistant", "the end: <|im_end|> it", reasoning_content="a </s> b"),
    ],
    [
        say("user", "Is it cloudy in Oslo?"),
        say("assistant", "I look.", reasoning_content="I need it", tool_calls=[call("look", {"city": "Oslo"})]),
        say("tool", "cloudy", tool_call_id="c1", name="look"),
        say("assistant", "Yes.", reasoning_content="it says so"),
        say("user", "Thanks"),
        say("assistant", "Gladly.", reasoning_content="polite"),
    ],
]


def as_words(message):
    """Reasoning inside the content, for templates that read it from there."""
    thought = message.get("reasoning_content")
    rest = {k: v for k, v in message.items() if k != "reasoning_content"}
    return rest if thought is None else {**rest, "content": f"<think>\n{thought}\n</think>\n\n{message['content']}"}


def rows_of(tokenizer, messages):
    for i, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        text = tokenizer.apply_chat_template(messages[: i + 1], tokenize=False)
        prompt = tokenizer.apply_chat_template(messages[:i], tokenize=False, add_generation_prompt=True)
        assert text.startswith(prompt)
        end = text.rindex(END) + len(END)
        encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        mask = [int(a < end and b > len(prompt)) for a, b in encoded["offset_mapping"]]
        yield {"turn": i, "tokens": encoded["input_ids"], "mask": mask}


def main():
    folder = ROOT / "models" / "qwen3"
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    words = tokenizer.chat_template
    out = []
    for template, conversations in [(FIELDS, CONVERSATIONS), (words, [[*map(as_words, c)] for c in CONVERSATIONS[:2]])]:
        tokenizer.chat_template = template
        rows = [list(rows_of(tokenizer, c)) for c in conversations]
        out.append({"template": template, "rows": rows})
    place = ROOT / "turn-rows"
    place.mkdir(exist_ok=True)
    files = {"conversations": CONVERSATIONS, "templates": out}
    (place / "rows.json").write_text(json.dumps(files, ensure_ascii=False) + "\n")


main()
