"""Chat templates in the manner of each family, in our own words, and the conversations they are rendered on.

Between them the templates use what real ones use: whitespace control, namespaces, loop variables, slices, `tojson`,
`raise_exception`, string methods and keyword arguments of the caller.
"""

QWEN2 = r"""{%- if tools %}
    {{- '<|im_start|>system\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You are a tiny model that likes arithmetic.' }}
    {%- endif %}
    {{- "\n\nThese functions may be called:\n<tools>" }}
    {%- for tool in tools %}
        {{- "\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\n</tools><|im_end|>\n" }}
{%- elif messages[0]['role'] == 'system' %}
    {{- '<|im_start|>system\n' + messages[0]['content'] + '<|im_end|>\n' }}
{%- else %}
    {{- '<|im_start|>system\nYou are a tiny model that likes arithmetic.<|im_end|>\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'user' or (message.role == 'system' and not loop.first) or (message.role == 'assistant' and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- elif message.role == 'assistant' %}
        {{- '<|im_start|>' + message.role }}
        {%- if message.content %}
            {{- '\n' + message.content }}
        {%- endif %}
        {%- for call in message.tool_calls %}
            {%- if call.function is defined %}
                {%- set call = call.function %}
            {%- endif %}
            {{- '\n<call>\n{"name": "' }}
            {{- call.name }}
            {{- '", "arguments": ' }}
            {{- call.arguments | tojson }}
            {{- '}\n</call>' }}
        {%- endfor %}
        {{- '<|im_end|>\n' }}
    {%- elif message.role == 'tool' %}
        {%- if loop.index0 == 0 or messages[loop.index0 - 1].role != 'tool' %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\n<result>\n' + message.content + '\n</result>' }}
        {%- if loop.last or messages[loop.index0 + 1].role != 'tool' %}
            {{- '<|im_end|>\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}
"""

QWEN3 = r"""{%- if messages[0].role == 'system' %}
    {{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}
{%- endif %}
{%- set state = namespace(last_question=messages|length - 1, searching=true) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if state.searching and message.role == 'user' and message.content is string %}
        {%- set state.searching = false %}
        {%- set state.last_question = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.role == 'user' or (message.role == 'system' and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- elif message.role == 'assistant' %}
        {%- set content = message.content %}
        {%- set thinking = '' %}
        {%- if '</think>' in content %}
            {%- set thinking = content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\n') %}
        {%- endif %}
        {%- if loop.index0 > state.last_question and thinking %}
            {{- '<|im_start|>assistant\n<think>\n' + thinking.strip('\n') + '\n</think>\n\n' + content }}
        {%- else %}
            {{- '<|im_start|>assistant\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\n\n</think>\n\n' }}
    {%- endif %}
{%- endif %}
"""

LLAMA = r"""{{- bos_token }}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set instructions = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set instructions = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
{{- "Knowledge ends: never.\n\n" }}
{%- if tools is not none %}
    {{- "Answer with a function call in JSON.\n\n" }}
    {%- for tool in tools %}
        {{- tool | tojson(indent=4) }}
        {{- "\n\n" }}
    {%- endfor %}
{%- endif %}
{{- instructions }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
"""

GEMMA3 = r"""{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- set opening = messages[0]['content'] + '\n\n' -%}
    {%- set turns = messages[1:] -%}
{%- else -%}
    {%- set opening = "" -%}
    {%- set turns = messages -%}
{%- endif -%}
{%- for message in turns -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Turns must go user, assistant, user, assistant") }}
    {%- endif -%}
    {%- if message['role'] == 'assistant' -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '\n' + (opening if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for part in message['content'] -%}
            {%- if part['type'] == 'text' -%}
                {{ part['text'] | trim }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ '<end_of_turn>\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{ '<start_of_turn>model\n' }}
{%- endif -%}
"""

TEMPLATES = {"qwen2": QWEN2, "qwen3": QWEN3, "llama": LLAMA, "gemma3": GEMMA3}

SYSTEM = {"role": "system", "content": "You are a careful assistant."}
QUESTION = {"role": "user", "content": "Solve 3x + 7 = 16 for x."}
ANSWER = {"role": "assistant", "content": "Subtract 7, divide by 3: x = 3."}
FOLLOW_UP = {"role": "user", "content": "  Thanks!\nAnd 5x − 4 = 21? 🙂 日本語 <b>&amp;</b>  "}
THOUGHT = {"role": "assistant", "content": "<think>\nAdd 4, so 25; 25 / 5 = 5.\n</think>\n\nx = 5"}
TOOL = {
    "type": "function",
    "function": {
        "name": "divide",
        "description": "Divides both sides, <exactly> & quickly – ü",
        "parameters": {
            "type": "object",
            "properties": {"by": {"type": "number", "enum": [1, 2.5, 3]}},
            "required": ["by"],
        },
    },
}
CALL = {
    "role": "assistant",
    "content": "",
    "tool_calls": [{"type": "function", "function": {"name": "divide", "arguments": {"by": 3, "why": "it's 3x"}}}],
}
RESULT = {"role": "tool", "content": "x = 3"}

# name, messages, extra arguments; each is rendered with and without the generation prompt.
CONVERSATIONS = [
    ("question", [QUESTION], {}),
    ("system and question", [SYSTEM, QUESTION], {}),
    ("one answered turn", [QUESTION, ANSWER], {}),
    ("several turns", [SYSTEM, QUESTION, ANSWER, FOLLOW_UP], {}),
    ("two answered turns, the last with thoughts", [QUESTION, ANSWER, FOLLOW_UP, THOUGHT], {}),
    ("thoughts of an earlier turn", [QUESTION, THOUGHT, FOLLOW_UP], {}),
    (
        "special tokens inside a message",
        [{"role": "user", "content": "say <|im_end|> or <|eot_id|> or <end_of_turn>"}],
        {},
    ),
    ("empty message", [{"role": "user", "content": ""}], {}),
]
EXTRA = {
    "qwen2": [
        ("tools", [SYSTEM, QUESTION], {"tools": [TOOL]}),
        ("tool call and result", [QUESTION, CALL, RESULT], {"tools": [TOOL]}),
    ],
    "qwen3": [("thinking switched off", [QUESTION], {"enable_thinking": False})],
    "llama": [("tools", [SYSTEM, QUESTION], {"tools": [TOOL]})],
    "gemma3": [
        (
            "content in parts",
            [{"role": "user", "content": [{"type": "text", "text": " Solve "}, {"type": "text", "text": "it."}]}],
            {},
        )
    ],
}
REFUSED = {"gemma3": ("two questions in a row", [QUESTION, QUESTION])}

TRICKY_TEXTS = [
    "",
    " ",
    "Solve 3x + 7 = 16 for x.",
    "  two leading spaces and three trailing   ",
    "a\tb\t\tc",
    "line\n\nline\r\nline\n\n\n   indented\n",
    "don't I'LL we've HE'D",
    "1234567890 3.14159 1,000,000",
    "naïve café (composed), nai\u0308ve cafe\u0301 (decomposed), ﬁ Å Ω",
    "日本語の文章です。数学の問題を解く。中文字符，標點。한국어",
    "🙂👍🏽 👩‍👩‍👧‍👦 🇩🇪 ❤️",
    "עברית العربية हिन्दी ไทย",
    "\u00a0non-breaking\u2003em space\u200bzero width\ufeffmark\u2028separator",
    "a\u0000b\u0001c\u007fd",
    "<|im_start|>user\nhi<|im_end|>\n<|endoftext|>",
    "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|>",
    "<bos><start_of_turn>user\nhi<end_of_turn>\n<eos><pad><unk>",
    "<think>\nhm\n</think>\n\nx = 3",
    " <|im_end|> <|eot_id|> <end_of_turn> ",
    "<|im_sta <|im_start| <0x41> ▁ ▁▁",
    "𝕊𝕠𝕝𝕧𝕖 ∑∫√ x² ½ Ⅷ ٣",
    "def f(x):\n\treturn x ** 2  # comment\n\n\nprint(f(3))",
    "hello , world ! it 's n't . ? '",
    "!!!???...---___###",
]
