"""Expressions and small templates with the texts that jinja2 gives in the environment transformers makes for chat templates.

    python test/golden/jinja.py    # writes test/golden/text/jinja.json: [template, text] or [template, null] where Python refuses
"""

import json
import pathlib

from transformers.utils.chat_template_utils import _compile_jinja_template

VARIABLES = {
    "words": ["b", "A", "c", "a"],
    "numbers": [3, 1, 2],
    "text": "  Solve 3x + 7 = 16,  then 🙂 日本語!  ",
    "people": [
        {"name": "Ann", "age": 31, "team": {"id": 2}, "note": None},
        {"name": "bob", "age": 7, "team": {"id": 1}},
        {"name": "Cy", "age": 31, "team": {"id": 2}, "note": "x"},
    ],
    "message": {"role": "user", "content": None, "items": "own", "a b": 1, "tags": []},
    "schema": {"type": "object", "properties": {"by": {"type": "number", "enum": [1, 2.5], "default": None}}, "ok": True},
    "lines": "one\n\ntwo\n  three",
    "html": "<b>\"x\" & 'y'</b>",
    "big": 2512292042121000001,
    "half": 2.5,
    "five": 5.0,
}

TEMPLATES = r"""
{{ none }}|{{ None }}|{{ true }}|{{ True }}|{{ false }}
{{ nope }}|{{ nope is defined }}|{{ nope or 'x' }}|{{ nope|default('d') }}
{{ nope | trim }}|{{ nope | length }}|{{ nope | list }}|{{ [nope] }}
{{ nope.x }}
{{ nope + 'x' }}
{{ nope() }}
{{ 'x' in nope }}|{{ nope == nope2 }}|{{ nope is none }}
{{ nope < 1 }}
{{ message.nope }}|{{ message.nope is defined }}|{{ message['nope'] is undefined }}
{{ message.nope.deeper }}
{{ message.content }}|{{ message.content is none }}|{{ message.content is defined }}|{{ message.content or 'e' }}
{{ message.content | trim }}|{{ message.content ~ '' }}|{{ [message.content] | join }}
{{ message.content + 'x' }}
{{ message.content[1:] }}
{{ message.content['x'] }}|{{ message.content.x }}
{{ message['items'] }}|{{ message.items() | list | length }}|{{ message['a b'] }}
{{ message.get('role') }}|{{ message.get('x') }}|{{ message.get('x', 'd') }}|{{ message.get('content', 'd') }}
{{ message.keys() | list }}|{{ message.values() | list }}
{{ message.items() }}|{{ message.keys() }}
{{ message }}|{{ schema }}
{{ 'role' in message }}|{{ 'x' not in message }}|{{ not 'x' in message }}
{{ 'tags' in message and message.tags }}|{{ message.tags or none }}
{{ message.tags is sequence }}|{{ message is mapping }}|{{ message.role is string }}|{{ message is iterable }}
{{ [1, 'a', none, true, 1.5, [2], {'k': (1, 2)}, (3,), ()] }}
{{ "it's" }}|{{ ["it's", 'say "x"', 'a"b\'c', 'tab\tnew\n', 'é🙂'] }}
{{ 1 }}|{{ 1.0 }}|{{ 1e3 }}|{{ 1e16 }}|{{ 1e-5 }}|{{ 0.1 + 0.2 }}|{{ 100000000000000000000 }}
{{ 7 / 2 }}|{{ 6 / 2 }}|{{ 7 // 2 }}|{{ -7 // 2 }}|{{ 7 % 3 }}|{{ -7 % 3 }}|{{ 7.5 // 2 }}|{{ -7.5 % 2 }}
{{ 2 ** 3 }}|{{ 2 ** -1 }}|{{ 2 ** 0.5 }}|{{ 2 ** 3 ** 2 }}|{{ -2 ** 2 }}
{{ 1 / 0 }}
{{ true + true }}|{{ true * 3 }}|{{ 1 == true }}|{{ 1 == 1.0 }}|{{ '1' == 1 }}
{{ 'a' * 3 }}|{{ 3 * 'a' }}|{{ [0] * 2 }}|{{ 'a' * -1 }}
{{ 'a' + 1 }}
{{ 'a' ~ 1 ~ none ~ true ~ 1.0 }}
{{ [1] + [2] }}|{{ (1,) + (2,) }}
{{ [1] + (2,) }}
{{ 1 < 2 < 3 }}|{{ 1 < 3 < 2 }}|{{ 'a' < 'b' }}|{{ [1, 2] < [1, 3] }}|{{ 'b' > 'a' }}|{{ 'Z' < 'a' }}
{{ 1 < 'a' }}
{{ none < 1 }}
{{ 1 in [1, 2] }}|{{ 'ell' in 'hello' }}|{{ 1 in (1,) }}|{{ 1 in {1: 2} }}|{{ none in [none] }}
{{ 1 in 'a' }}
{{ 'a' in none }}
{{ not true }}|{{ not [] }}|{{ not 0 }}|{{ not '' }}|{{ not not 'a' }}
{{ 'a' and 'b' }}|{{ '' and 'b' }}|{{ '' or 'b' }}|{{ 0 or none or [] }}
{{ 'yes' if words else 'no' }}|{{ 'yes' if nope }}|{{ ('a' if false) is defined }}|{{ 'a' if false else 'b' if false else 'c' }}
{{ words[0] }}|{{ words[-1] }}|{{ words[9] }}|{{ words[1:] }}|{{ words[::-1] }}|{{ words[-3:-1] }}|{{ words[::2] }}|{{ words[5:] }}|{{ words[2:0:-1] }}
{{ text[2:7] }}|{{ text[-5:-2] }}|{{ text[::-1] }}|{{ text[26] }}|{{ 'ab'[5] }}
{{ words.0 }}|{{ words[0:2][1] }}|{{ words[true] }}|{{ words['0'] }}
{{ words[::0] }}
{{ {'a': 1}['a'] }}|{{ {'a': 1}.a }}|{{ {1: 'x'}[1] }}|{{ {1: 'x'}[1.0] }}|{{ {1: 'x', true: 'y'} }}|{{ {none: 1, (1, 2): 3} }}
{{ {[]: 1} }}
{{ text.strip() }}|{{ text.lstrip() }}|{{ text.rstrip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'abcba'.lstrip('ab') }}|{{ 'a.b.'.rstrip('.') }}
{{ text.split() }}|{{ text.split(' ') }}|{{ 'a,b,c'.split(',', 1) }}|{{ 'a b  c'.split(none, 1) }}|{{ ' a b '.split(maxsplit=1) }}
{{ 'a-b-c'.rsplit('-', 1) }}|{{ 'a b c'.rsplit(none, 1) }}|{{ 'a-b'.rsplit('-', 1)[0] }}|{{ 'x'.split('-')[-1] }}|{{ 'aaa'.rsplit('aa') }}
{{ 'a'.split('') }}
{{ 'abc'.startswith('a') }}|{{ 'abc'.startswith(('x', 'a')) }}|{{ 'abc'.endswith(('c', 'd')) }}|{{ 'abc'.startswith('b', 1) }}|{{ 'abc'.endswith('') }}
{{ 'abc'.startswith(['a']) }}
{{ none.startswith('a') }}
{{ 'hello world'.title() }}|{{ "they're x2y".title() }}|{{ 'hELLO wORLD'.capitalize() }}|{{ 'aB'.swapcase() }}|{{ 'aB'.upper() }}|{{ 'ÀB'.lower() }}
{{ 'abab'.replace('a', 'x') }}|{{ 'abab'.replace('a', 'x', 1) }}|{{ 'ab'.replace('', '-') }}|{{ 'abab' | replace('b', '') }}|{{ 'aaa' | replace('a', 'b', 2) }}
{{ 'abcabc'.find('c') }}|{{ 'abcabc'.rfind('c') }}|{{ 'abc'.find('x') }}|{{ '🙂b'.find('b') }}|{{ 'abc'.index('b') }}|{{ 'abcabc'.count('bc') }}
{{ 'abc'.index('x') }}
{{ '-'.join(['a', 'b']) }}|{{ ''.join('abc') }}|{{ ', '.join(words) }}
{{ '-'.join([1]) }}
{{ 'a:b:c'.partition(':') }}|{{ 'a:b:c'.rpartition(':') }}|{{ 'abc'.partition(':')[0] }}
{{ 'abc'.removeprefix('a') }}|{{ 'abc'.removesuffix('c') }}|{{ 'abc'.removeprefix('x') }}
{{ 'ab'.center(6, '*') }}|{{ 'ab'.center(5) }}|{{ 'ab'.ljust(4, '.') }}|{{ 'ab'.rjust(4) }}|{{ '-5'.zfill(4) }}|{{ 'abc'.center(6) }}
{{ 'abc'.isalpha() }}|{{ '12'.isdigit() }}|{{ 'a1'.isalnum() }}|{{ ' '.isspace() }}|{{ 'aB'.islower() }}|{{ 'AB'.isupper() }}|{{ ''.isalpha() }}|{{ 'Ab Cd'.istitle() }}|{{ '²'.isdigit() }}|{{ 'a_1'.isidentifier() }}
{{ lines.splitlines() }}|{{ lines.splitlines(true) }}|{{ 'a\r\nb'.splitlines() }}|{{ 'a\tb'.expandtabs(4) }}
{{ '{} is {}'.format('x', 1) }}|{{ '{1}{0}'.format('a', 'b') }}|{{ '{n:>5}|{n:<5}|{n:^5}'.format(n='ab') }}|{{ '{:.2f} {:05d} {:,} {:x} {:%}'.format(1.005, 42, 1234567, 255, 0.5) }}|{{ '{0[a]} {1.real}'.format({'a': 1}, 5) }}
{{ '{!r} {{}}'.format('a') }}|{{ '{:>{}}'.format('a', 4) }}|{{ '{:+d} {:e} {:g}'.format(3, 12345.678, 0.00001) }}|{{ '{}'.format(none) }}|{{ '{}'.format(1.0) }}
{{ '{} {}'.format(1) }}
{{ '%s!' % 'a' }}|{{ '%s-%s' % ('a', 1) }}|{{ '%d %5.2f %-4s| %05d %x %%' % (3, 2.5, 'a', 42, 255) }}|{{ '%(a)s' % {'a': 1} }}|{{ '%r' % 'a' }}|{{ '%s' % none }}|{{ '%s' % [1] }}
{{ '%s' % (1, 2) }}
{{ '%d' % 'a' }}
{{ '%s %s' | format('a', 1) }}|{{ '%(x)s' | format(x=2) }}
{{ words.append('x') }}
{{ message.update({'a': 1}) }}
{{ message.pop('role') }}
{{ words.index('c') }}|{{ words.count('a') }}|{{ (1, 2, 1).count(1) }}
{{ 'abc' | upper }}|{{ 'ABC' | lower }}|{{ 'hello world-wide (web)' | title }}|{{ 'hELLO' | capitalize }}|{{ 5 | upper }}
{{ text | trim }}|{{ 'xax' | trim('x') }}|{{ 5 | string + 'a' }}|{{ none | string }}
{{ words | length }}|{{ 'x👍y' | length }}|{{ message | count }}
{{ 5 | length }}
{{ none | length }}
{{ words | first }}|{{ words | last }}|{{ 'abc' | first }}|{{ [] | first }}|{{ message | first }}|{{ [none] | first }}
{{ words | join }}|{{ words | join(', ') }}|{{ [1, none] | join('-') }}|{{ people | join(', ', attribute='name') }}|{{ 'abc' | join('.') }}
{{ 5 | join }}
{{ words | sort }}|{{ words | sort(reverse=true) }}|{{ words | sort(case_sensitive=true) }}|{{ numbers | sort }}|{{ people | sort(attribute='age') | map(attribute='name') | list }}|{{ people | sort(attribute='team.id,name', reverse=true) | map(attribute='name') | list }}
{{ [1, 'a'] | sort }}
{{ words | reverse | list }}|{{ 'abc' | reverse }}
{{ {'b': 1, 'A': 2} | dictsort }}|{{ {'b': 1, 'A': 2} | dictsort(true) }}|{{ {'b': 1, 'a': 2} | dictsort(by='value', reverse=true) }}
{{ ['a', 'A', 'b'] | unique | list }}|{{ people | map(attribute='age') | unique | list }}
{{ numbers | sum }}|{{ people | sum(attribute='age') }}|{{ [1.5] | sum(start=2) }}|{{ numbers | max }}|{{ numbers | min }}|{{ words | min }}|{{ [] | max }}|{{ people | max(attribute='age') }}
{{ [1, 2, 3, 4, 5] | batch(2) | list }}|{{ [1, 2, 3] | batch(2, 'x') | list }}|{{ [1, 2, 3, 4, 5] | slice(2) | list }}|{{ [1, 2, 3] | slice(2, 'x') | list }}
{{ people | groupby('age') | list }}
{% for age, group in people | groupby('age') %}{{ age }}:{{ group | map(attribute='name') | join(',') }};{% endfor %}|{% for g in people | groupby('team.id') %}{{ g.grouper }}={{ g.list | length }} {% endfor %}
{{ words | map('upper') | list }}|{{ people | map(attribute='note') | list }}|{{ people | map(attribute='note', default='-') | list }}|{{ people | map(attribute='team.id') | list }}|{{ numbers | map('string') | join }}|{{ none | map('upper') | list }}
{{ words | map('nope') | list }}
{{ numbers | select('odd') | list }}|{{ numbers | reject('odd') | list }}|{{ [0, 1, '', 'a'] | select | list }}|{{ numbers | select('gt', 1) | list }}|{{ numbers | select('in', [1, 2]) | list }}
{{ people | selectattr('note') | map(attribute='name') | list }}|{{ people | selectattr('age', 'equalto', 31) | list | length }}|{{ people | rejectattr('note', 'defined') | map(attribute='name') | list }}|{{ people | selectattr('age', '>', 10) | map(attribute='name') | first }}|{{ people | selectattr('team.id', '==', 1) | first }}
{{ words | select('nope') | list }}
{{ words | map('upper') | length }}
{{ '42' | int }}|{{ '4.9' | int }}|{{ 'x' | int }}|{{ 'x' | int(7) }}|{{ '0x1f' | int(0, 16) }}|{{ 4.9 | int }}|{{ none | int }}|{{ ' 5 ' | int }}|{{ '1_000' | int }}|{{ true | int }}
{{ '4.5' | float }}|{{ 'x' | float }}|{{ 3 | float }}|{{ '1e3' | float }}|{{ 'inf' | float }}
{{ 2.5 | round }}|{{ 3.5 | round }}|{{ 42.55 | round(1) }}|{{ 42.55 | round(1, 'floor') }}|{{ 42.41 | round(1, 'ceil') }}|{{ 7 | round }}|{{ 0.125 | round(2) }}|{{ 1234.5 | round(-2) }}
{{ -3 | abs }}|{{ (-3) | abs }}|{{ -2.5 | abs }}
{{ schema | tojson }}|{{ 'é"\n\\/<&>\u007f' | tojson }}|{{ 'é🙂' | tojson(ensure_ascii=true) }}
{{ schema | tojson(indent=2) }}
{{ schema | tojson(indent=4, sort_keys=true) }}|{{ [] | tojson(indent=2) }}|{{ {} | tojson(indent=1) }}|{{ [[], [1]] | tojson(indent=1) }}
{{ schema | tojson(separators=(',', ':')) }}|{{ [1.0, 1e20, 1e-7, true, none] | tojson }}|{{ {1: 2, none: 3, true: 4, 1.5: 5} | tojson }}|{{ (1, 2) | tojson }}|{{ five | tojson }}|{{ big | tojson }}
{{ nope | tojson }}
{{ words | map('upper') | tojson }}
{{ range(3) | tojson }}
{{ lines | indent }}|{{ lines | indent(2, true) }}|{{ lines | indent(2, blank=true) }}|{{ lines | indent('> ') }}|{{ 'a\n' | indent }}
{{ 'hello big world' | truncate(9) }}|{{ 'hello big world' | truncate(9, true) }}|{{ 'hello big world' | truncate(9, leeway=0, end='~') }}|{{ 'abc' | truncate(5) }}
{{ 'a b, c' | wordcount }}|{{ 'ab' | center(6) }}|{{ html | e }}|{{ html | escape | length }}|{{ html | striptags }}|{{ 'a b/c?é' | urlencode }}|{{ {'a': 'x y'} | urlencode }}
{{ 1000000 | filesizeformat }}|{{ 1024 | filesizeformat(true) }}|{{ 1 | filesizeformat }}
{{ {'a': 1} | items | list }}|{{ nope | items | list }}|{{ message | attr('get') is callable }}|{{ message | attr('role') }}
{{ [1] | items | list }}
{{ nope | default }}|{{ '' | default('x') }}|{{ '' | default('x', true) }}|{{ none | default('x') }}|{{ none | d('x', boolean=true) }}|{{ message.x | default(message.role) }}
{{ 3 is odd }}|{{ 3 is even }}|{{ 6 is divisibleby 3 }}|{{ 6 is divisibleby(4) }}|{{ 1 is number }}|{{ true is number }}|{{ true is boolean }}|{{ 1 is integer }}|{{ true is integer }}|{{ 1.0 is float }}|{{ five is integer }}
{{ none is none }}|{{ true is true }}|{{ 1 is true }}|{{ false is false }}|{{ 'a' is lower }}|{{ 'A' is upper }}|{{ 1 is sameas 1 }}|{{ none is sameas none }}|{{ 1 is sameas true }}
{{ 1 is in [1] }}|{{ 1 is not in [1] }}|{{ 1 is eq 1 }}|{{ 1 is ne(2) }}|{{ 2 is gt 1 }}|{{ 2 is lessthan 3 }}|{{ 2 is not defined }}|{{ 'upper' is filter }}|{{ 'nope' is filter }}|{{ 'odd' is test }}
{{ 'a' is string and 1 is not string }}|{{ [] is iterable }}|{{ 1 is iterable }}|{{ 'a' is sequence }}|{{ {} is sequence }}|{{ {}.items() is sequence }}|{{ nope is sequence }}|{{ range is callable }}
{{ 1 is nope }}
{{ 1 | nope }}
{% if false %}{{ 1 | nope }}{% endif %}ok
{% for x in [] %}{{ 1 | nope }}{% endfor %}ok
{{ range(3) | list }}|{{ range(1, 3) | list }}|{{ range(5, 0, -2) | list }}|{{ range(3) }}|{{ range(0, 9, 2) }}|{{ range(3)[1] }}|{{ range(3) | length }}
{{ range(1.5) }}
{{ range(1000000) | list | length }}
{{ dict(a=1, b=2) }}|{{ dict([('a', 1)]) }}|{{ dict({'x': 1}, y=2) }}|{{ dict.fromkeys(['a'], 0) }}
{{ namespace(a=1).a }}|{{ namespace(a=1) }}
{% set ns = namespace(n=0, s='') %}{% for x in numbers %}{% set ns.n = ns.n + x %}{% set ns.s = ns.s ~ x %}{% endfor %}{{ ns.n }}{{ ns.s }}{{ ns.zz is defined }}
{% set m = {} %}{% set m.x = 1 %}
{% set ns = namespace() %}{% set ns._x = 1 %}
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c = (1, 2) %}{{ c }}{% set d = 1, %}{{ d }}{% set (e, f) = [3, 4] %}{{ e }}{{ f }}
{% set a, b = [1] %}
{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = 9 %}{{ x }}{% endfor %}{{ x }}
{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}
{% set x %}a{{ 1 + 1 }}b{% endset %}{{ x }}|{% set y | upper | replace('B', '-') %}abc{% endset %}{{ y }}
{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a }}|{% set a = 5 %}{% with a = 1, b = a %}{{ b }}{% endwith %}
{% for x in words %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ x }};{% endfor %}
{% for x in words %}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.cycle('o', 'e') }}{{ loop.changed(x | lower) }}{{ loop.depth }};{% endfor %}
{% for x in [] %}a{% else %}none{% endfor %}|{% for x in nope %}a{% else %}none{% endfor %}|{% for x in 'ab' %}{{ x }}.{% endfor %}|{% for k in message %}{{ k }}.{% endfor %}
{% for x in none %}{% endfor %}
{% for x in 5 %}{% endfor %}
{% for k, v in message.items() %}{{ k }}={{ v }};{% endfor %}|{% for k, v in message | items %}{{ k }}{% endfor %}|{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}
{% for a, b in [1] %}{% endfor %}
{% for x in numbers if x > 1 %}{{ loop.index }}/{{ loop.length }}:{{ x }} {% else %}no{% endfor %}|{% for x in numbers if x > 9 %}{% else %}no{% endfor %}
{% for x in range(9) %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 5 %}{% break %}{% endif %}{{ x }}{% endfor %}
{% for x in [1, [2, [3]]] recursive %}{% if x is iterable %}[{{ loop(x) }}]{% else %}{{ x }}@{{ loop.depth }}{% endif %}{% endfor %}
{% for x in [1, 2] %}{% for y in [3, 4] %}{{ loop.index }}{{ x }}{{ y }};{% endfor %}{{ loop.index }}|{% endfor %}
{{ loop.index }}
{% macro m(a, b='B', c=none) %}{{ a }}-{{ b }}-{{ c }}{% endmacro %}{{ m(1) }}|{{ m(1, 2) }}|{{ m(1, c=3) }}|{{ m() }}|{{ m(b=none, a=2) }}
{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, x=4) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, x=2) }}
{% macro m(x) %}({{ caller() }}{{ x }}){% endmacro %}{% call m(1) %}in{% endcall %}|{% macro n() %}{{ caller('A') }}{% endmacro %}{% call(v) n() %}<{{ v }}>{% endcall %}
{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}|{{ f.name }}|{{ f.arguments }}
{% macro m() %}{{ x }}{% endmacro %}{% set x = 1 %}{{ m() }}{% for x in [7] %}{{ m() }}{% endfor %}
{% macro m(items) %}{% for i in items %}{{ loop.index }}{% set z = i %}{% endfor %}{{ z }}{% endmacro %}{{ m(words) }}|{{ z }}
{% filter upper %}abc{{ 'd' }}{% endfilter %}|{% filter trim | replace('b', 'x') %} abc {% endfilter %}
{% block main %}{{ words[0] }}{% endblock %}|{% for x in [1] %}{% block b scoped %}{{ x }}{% endblock %}{% endfor %}|{% for q in [1] %}{% block c %}{{ q }}{% endblock %}{% endfor %}
{% generation %}a{% set g = 1 %}{{ g }}{% endgeneration %}{{ g }}
{% raw %}{{ x }} {% if %}{% endraw %}|{%- raw -%} a {% endraw -%} b
a {#- note -#} b|{# x #}c
{{- ' a' -}}  b {{ 'c' -}}  {{- 'd' }}
{% if true -%}  x  {%- endif %}|{%+ if true %} y {% endif +%}
{% if words | length > 3 and not nope %}a{% elif true %}b{% else %}c{% endif %}|{% if 0 %}{% elif [] %}{% else %}c{% endif %}
{% print 1, 2 %}|{{ 1, 2 }}
{{ raise_exception('no') }}
{{ strftime_now('%Y') | length }}
{{ html | safe + '<' }}|{{ html | e | e }}|{% set s = html | e %}{{ s + '>' }}|{{ (html | safe) | length }}|{{ 'a' in (html | e) }}|{{ ('<' | e) + '<' }}|{{ '<' + ('>' | safe) }}|{{ ('<' | safe) ~ '<' }}
{{ cycler('a', 'b').next() }}|{% set j = joiner(', ') %}{{ j() }}a{{ j() }}b|{% set c = cycler(1, 2) %}{{ c.next() }}{{ c.next() }}{{ c.current }}
{{ words | map('length') | sum }}|{{ ['ab', 'c'] | map('first') | join }}|{{ [[1, 2], [3]] | map('sum') | list }}|{{ [[1, 2], [3]] | sum(start=[]) }}
{{ (words | list)[0] }}|{{ (1, 2)[1] }}|{{ [1, 2][-1] }}|{{ {'a': [1, {'b': 2}]}['a'][1].b }}|{{ 'abc'[1].upper() }}|{{ -numbers[0] }}
{{ 5 .real }}|{{ 5 .imag }}|{{ 5.0.is_integer() }}|{{ 1.5.is_integer() }}
{{ message.role == 'user' and message.content is none }}|{{ (message.role == 'user') == true }}|{{ message.role != 'user' or not message.tags }}
{{ 'a' 'b' }}|{{ 'a\x41\u00e9\101' }}|{{ 'a\qb' }}|{{ "a\
b" }}
{{ 0x1f }}|{{ 0b11 }}|{{ 0o17 }}|{{ 1_000 }}|{{ 1_0.5 }}
{{ big }}|{{ big + 1 }}|{{ big * big }}|{{ half }}|{{ five }}|{{ five + 1 }}|{{ five == 5 }}
{{ words | tojson | length }}|{{ (words | tojson)[1:4] }}|{{ schema.properties | length }}|{{ schema.properties.by.enum | join(' | ') }}
{{ schema.items() | list | first }}|{{ schema.properties.items() | map('first') | list }}
{{ ['a', 'b'] | join(',') | upper }}|{{ 'a,b'.split(',') | map('upper') | join('+') }}|{{ ('a' ~ 'b') | upper }}|{{ 'a' ~ 'b' | upper }}
{{ 1 if 2 > 1 else 2 }}|{{ [1 if true else 2, 3] }}|{{ {'a': 1 if false else 2} }}
{{ words | length == 4 }}|{{ words | length > 3 and words | first == 'b' }}|{{ not words | length }}
{{ words is defined and words }}|{{ words is not none and words | length > 0 }}
{{ 'x' if message.x is defined and message.x is not none else 'y' }}
{{ (message.content or '') + 'x' }}|{{ (message.content | default('', true)) ~ 'x' }}
{{ text | wordcount }}|{{ text | replace('\n', ' ') | trim | length }}
{{ [3, 1, 2] | sort | reverse | first }}
{{ people[0]['team']['id'] + people[-1].age }}|{{ people[:2] | map(attribute='name') | join(' and ') }}|{{ people | map(attribute='name') | map('lower') | sort | join(',') }}
{{ {} == {} }}|{{ [1, [2]] == [1, [2]] }}|{{ (1, 2) == [1, 2] }}|{{ {'a': 1, 'b': 2} == {'b': 2, 'a': 1} }}
{{ '' is defined }}|{{ '' is none }}|{{ [] is defined }}|{{ none is defined }}
{{ '\n' in 'a\nb' }}|{{ 'a\\nb' }}|{{ '\\' | length }}
{{ caller is defined }}|{{ messages is defined }}
{{ 'a'.__class__ }}|{{ message.__class__ is defined }}
{{ 'a'.__class__.__name__ }}
{{ x = 1 }}
{% if %}{% endif %}
{% endif %}
{{ 'a }}
{{ 1 +
{% for x in y %}
{# never closed
{% unknown %}
{{ a b }}
{{ [1, 2 }}
{{ foo( }}
"""

# Templates of several lines, whose white space counts.
LINES = [
    "a\n  {% if true %}\n  b\n  {% endif %}\nc\n",
    "{% for x in numbers %}\n{{ x }}\n{% endfor %}\nend\n\n",
    "{% for x in numbers -%}\n  {{ x }}\n{%- endfor %}\n",
    "  {# note #}\n  x\n\t{# note #} y\n",
    "x {% if true %} \n y{% endif %}\n",
    "{{ 1 }}\n{{ 2 }}\n  {{ 3 }}\n",
    "a\r\n{% if true %}\r\nb\r\n{% endif %}\r\n",
    "{% raw %}\n {{ x }}\n {% endraw %}\ny",
    "  {%+ if true %}\n x\n  {%- endif +%}\ny",
    "{% set x %}\n a\n b\n{% endset %}{{ x | tojson }}",
    "{% macro m(a) %}\n<{{ a }}>\n{% endmacro %}\n{{ m(1) }}\n{{ m(2) }}",
    "{%- set x = 1 -%}\n\n  {{- x }}\n  \n{%- if x %}\n y\n{%- endif %}",
    "{% generation %}\n a\n{% endgeneration %}\nb",
    "{{ 'a\nb' }}\n{#- c -#}\n d",
    "\n\n{% if true %}\n\n x\n\n{% endif %}\n\n",
    "{%- for m in people %}\n    {%- if loop.first %}\n        {{- '[' }}\n    {%- endif %}\n    {{- m.name ~ (', ' if not loop.last else ']') }}\n{%- endfor %}",
]


def text_of(source):
    try:
        return _compile_jinja_template(source).render(**VARIABLES)
    except Exception:  # what Python refuses, hone is to refuse as well
        return None


def blocks(text):
    """One template a line; a line that ends with a backslash goes on."""
    joined = text.strip("\n").replace("\\\n", "\0").split("\n")
    return [line.replace("\0", "\\\n") for line in joined]


def main():
    rows = [[source, text_of(source)] for source in [*blocks(TEMPLATES), *LINES]]
    path = pathlib.Path(__file__).parent / "text" / "jinja.json"
    body = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text(f'{{"variables": {json.dumps(VARIABLES, ensure_ascii=False)},\n"rows": [\n{body}\n]}}\n', encoding="utf-8")
    print(len(rows), "templates,", sum(text is None for _, text in rows), "of them refused")


if __name__ == "__main__":
    main()
