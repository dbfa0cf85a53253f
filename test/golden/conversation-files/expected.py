"""What Python's apply_chat_template makes of the files of this folder: writes expected.json. Needs transformers."""

import json
from pathlib import Path

from transformers.utils.chat_template_utils import render_jinja_template

here = Path(__file__).parent
template = (here / "shows-values.jinja").read_text()
speakers = {"human": "user", "gpt": "assistant", "observation": "tool", "system": "system"}


def of_sharegpt(one):
    """ShareGPT's messages in the common form, in which templates read them."""
    messages = [{"role": "system", "content": one["system"]}] if "system" in one else []
    for said in one["conversations"]:
        if said["from"] == "function_call":
            call = {"type": "function", "function": json.loads(said["value"])}
            messages.append({"role": "assistant", "content": "", "tool_calls": [call]})
        else:
            messages.append({"role": speakers[said["from"]], "content": said["value"]})
    return messages


def messages_of(one):
    if "conversations" in one:
        return of_sharegpt(one)
    answer = one.get("completion") or one.get("chosen")
    return one["messages"] if answer is None else one.get("prompt", []) + answer


def rendered(one):
    tools = one.get("tools")
    tools = json.loads(tools) if isinstance(tools, str) else tools
    texts, _ = render_jinja_template(
        conversations=[messages_of(one)],
        tools=tools,
        chat_template=template,
        **one.get("chat_template_kwargs", {}),
    )
    return texts[0]


def lines(name):
    return [json.loads(line) for line in (here / name).read_text().splitlines()]


files = {name: lines(name) for name in ["openai.jsonl", "trl.jsonl"]}
files["sharegpt.json"] = json.loads((here / "sharegpt.json").read_text())
expected = {name: [rendered(one) for one in all] for name, all in files.items()}
(here / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")
