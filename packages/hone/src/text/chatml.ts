/**
 * ChatML, the template that `tiny` models get: `<|im_start|>role`, a line end, the content, `<|im_end|>`, a line end.
 *
 * Tools are written in the system turn, one JSON schema a line; tool calls as JSON between `<tool_call>` marks behind the
 * assistant's text. A turn is written the same whatever follows it, so each prompt begins with the prompt before it.
 */
export const chatml = `{%- if tools %}
{{- '<|im_start|>system\\n' }}
{%- if messages[0].role == 'system' %}
{{- messages[0].content + '\\n\\n' }}
{%- endif %}
{{- 'Tools:\\n' }}
{%- for tool in tools %}
{{- tool | tojson + '\\n' }}
{%- endfor %}
{{- 'Call a tool with <tool_call>{"name": ..., "arguments": {...}}</tool_call>.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
{%- if not (tools and loop.first and message.role == 'system') %}
{{- '<|im_start|>' + message.role + '\\n' + message.content }}
{%- for call in message.tool_calls or [] %}
{{- '<tool_call>' + {'name': call.function.name, 'arguments': call.function.arguments} | tojson + '</tool_call>' }}
{%- endfor %}
{{- '<|im_end|>\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- endif %}
`;

/** The special tokens of a vocabulary for `chatml`: the first is padding and ends texts, the last ends a turn. */
export const chatmlSpecials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] as const;
