"""gepa.json: how the authors' code of GEPA chooses parents from a Pareto set, and what it merges.

The package's own functions run; only the random draws are replaced, so that what may be drawn is seen. Run by itself:
    pip install --no-deps gepa==0.1.4 && python test/golden/gepa_selection.py
"""

import json
import random
from pathlib import Path

from gepa.gepa_utils import select_program_candidate_from_pareto_front
from gepa.proposer.merge import sample_and_attempt_merge_programs_by_common_predictors


class Seen(Exception):
    def __init__(self, items):
        super().__init__()
        self.items = items


class SeeingRandom:
    def choice(self, items):
        raise Seen(list(items))


def frequencies(scores: list[list[float]]) -> dict[str, int]:
    """Candidate → how often it is in the list that the parent is drawn from."""
    tasks = range(len(scores[0]))
    best = [max(row[task] for row in scores) for task in tasks]
    fronts = {task: {i for i, row in enumerate(scores) if row[task] == best[task]} for task in tasks}
    means = [sum(row) / len(row) for row in scores]
    try:
        select_program_candidate_from_pareto_front(fronts, means, SeeingRandom())
    except Seen as seen:
        return {str(i): seen.items.count(i) for i in sorted(set(seen.items))}
    raise AssertionError("nothing was drawn")


def score_tables() -> list[list[list[float]]]:
    """Tables of few different scores, so that many candidates are best at the same task; equal means are drawn anew."""
    draws = random.Random(7)
    tables = []
    while len(tables) < 12:
        table = [[draws.choice([0.0, 0.25, 0.5, 1.0]) for _ in range(6)] for _ in range(7)]
        if len({sum(row) for row in table}) == len(table):
            tables.append(table)
    return tables


def merged(ancestor: dict, first: dict, second: dict, scores: list[float]) -> dict | None:
    """The merge of two children of one ancestor; None where there is none. Equal scores are not among the cases."""
    found = sample_and_attempt_merge_programs_by_common_predictors(
        agg_scores=scores,
        rng=random.Random(0),
        merge_candidates=[1, 2],
        merges_performed=([], []),
        program_candidates=[ancestor, first, second],
        parent_program_for_candidate=[[None], [0], [0]],
    )
    return None if found is None else found[0]


def merge_cases() -> list[dict]:
    ancestor = {"plan": "p", "solve": "s", "check": "c"}
    pairs = [
        ({"plan": "p1"}, {"solve": "s2"}, [0.2, 0.5, 0.6]),
        ({"plan": "p1"}, {"plan": "p2", "solve": "s2"}, [0.2, 0.5, 0.6]),
        ({"plan": "p1", "check": "c1"}, {"plan": "p2", "solve": "s2"}, [0.2, 0.7, 0.6]),
        ({"plan": "p1"}, {"plan": "p2"}, [0.2, 0.5, 0.6]),
        ({"plan": "p1"}, {"plan": "p1", "check": "c2"}, [0.2, 0.5, 0.6]),
        ({"plan": "p1"}, {"solve": "s2"}, [0.55, 0.5, 0.6]),
        ({"plan": "p1"}, {"plan": "p1"}, [0.2, 0.5, 0.6]),
    ]
    cases = []
    for one, two, scores in pairs:
        first, second = {**ancestor, **one}, {**ancestor, **two}
        result = merged(ancestor, first, second, scores)
        cases.append({"ancestor": ancestor, "first": first, "second": second, "scores": scores, "merged": result})
    return cases


def main() -> None:
    golden = {
        "source": "gepa 0.1.4: select_program_candidate_from_pareto_front, sample_and_attempt_merge_programs_by_common_predictors",
        "pareto": [{"scores": table, "frequencies": frequencies(table)} for table in score_tables()],
        "merges": merge_cases(),
    }
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in golden.items()]
    path = Path(__file__).resolve().parent / "gepa.json"
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
