"""generalized-advantages.json: advantages of episodes of several turns, whitened; and the adaptive KL coefficient, in NumPy.

TRL 1.16 has no PPO trainer any more, so the papers' formulas are the reference, written here as they define a step: by the sum of later
temporal differences (GAE, eq. 16), not by the recursion that code uses. float64, printed with 10 digits.
"""

from pathlib import Path

import numpy as np

from arrays import write_json

# Turns of given and sampled tokens: [prompt, sampled, given, sampled, …]. The second answer has turns of one token.
ANSWERS = [[3, 4, 2, 3], [2, 1, 1, 1, 3, 2], [4, 5]]


def discounted(rewards, values, last, gamma, lam):
    """A_t = Σ_l (γλ)^l δ_{t+l}, δ_t = r_t + γ V(s_{t+1}) − V(s_t)."""
    deltas = rewards + gamma * np.append(values[1:], last) - values
    powers = (gamma * lam) ** np.arange(len(deltas))
    return np.array([np.sum(powers[: len(deltas) - t] * deltas[t:]) for t in range(len(deltas))])


def case(lengths, values, penalties, reward, *, steps, bootstrap, gamma, lam):
    """Arrays by token of the row. `values` has one number more: that after the last token."""
    advantages, returns, learned = (np.zeros(sum(lengths)) for _ in range(3))
    turns, at = [], 0
    for i, length in enumerate(lengths):
        if i % 2 == 1:
            turns.append(np.arange(at, at + length))
        at += length
    groups = turns if steps == "turns" else [np.array([t]) for turn in turns for t in turn]
    rewards = np.array([-penalties[group].sum() for group in groups])
    rewards[-1] += reward
    before = np.array([values[group[0]] for group in groups])
    advantage = discounted(rewards, before, values[at] if bootstrap else 0.0, gamma, lam)
    for group, one, value in zip(groups, advantage, before):
        advantages[group] = one
        returns[group[0]] = one + value
        learned[group[0]] = 1
    return {"advantages": advantages, "returns": returns, "mask": learned}


def whitened(advantages, masks):
    sampled = np.concatenate([a[m == 1] for a, m in zip(advantages, masks)])
    return [(a - sampled.mean()) / np.sqrt(sampled.var(ddof=1) + 1e-8) * m for a, m in zip(advantages, masks)]


def coefficients(divergences, *, start, target, rate):
    """Ziegler et al. 2019 §2.2: e = clip((KL − target) / target, −0.2, 0.2), β ← β (1 + rate · e)."""
    found = [start]
    for divergence in divergences:
        error = np.clip((divergence - target) / target, -0.2, 0.2)
        found.append(found[-1] * (1 + rate * error))
    return found[1:]


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(part) for part in value]
    if isinstance(value, np.ndarray):
        return rounded(value.tolist())
    return float(f"{value:.10g}") if isinstance(value, float) else value


def build(root: Path) -> None:
    random = np.random.default_rng(7)
    masks = [np.concatenate([np.full(n, i % 2) for i, n in enumerate(lengths)]) for lengths in ANSWERS]
    values = [random.normal(size=len(mask) + 1).round(4) for mask in masks]
    penalties = [(random.normal(scale=0.1, size=len(mask)) * mask).round(4) for mask in masks]
    rewards = random.normal(size=len(masks)).round(4).tolist()
    cases = []
    for steps in ("tokens", "turns"):
        for gamma, lam, bootstrap in ((1.0, 0.95, False), (0.9, 0.8, True), (0.99, 1.0, False)):
            shown = {"steps": steps, "discount": gamma, "lambda": lam, "bootstrap": bootstrap}
            answers = [
                case(lengths, *one, steps=steps, bootstrap=bootstrap, gamma=gamma, lam=lam)
                for lengths, *one in zip(ANSWERS, values, penalties, rewards)
            ]
            white = whitened([answer["advantages"] for answer in answers], masks)
            cases.append({**shown, "answers": [{**a, "whitened": w} for a, w in zip(answers, white)]})
    divergences = [0.2, 9.0, 6.5, 5.8, 30.0, 6.0]
    controller = {"start": 0.1, "target": 6.0, "rate": 0.1}
    write_json(
        root / "generalized-advantages.json",
        rounded(
            {
                "lengths": ANSWERS,
                "values": values,
                "penalties": penalties,
                "rewards": rewards,
                "cases": cases,
                "adaptiveKl": {**controller, "kl": divergences, "coefficients": coefficients(divergences, **controller)},
            }
        ),
        compact=True,
    )
