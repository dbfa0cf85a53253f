"""Writes bfcl.json: replies to small tasks of our own, and what the checker of BFCL v4 says of them.

Needs the package, and nothing else: pip download --no-deps bfcl-eval==2026.3.23, unzip it, and name the folder.
"""

import copy
import json
import random
import sys
import types
from pathlib import Path

PACKAGE = Path(sys.argv[1]).resolve() / "bfcl_eval"


def checker():
    """The published function. Only the table of models is replaced, which would import the SDK of every provider."""
    package = types.ModuleType("bfcl_eval")
    package.__path__ = [str(PACKAGE)]
    table = types.ModuleType("bfcl_eval.constants.model_config")
    table.MODEL_CONFIG_MAPPING = {"own": types.SimpleNamespace(underscore_to_dot=False)}
    sys.modules["bfcl_eval"] = package
    sys.modules["bfcl_eval.constants.model_config"] = table
    from bfcl_eval.constants.enums import Language
    from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker

    return lambda *call: ast_checker(*call[:3], Language.PYTHON, call[3], "own")


def function(name, required, **properties):
    return {"name": name, "parameters": {"type": "dict", "properties": properties, "required": required}}


def of(kind, **more):
    return {"type": kind, **more}


MOVE = function("robot.move", ["metres"], metres=of("float"), room=of("string"), is_fast=of("boolean"))
ADD = function("add", ["numbers"], numbers=of("array", items=of("integer")), label=of("string"))
MEAN = function("mean", ["values"], values=of("array", items=of("float")), digits=of("integer"))
MAIL = function("mail", ["to"], to=of("array", items=of("string")), text=of("string"), after=of("any"))
PLACE = function("place", ["at"], at=of("tuple", items=of("float")), style=of("dict"))
ORDER = function("order", ["lines"], lines=of("array", items=of("dict")), gift=of("boolean"))

TASKS = [
    ("simple_python", [MOVE], [{"robot.move": {"metres": [2.5, 3.0], "room": ["", "Tea room", "the kitchen's end"], "is_fast": [True, ""]}}]),
    ("multiple", [ADD, MOVE], [{"robot.move": {"metres": [4], "room": ["hall"], "is_fast": [False]}}]),
    ("simple_python", [ADD], [{"add": {"numbers": [[1, 2], [2, 1]], "label": ["", "a, b/c"]}}]),
    ("simple_python", [MEAN], [{"mean": {"values": [[1.5, 2.0], ""], "digits": [2, "two"]}}]),
    ("multiple", [MAIL, ADD], [{"mail": {"to": [["Ann Lee", "bo@x.org"]], "text": ["Don't wait", ""], "after": ["noon", ""]}}]),
    ("simple_python", [PLACE], [{"place": {"at": [[1.0, 2.0]], "style": [{"colour": ["Light-Red", "pink"], "width": [1, ""], "dash": [[1, 2]]}, ""]}}]),
    ("simple_python", [ORDER], [{"order": {"lines": [[{"item": ["Lamp"], "count": [2]}, {"item": ["cup"], "count": [1, ""]}]], "gift": ["", "is_gift"]}}]),
    ("parallel", [ADD], [{"add": {"numbers": [[1, 2]], "label": [""]}}, {"add": {"numbers": [[3]], "label": ["x", ""]}}]),
    ("parallel_multiple", [ADD, MOVE], [{"robot.move": {"metres": [1.0], "room": [""], "is_fast": [""]}}, {"add": {"numbers": [[1]], "label": [""]}}]),
]


def right(answers, draw):
    """A right reply: for each parameter one of its values, or nothing where it may be left out."""

    def value(possible):
        one = draw.choice([v for v in possible if v != ""] or [""])
        fields = lambda d: {k: draw.choice([v for v in vs if v != ""]) for k, vs in d.items()}
        if isinstance(one, dict):
            return fields(one)
        if isinstance(one, list) and one and isinstance(one[0], dict):
            return [fields(d) for d in one]
        return one

    return [
        {name: {k: value(vs) for k, vs in given.items() if not ("" in vs and draw.random() < 0.5)}}
        for answer in answers
        for name, given in answer.items()
    ]


def other(value, draw):
    """Another value in its place, near enough that the rule has to decide."""
    if isinstance(value, bool):
        return draw.choice([not value, int(value), str(value)])
    if isinstance(value, int):
        return draw.choice([value + 1, float(value), str(value), [value]])
    if isinstance(value, float):
        return draw.choice([int(value), value + 0.5, str(value)])
    if isinstance(value, str):
        return draw.choice([value.upper(), value.replace(" ", "_"), value + ".", value.replace("'", '"'), value + "s", [value], 0, ""])
    changed = copy.deepcopy(value)
    if not changed or draw.random() < 0.2:
        return draw.choice([[], {}, "", [changed]])
    if isinstance(changed, list):
        at = draw.randrange(len(changed))
        return draw.choice([changed[::-1], changed[:-1], [*changed[:at], other(changed[at], draw), *changed[at + 1 :]]])
    key = draw.choice(list(changed))
    return draw.choice([{**changed, "more": 1}, {k: v for k, v in changed.items() if k != key}, {**changed, key: other(changed[key], draw)}])


def mutated(reply, functions, draw):
    reply = copy.deepcopy(reply)
    kind = draw.randrange(8)
    if kind == 0:
        return draw.choice([reply[::-1], reply[:-1], [*reply, reply[0]]])
    at = draw.randrange(len(reply))
    (name, given), = reply[at].items()
    if kind == 1:
        reply[at] = {draw.choice([f["name"] for f in functions] + [name.replace(".", "_"), name.upper()]): given}
    elif kind == 2 or not given:
        given["more"] = 1
    elif kind == 3:
        del given[draw.choice(list(given))]
    else:
        key = draw.choice(list(given))
        given[key] = other(given[key], draw)
    return reply


def main():
    check, draw, rows = checker(), random.Random(3), []
    for task, (category, functions, answers) in enumerate(TASKS):
        replies = [right(answers, draw) for _ in range(3)]
        replies += [mutated(right(answers, draw), functions, draw) for _ in range(40)]
        for reply in {json.dumps(reply): reply for reply in replies}.values():
            verdict = check(functions, reply, answers, category)["valid"]
            calls = [json.dumps({"name": n, "arguments": a}) for call in reply for n, a in call.items()]
            rows.append([task, "\n".join(calls), bool(verdict)])
    tasks = [
        {"category": category, "functions": functions, "answers": json.dumps(answers)}
        for category, functions, answers in TASKS
    ]
    lines = ",\n".join(json.dumps(row) for row in rows)
    text = f'{{"tasks": {json.dumps(tasks)},\n"rows": [\n{lines}\n]}}\n'
    (Path(__file__).resolve().parent / "bfcl.json").write_text(text)
    print(len(rows), "replies,", sum(verdict for _, _, verdict in rows), "of them right")


if __name__ == "__main__":
    main()
