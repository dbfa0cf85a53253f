"""Losses whose reference is the formula, written out in PyTorch: those of the training client, PPO and the KL estimators."""

import torch


def client_losses(inputs: dict, value_and_gradient, rounded) -> list[dict]:
    """Sums over the tokens of the mask, A the advantage of the token's row, ρ = exp(logp − logp_old).

    importance_sampling: −Σ ρ·A                           https://tinker-docs.thinkingmachines.ai/tinker/losses
    ppo:   −Σ min(ρ·A, clip(ρ, low, high)·A)              the same; Schulman et al. 2017, eq. 7
    cispo: −Σ stop_gradient(clip(ρ, low, high))·A·logp    the same; MiniMax 2025
    dro:   −Σ (logp·A − ½·β·(logp − logp_old)²)           the same; Richemond et al. 2024
    """
    old, mask = inputs["oldLogProbs"], inputs["mask"]
    advantages = inputs["advantages"][:, None]
    generator = torch.Generator().manual_seed(6)
    per_token = {
        "clipLow": (0.95 - 0.3 * torch.rand(mask.shape, generator=generator, dtype=torch.float64)).mul(1e4).round()
        / 1e4,
        "clipHigh": (1.05 + 0.3 * torch.rand(mask.shape, generator=generator, dtype=torch.float64)).mul(1e4).round()
        / 1e4,
    }

    def clipped_ratio(ratio, config):
        low, high = (torch.as_tensor(config[key], dtype=ratio.dtype) for key in ("clipLow", "clipHigh"))
        return torch.maximum(torch.minimum(ratio, high), low)

    def importance_sampling(log_probs, _):
        return -((log_probs - old).exp() * advantages * mask).sum()

    def ppo_loss(log_probs, config):
        ratio = (log_probs - old).exp()
        return -(torch.min(ratio * advantages, clipped_ratio(ratio, config) * advantages) * mask).sum()

    def cispo(log_probs, config):
        ratio = (log_probs - old).exp()
        return -(clipped_ratio(ratio, config).detach() * advantages * log_probs * mask).sum()

    def dro(log_probs, config):
        return -((log_probs * advantages - 0.5 * config["beta"] * (log_probs - old) ** 2) * mask).sum()

    cases = [
        ("importance_sampling", importance_sampling, {}),
        ("ppo", ppo_loss, {"clipLow": 0.8, "clipHigh": 1.2}),
        ("ppo", ppo_loss, {"clipLow": 0.8, "clipHigh": 1.28}),
        ("ppo", ppo_loss, per_token),
        ("cispo", cispo, {"clipLow": 0.8, "clipHigh": 1.2}),
        ("cispo", cispo, per_token),
        ("dro", dro, {"beta": 0.05}),
        ("dro", dro, {"beta": 0.5}),
    ]
    results = []
    for name, loss, config in cases:
        entry = value_and_gradient(
            lambda log_probs, loss=loss, config=config: loss(log_probs, config), inputs["logProbs"]
        )
        shown = {key: rounded(value) for key, value in config.items()}
        results.append({"loss": name, "config": shown, **entry})
    return results


def divergences(inputs: dict, value_and_gradient) -> list[dict]:
    """Sums over the mask of the estimators of KL(policy ‖ reference), r = logp_ref − logp (Schulman 2020, joschu.net/blog/kl-approx):
    k1 = −r, k2 = ½·r², k3 = exp(r) − r − 1."""
    reference, mask = inputs["referenceLogProbs"], inputs["mask"]
    formulas = {"k1": lambda r: -r, "k2": lambda r: 0.5 * r**2, "k3": lambda r: r.exp() - r - 1}
    return [
        {
            "estimator": name,
            **value_and_gradient(
                lambda log_probs, formula=formula: (formula(reference - log_probs) * mask).sum(), inputs["logProbs"]
            ),
        }
        for name, formula in formulas.items()
    ]


def ppo(inputs: dict, value_and_gradient, rounded) -> dict:
    """PPO with a value head, as TRL's PPOTrainer computed it while TRL had one (its last releases leave it out):
    generalised advantage estimation (Schulman et al. 2016), the clipped policy loss and the clipped value loss, both the mean
    over the tokens of the mask, the value loss times ½."""
    mask, old = inputs["mask"], inputs["oldLogProbs"]
    generator = torch.Generator().manual_seed(7)
    shape = mask.shape
    values, new_values, rewards = (
        torch.randn(shape, generator=generator, dtype=torch.float64).mul(1e4).round() / 1e4 * mask for _ in range(3)
    )
    results = []
    for gamma, decay in ((1.0, 0.95), (0.9, 0.8)):
        advantages = torch.zeros_like(values)
        for row in range(shape[0]):
            length, running = int(mask[row].sum()), 0.0
            for position in reversed(range(length)):
                following = (
                    values[row, position + 1] if position + 1 < length else 0.0
                )  # an episode ends at its last token
                delta = rewards[row, position] + gamma * following - values[row, position]
                running = delta + gamma * decay * running
                advantages[row, position] = running
        returns = (advantages + values) * mask
        chosen = advantages[mask.bool()]
        whitened = (advantages - chosen.mean()) * torch.rsqrt(chosen.var(unbiased=True) + 1e-8) * mask

        def policy_loss(log_probs, whitened=whitened):
            ratio = (log_probs - old).exp()
            worse = torch.max(-whitened * ratio, -whitened * ratio.clamp(0.8, 1.2))
            return (worse * mask).sum() / mask.sum()

        def value_loss(predicted, returns=returns):
            kept = torch.max(torch.min(predicted, values + 0.2), values - 0.2)
            worse = torch.max((predicted - returns) ** 2, (kept - returns) ** 2)
            return 0.5 * (worse * mask).sum() / mask.sum()

        results.append(
            {
                "gamma": gamma,
                "lambda": decay,
                "clipRange": 0.2,
                "valueClipRange": 0.2,
                "advantages": rounded(advantages),
                "returns": rounded(returns),
                "whitenedAdvantages": rounded(whitened),
                "policyLoss": value_and_gradient(policy_loss, inputs["logProbs"]),
                "valueLoss": value_and_gradient(value_loss, new_values),
            }
        )
    return {"values": rounded(values), "newValues": rounded(new_values), "rewards": rounded(rewards), "cases": results}
