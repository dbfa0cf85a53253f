"""Conversations with tools, rendered by transformers with chat templates in the manner of each family, in our own words.

Usage: tool_templates.py [folder]; the committed ones are in tools/. Needs transformers, no torch.

For families whose templates know no tools (gemma, smollm2) the conversation is first written as docs/tools.md says it is: this
script does that on its own, so that hone's way is compared with a second one.
"""

import json
import sys
from pathlib import Path

from transformers.utils.chat_template_utils import render_jinja_template

SPECIALS = {"bos_token": "<s>", "eos_token": "</s>"}

CHATML_TURNS = r"""{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}"""

# Qwen and Hermes: JSON between marks; results between marks in a turn of the user. `call` writes one call.
def chatml(call, thoughts=False):
    thought = (
        r"""{%- if message.reasoning_content and loop.index0 > ns.last %}{{- '<think>\n' + message.reasoning_content + '\n</think>\n\n' }}{%- endif %}"""
        if thoughts
        else ""
    )
    return (
        r"""{%- set ns = namespace(last=-1) %}
{%- for message in messages %}{%- if message.role == 'user' %}{%- set ns.last = loop.index0 %}{%- endif %}{%- endfor %}
{%- if tools %}
{{- '<|im_start|>system\n' }}
{%- if messages[0].role == 'system' %}{{- messages[0].content + '\n\n' }}{%- endif %}
{{- 'Functions:\n<tools>' }}
{%- for tool in tools %}{{- '\n' + (tool | tojson) }}{%- endfor %}
{{- '\n</tools><|im_end|>\n' }}
{%- elif messages[0].role == 'system' %}
{{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}
{%- endif %}
{%- for message in messages %}
{%- if message.role == 'user' %}
{{- '<|im_start|>user\n' + message.content + '<|im_end|>\n' }}
{%- elif message.role == 'assistant' %}
{{- '<|im_start|>assistant\n' }}"""
        + thought
        + r"""{{- message.content }}
{%- for item in message.tool_calls or [] %}
{%- if not loop.first or message.content %}{{- '\n' }}{%- endif %}
{%- set f = item.function %}"""
        + call
        + r"""{%- endfor %}
{{- '<|im_end|>\n' }}
{%- elif message.role == 'tool' %}
{%- if loop.index0 == 0 or messages[loop.index0 - 1].role != 'tool' %}{{- '<|im_start|>user' }}{%- endif %}
{{- '\n<tool_response>\n' + message.content + '\n</tool_response>' }}
{%- if loop.last or messages[loop.index0 + 1].role != 'tool' %}{{- '<|im_end|>\n' }}{%- endif %}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}"""
    )


HERMES_CALL = r"""{{- '<tool_call>\n' + ({'name': f.name, 'arguments': f.arguments} | tojson) + '\n</tool_call>' }}"""
CODER_CALL = r"""{{- '<tool_call>\n<function=' + f.name + '>\n' }}
{%- for key, value in f.arguments.items() %}
{{- '<parameter=' + key + '>\n' + (value | tojson if value is mapping or (value is sequence and value is not string) else value | string) + '\n</parameter>\n' }}
{%- endfor %}
{{- '</function>\n</tool_call>' }}"""
GLM_CALL = r"""{{- '<tool_call>' + f.name + '\n' }}
{%- for key, value in f.arguments.items() %}
{{- '<arg_key>' + key + '</arg_key>\n<arg_value>' + (value if value is string else value | tojson) + '</arg_value>\n' }}
{%- endfor %}
{{- '</tool_call>' }}"""

LLAMA3 = r"""{{- bos_token + '<|start_header_id|>system<|end_header_id|>\n\n' }}
{%- if tools %}
{{- 'Environment: ipython\nReply with a function call in JSON.\n\n' }}
{%- for tool in tools %}{{- (tool | tojson(indent=4)) + '\n\n' }}{%- endfor %}
{%- endif %}
{{- '<|eot_id|>' }}
{%- for message in messages %}
{%- if message.tool_calls %}
{%- if message.tool_calls | length != 1 %}{{- raise_exception('one call at a time') }}{%- endif %}
{%- set f = message.tool_calls[0].function %}
{{- '<|start_header_id|>assistant<|end_header_id|>\n\n{"name": "' + f.name + '", "parameters": ' + (f.arguments | tojson) + '}<|eot_id|>' }}
{%- elif message.role == 'tool' %}
{{- '<|start_header_id|>ipython<|end_header_id|>\n\n' + (message.content | tojson) + '<|eot_id|>' }}
{%- else %}
{{- '<|start_header_id|>' + message.role + '<|end_header_id|>\n\n' + message.content | trim + '<|eot_id|>' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{%- endif %}"""

MISTRAL_LIST = r"""{{- bos_token }}
{%- if tools %}{{- '[AVAILABLE_TOOLS] ' + (tools | tojson) + '[/AVAILABLE_TOOLS]' }}{%- endif %}
{%- for message in messages %}
{%- if message.role == 'user' %}{{- '[INST] ' + message.content + '[/INST]' }}
{%- elif message.role == 'tool' %}
{%- if message.tool_call_id | length != 9 %}{{- raise_exception('ids of nine characters') }}{%- endif %}
{{- '[TOOL_RESULTS] {"content": ' + (message.content | tojson) + ', "call_id": "' + message.tool_call_id + '"}[/TOOL_RESULTS]' }}
{%- elif message.tool_calls %}
{{- '[TOOL_CALLS] [' }}
{%- for item in message.tool_calls %}
{%- set out = item.function | tojson %}
{{- out[:-1] + ', "id": "' + item.id + '"}' + (']' if loop.last else ', ') }}
{%- endfor %}
{{- eos_token }}
{%- else %}{{- ' ' + message.content + eos_token }}{%- endif %}
{%- endfor %}"""

MISTRAL_ARGS = r"""{{- bos_token }}
{%- if tools %}{{- '[AVAILABLE_TOOLS]' + (tools | tojson) + '[/AVAILABLE_TOOLS]' }}{%- endif %}
{%- for message in messages %}
{%- if message.role == 'user' %}{{- '[INST]' + message.content + '[/INST]' }}
{%- elif message.role == 'tool' %}{{- '[TOOL_RESULTS]' + message.tool_call_id + '[TOOL_CONTENT]' + message.content + '[/TOOL_RESULTS]' }}
{%- else %}
{{- message.content }}
{%- for item in message.tool_calls or [] %}{{- '[TOOL_CALLS]' + item.function.name + '[CALL_ID]' + item.id + '[ARGS]' + (item.function.arguments | tojson) }}{%- endfor %}
{{- eos_token }}
{%- endif %}
{%- endfor %}"""

DEEPSEEK = r"""{{- bos_token }}
{%- for message in messages %}
{%- if message.role == 'user' %}{{- '<｜User｜>' + message.content }}
{%- elif message.role == 'tool' %}
{%- if messages[loop.index0 - 1].role != 'tool' %}{{- '<｜tool▁outputs▁begin｜>' }}{%- endif %}
{{- '<｜tool▁output▁begin｜>' + message.content + '<｜tool▁output▁end｜>' }}
{%- if loop.last or messages[loop.index0 + 1].role != 'tool' %}{{- '<｜tool▁outputs▁end｜>' }}{%- endif %}
{%- elif message.role == 'system' %}{{- message.content }}
{%- else %}
{{- '<｜Assistant｜>' + message.content }}
{%- for item in message.tool_calls or [] %}
{{- ('<｜tool▁calls▁begin｜>' if loop.first else '\n') + '<｜tool▁call▁begin｜>function<｜tool▁sep｜>' + item.function.name + '\n```json\n' + item.function.arguments + '\n```<｜tool▁call▁end｜>' + ('<｜tool▁calls▁end｜>' if loop.last else '') }}
{%- endfor %}
{{- eos_token }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<｜Assistant｜>' }}{%- endif %}"""

SMOLLM3 = r"""{{- '<|im_start|>system\n' }}
{%- if messages[0].role == 'system' %}{{- messages[0].content + '\n\n' }}{%- endif %}
{%- if xml_tools %}
{{- '### Tools\n\n<tools>\n' }}
{%- for tool in xml_tools %}{{- (tool | string) + '\n' }}{%- endfor %}
{{- '</tools>\n\nCall within <tool_call></tool_call>.\n' }}
{%- endif %}
{{- '<|im_end|>\n' }}
{%- for message in messages %}
{%- if message.role == 'tool' %}{{- '<|im_start|>user\n' + message.content + '<|im_end|>\n' }}
{%- elif message.role != 'system' %}{{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}"""

GEMMA = r"""{{- bos_token }}
{%- if messages[0].role == 'system' %}
{%- set opening = messages[0].content + '\n\n' %}
{%- set turns = messages[1:] %}
{%- else %}
{%- set opening = '' %}
{%- set turns = messages %}
{%- endif %}
{%- for message in turns %}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}{{- raise_exception('turns must alternate') }}{%- endif %}
{{- '<start_of_turn>' + ('model' if message.role == 'assistant' else message.role) + '\n' + (opening if loop.first else '') + (message.content | trim) + '<end_of_turn>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<start_of_turn>model\n' }}{%- endif %}"""

# Gemma 4: values in a notation of its own, results behind the calls in the model's own turn.
GEMMA4 = r"""{%- macro write(value) -%}
{%- if value is string -%}{{ '<|"|>' + value + '<|"|>' }}
{%- elif value is boolean -%}{{ 'true' if value else 'false' }}
{%- elif value is mapping -%}{{ '{' }}{%- for key, inner in value.items() -%}{{ ('' if loop.first else ',') + key + ':' + write(inner) }}{%- endfor -%}{{ '}' }}
{%- elif value is sequence -%}{{ '[' }}{%- for inner in value -%}{{ ('' if loop.first else ',') + write(inner) }}{%- endfor -%}{{ ']' }}
{%- else -%}{{ value | string }}
{%- endif -%}
{%- endmacro -%}
{{- bos_token }}
{%- if tools %}{{- '<|turn>system\n' }}{%- for tool in tools %}{{- '<|tool>' + tool.function.name + (tool.function.parameters | tojson) + '<tool|>' }}{%- endfor %}{{- '<turn|>\n' }}{%- endif %}
{%- for message in messages %}
{%- if message.role == 'user' %}{{- '<|turn>user\n' + message.content + '<turn|>\n' }}
{%- elif message.role == 'tool' %}{{- '<|turn>tool\n<|tool_response>' + write(message.content) + '<tool_response|><turn|>\n' }}
{%- else %}
{{- '<|turn>model\n' + message.content }}
{%- for item in message.tool_calls or [] %}{{- '<|tool_call>call:' + item.function.name + write(item.function.arguments) + '<tool_call|>' }}{%- endfor %}
{{- '<turn|>\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|turn>model\n' }}{%- endif %}"""

# Cohere: an empty thought, then a list between marks.
COHERE = r"""{{- bos_token }}
{%- if tools %}{{- '<|TURN|><|SYSTEM|>' + (tools | tojson) + '<|END_TURN|>' }}{%- endif %}
{%- for message in messages %}
{%- if message.role == 'user' %}{{- '<|TURN|><|USER|>' + message.content + '<|END_TURN|>' }}
{%- elif message.role == 'tool' %}{{- '<|TURN|><|SYSTEM|><|START_TOOL_RESULT|>' + message.content + '<|END_TOOL_RESULT|><|END_TURN|>' }}
{%- elif message.tool_calls %}
{{- '<|TURN|><|CHATBOT|><|START_THINKING|><|END_THINKING|>' + message.content + '<|START_ACTION|>[' }}
{%- for item in message.tool_calls %}
{{- '\n    {"tool_call_id": "' + (loop.index0 | string) + '", "tool_name": ' + (item.function.name | tojson) + ', "parameters": ' + (item.function.arguments | tojson) + '}' + ('' if loop.last else ',') }}
{%- endfor %}
{{- '\n]<|END_ACTION|><|END_TURN|>' }}
{%- else %}{{- '<|TURN|><|CHATBOT|><|START_THINKING|><|END_THINKING|>' + message.content + '<|END_TURN|>' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|TURN|><|CHATBOT|><|START_THINKING|><|END_THINKING|>' }}{%- endif %}"""

# MiniMax M2: names as attributes.
ATTRIBUTE_CALL = r"""{{- ('<m:tool_call>\n' if loop.first else '') + '<invoke name="' + f.name + '">\n' }}
{%- for key, value in f.arguments.items() %}
{{- '<parameter name="' + key + '">' + (value if value is string else value | tojson) + '</parameter>\n' }}
{%- endfor %}
{{- '</invoke>' + ('\n</m:tool_call>' if loop.last else '') }}"""

# Kimi K2: names with a prefix and a number.
NUMBERED_CALL = r"""{{- ('<|calls_begin|>' if loop.first else '') + '<|call_begin|>functions.' + f.name + ':' + (loop.index0 | string) + '<|call_argument_begin|>' + (f.arguments | tojson) + '<|call_end|>' + ('<|calls_end|>' if loop.last else '') }}"""

# LFM2: calls as Python writes them.
PYTHON_CALL = r"""{{- ('<|call_start|>[' if loop.first else ' ') + f.name + '(' }}
{%- for key, value in f.arguments.items() %}{{- ('' if loop.first else ', ') + key + '=' + (value | tojson if value is not boolean else ('True' if value else 'False')) }}{%- endfor %}
{{- ')' + (']<|call_end|>' if loop.last else ',') }}"""

# name → template, end of a turn, and whether the family shows tools, writes calls and results, wants texts, takes two calls
FAMILIES = {
    "hermes": (chatml(HERMES_CALL), "<|im_end|>", {}),
    "qwen3": (chatml(HERMES_CALL, thoughts=True), "<|im_end|>", {"thinks": True}),
    "qwen3-coder": (chatml(CODER_CALL), "<|im_end|>", {}),
    "glm": (chatml(GLM_CALL), "<|im_end|>", {}),
    "gemma4": (GEMMA4, "<turn|>", {}),
    "cohere": (COHERE, "<|END_TURN|>", {"wordless": True}),
    "minimax": (chatml(ATTRIBUTE_CALL), "<|im_end|>", {}),
    "kimi": (chatml(NUMBERED_CALL), "<|im_end|>", {}),
    "lfm2": (chatml(PYTHON_CALL), "<|im_end|>", {}),
    "llama3": (LLAMA3, "<|eot_id|>", {"single": True}),
    "mistral-list": (MISTRAL_LIST, "</s>", {"wordless": True}),
    "mistral-args": (MISTRAL_ARGS, "</s>", {}),
    "deepseek": (DEEPSEEK, "</s>", {"texts": True, "prompted": "native"}),
    "smollm3": (SMOLLM3, "<|im_end|>", {"xml": True}),
    "smollm2": (CHATML_TURNS, "<|im_end|>", {"prompted": "words"}),
    "gemma": (GEMMA, "<end_of_turn>", {"prompted": "words"}),
}

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "The weather in a city, in °C & \"words\".",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "days": {"type": "integer"}, "exact": {"type": "boolean"}},
                "required": ["city"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "add",
            "description": "Adds numbers.",
            "parameters": {"type": "object", "properties": {"numbers": {"type": "array", "items": {"type": "number"}}}},
        },
    },
]


def call(name, arguments, id):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def conversation(flags):
    weather = call("weather", {"city": 'São "Paulo"', "days": 2, "exact": True}, "callaaaa1")
    add = call("add", {"numbers": [1, 2.5]}, "callaaaa2")
    thinks = {"reasoning_content": "I look first."} if flags.get("thinks") else {}
    first = [{"role": "assistant", "content": "", "tool_calls": [weather] if flags.get("single") else [weather, add], **thinks}]
    results = [{"role": "tool", "content": '{"t": 21}', "tool_call_id": "callaaaa1", "name": "weather"}]
    if not flags.get("single"):
        results.append({"role": "tool", "content": "3.5", "tool_call_id": "callaaaa2", "name": "add"})
    words = "" if flags.get("single") or flags.get("wordless") else "Once more."
    return [
        {"role": "user", "content": "What is the weather?"},
        *first,
        *results,
        {"role": "assistant", "content": "It is 21 °C."},
        {"role": "user", "content": "And tomorrow?"},
        {"role": "assistant", "content": words, "tool_calls": [call("weather", {"city": "Rio"}, "callaaaa3")]},
        {"role": "tool", "content": "rain", "tool_call_id": "callaaaa3", "name": "weather"},
        {"role": "assistant", "content": "Rain."},
    ]


HERMES_EXAMPLE = '<tool_call>\n{"name": "tool_name", "arguments": {"argument": "value"}}\n</tool_call>'
DEEPSEEK_EXAMPLE = "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>tool_name\n```json\n{\"argument\":\"value\"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>"


def tool_prompt(example):
    lines = "\n".join(json.dumps(tool["function"], ensure_ascii=False, separators=(",", ":")) for tool in TOOLS)
    return (
        "# Tools\n\nYou can call these functions, one JSON object a line with the name, what it does and the JSON Schema of its arguments:\n"
        f"<tools>\n{lines}\n</tools>\n\nTo call one, write its name and its arguments in this form, once for each call:\n{example}\n"
        "What it returns comes in the next message."
    )


def written(message):
    """Calls as words, with their arguments as the TypeScript side gets them."""
    calls = "\n".join(
        f'<tool_call>\n{{"name": "{c["function"]["name"]}", "arguments": {json.dumps(c["function"]["arguments"], ensure_ascii=False)}}}\n</tool_call>'
        for c in message.get("tool_calls", [])
    )
    if not calls:
        return message
    content = message["content"]
    return {"role": "assistant", "content": f"{content}\n{calls}" if content else calls}


def as_words(messages):
    turns = []
    for message in map(written, messages):
        if message["role"] == "tool":
            text = f"<tool_response>\n{message['content']}\n</tool_response>"
            if turns and turns[-1].get("open"):
                turns[-1]["content"] += "\n" + text
            else:
                turns.append({"role": "user", "content": text, "open": True})
        elif message["role"] == "user" and turns and turns[-1].get("open"):
            turns[-1]["content"] += "\n" + message["content"]
            turns[-1].pop("open")
        else:
            turns.append(dict(message))
    return [{key: value for key, value in turn.items() if key != "open"} for turn in turns]


def shown(messages, flags):
    """What the template gets, and the further arguments of apply_chat_template."""
    if flags.get("xml"):
        return [written(m) for m in messages], {"xml_tools": [tool["function"] for tool in TOOLS]}
    if flags.get("prompted") == "words":
        return [{"role": "system", "content": tool_prompt(HERMES_EXAMPLE)}, *as_words(messages)], {}
    if flags.get("prompted") == "native":
        return [{"role": "system", "content": tool_prompt(DEEPSEEK_EXAMPLE)}, *messages], {}
    return messages, {"tools": TOOLS}


def with_texts(messages):
    return [
        {**m, "tool_calls": [{**c, "function": {**c["function"], "arguments": json.dumps(c["function"]["arguments"], ensure_ascii=False)}} for c in m["tool_calls"]]}
        if "tool_calls" in m
        else m
        for m in messages
    ]


def render(template, messages, flags, prompt):
    messages, more = shown(with_texts(messages) if flags.get("texts") else messages, flags)
    tools = more.pop("tools", None)
    texts, _ = render_jinja_template(
        [messages], tools=tools, chat_template=template, add_generation_prompt=prompt, **SPECIALS, **more
    )
    return texts[0]


folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "tools")
folder.mkdir(parents=True, exist_ok=True)
for name, (template, end, flags) in FAMILIES.items():
    messages = conversation(flags)
    turns = [
        {"at": i, "prompt": render(template, messages[:i], flags, True)}
        for i, message in enumerate(messages)
        if message["role"] == "assistant"
    ]
    data = {
        "template": template,
        "specials": SPECIALS,
        "end": end,
        "tools": TOOLS,
        "messages": with_texts(messages),
        "turns": turns,
        "text": render(template, messages, flags, False),
    }
    (folder / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n")
