"""A PPO step in PyTorch and transformers. TRL 1.16 has no PPO trainer, neither in its stable API nor in trl.experimental.

The step is the textbook's, batched as TRL's trainers batch: `generate`, log-probs and values of all completions in one forward each,
advantages by GAE (gamma 1, lambda 0.95), whitened, then four passes of one update each by the policy and by the critic, which is a
model of its own with a head of one number. No KL term, so that no reference is run.
"""

import torch
from transformers import AutoModelForTokenClassification

from conversation import Conversation
from models import equations, qwen2, small_tokenizer
from trainer_works import variety

PASSES = 4


def ppo(conversation: Conversation, command: dict) -> None:
    """`rollouts` completions of exactly `tokens` tokens, a cheap reward, four updates of the policy and of the critic."""
    tokenizer = small_tokenizer(command["shape"]["vocabulary"])
    tokenizer.padding_side = "left"
    ids = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    policy = qwen2(command["shape"], "f32", vocabulary=len(tokenizer), **ids)
    policy.config.num_labels, policy.config.classifier_dropout = 1, 0.0
    critic = AutoModelForTokenClassification.from_config(policy.config)
    optimizers = [torch.optim.AdamW(model.parameters(), lr=1e-5, fused=True) for model in (policy, critic)]
    texts = equations(1000, seed=2)
    per_step = command["rollouts"] // command["groupSize"]
    at = 0
    while conversation.wait():
        prompts = [texts[(at + i) % len(texts)] for i in range(per_step) for _ in range(command["groupSize"])]
        at += per_step
        step(policy, critic, optimizers, tokenizer, prompts, command["tokens"])
        conversation.done(tokens=command["rollouts"] * command["tokens"])


def step(policy, critic, optimizers, tokenizer, prompts: list[str], count: int) -> None:
    given = tokenizer(prompts, return_tensors="pt", padding=True, return_token_type_ids=False)
    with torch.inference_mode():
        rows = policy.generate(**given, do_sample=True, top_k=0, min_new_tokens=count, max_new_tokens=count)
    # A clone, since tensors of inference mode take part in no gradient.
    rows = rows.clone()
    mask = torch.cat([given["attention_mask"], torch.ones(len(prompts), count, dtype=torch.long)], dim=1)
    rewards = torch.tensor(variety(tokenizer.batch_decode(rows[:, -count:])))
    with torch.no_grad():
        old, values = log_probs(policy, rows, mask, count), values_of(critic, rows, mask, count)
    advantages = gae(rewards, values)
    returns = advantages + values
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    for _ in range(PASSES):
        ratio = (log_probs(policy, rows, mask, count) - old).exp()
        loss = -torch.minimum(ratio * advantages, ratio.clamp(0.8, 1.2) * advantages).mean()
        update(policy, optimizers[0], loss)
        now = values_of(critic, rows, mask, count)
        clipped = values + (now - values).clamp(-0.2, 0.2)
        value_loss = 0.5 * torch.maximum((now - returns) ** 2, (clipped - returns) ** 2).mean()
        update(critic, optimizers[1], value_loss)


def update(model, optimizer, loss) -> None:
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()


def log_probs(policy, rows, mask, count: int):
    """Of the last `count` tokens of each row. The head runs on their positions alone, as in TRL's trainers."""
    logits = policy(rows, attention_mask=mask, logits_to_keep=count + 1, use_cache=False).logits[:, :-1]
    return logits.log_softmax(-1).gather(-1, rows[:, -count:, None])[..., 0]


def values_of(critic, rows, mask, count: int):
    """Of the states before the last `count` tokens."""
    return critic(rows, attention_mask=mask, use_cache=False).logits[:, -count - 1 : -1, 0]


def gae(rewards, values):
    """Advantages by token; the reward comes with the last one."""
    advantages = torch.zeros_like(values)
    behind = torch.zeros_like(rewards)
    for t in reversed(range(values.shape[1])):
        following = values[:, t + 1] if t + 1 < values.shape[1] else rewards
        behind = following - values[:, t] + 0.95 * behind
        advantages[:, t] = behind
    return advantages
