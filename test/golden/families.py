"""The four tiny models: their configurations, as config.json spells them, and how they are saved.

Two spellings of the same configuration exist in the wild. The `legacy` one (transformers 4: `rope_theta` and
`rope_scaling` at the top, `torch_dtype`) and the `current` one (transformers 5: `rope_parameters`, `dtype`). Each folder
holds one of them as config.json and the other as alternate-config.json; both describe the same model.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Family:
    name: str
    shared: dict  # what both spellings have in common
    legacy: dict
    current: dict
    config_spelling: str  # which of the two is config.json
    dtype: str  # of the saved weights
    special_tokens: dict  # role → text
    shards: int = 1
    norms_around_zero: bool = False  # gemma: the norm multiplies by 1 + weight
    rslora: bool = False  # of the adapter on all linear layers
    generation: dict = field(default_factory=dict)


QWEN2 = Family(
    name="qwen2",
    shared={
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "vocab_size": 320,  # larger than the tokenizer's: real Qwen folders pad it too
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "hidden_act": "silu",
        "max_position_embeddings": 256,
        "rms_norm_eps": 1e-6,
        "tie_word_embeddings": True,
        "use_sliding_window": False,
        "attention_dropout": 0.0,
        "use_cache": True,
    },
    legacy={"rope_theta": 10000.0, "torch_dtype": "float32", "sliding_window": None},
    current={"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}, "dtype": "float32"},
    config_spelling="legacy",
    dtype="float32",
    special_tokens={"pad": "<|endoftext|>", "turn": "<|im_start|>", "eos": "<|im_end|>"},
    generation={"do_sample": True, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "repetition_penalty": 1.05},
)

QWEN3 = Family(
    name="qwen3",
    shared={
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "vocab_size": 324,
        "hidden_size": 32,
        "intermediate_size": 56,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,  # not hidden_size / num_attention_heads
        "hidden_act": "silu",
        "max_position_embeddings": 256,
        "rms_norm_eps": 1e-6,
        "tie_word_embeddings": True,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "use_sliding_window": False,
        "use_cache": True,
    },
    legacy={"rope_theta": 1000000, "rope_scaling": None, "torch_dtype": "bfloat16"},
    current={"rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0}, "dtype": "bfloat16"},
    config_spelling="current",
    dtype="bfloat16",
    special_tokens={"pad": "<|endoftext|>", "turn": "<|im_start|>", "eos": "<|im_end|>"},
    rslora=True,
    generation={"do_sample": True, "temperature": 0.6, "top_p": 0.95, "top_k": 20},
)

LLAMA3_ROPE = {  # with head size 8: wavelengths 6, 63, 628 and 6283, so each of the three branches is taken
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
LLAMA = Family(
    name="llama",
    shared={
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": 322,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "hidden_act": "silu",
        "max_position_embeddings": 512,
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": False,
        "attention_bias": False,
        "mlp_bias": False,
        "attention_dropout": 0.0,
        "pretraining_tp": 1,
        "use_cache": True,
    },
    legacy={"rope_theta": 10000.0, "rope_scaling": LLAMA3_ROPE, "torch_dtype": "float32"},
    current={"rope_parameters": {**LLAMA3_ROPE, "rope_theta": 10000.0}, "dtype": "float32", "head_dim": 8},
    config_spelling="legacy",
    dtype="float32",
    shards=2,
    special_tokens={
        "bos": "<|begin_of_text|>",
        "turn": "<|start_header_id|>",
        "turn_end": "<|end_header_id|>",
        "eos": "<|eot_id|>",
        "pad": "<|end_of_text|>",
    },
    generation={"do_sample": True, "temperature": 0.6, "top_p": 0.9},
)

GEMMA3 = Family(
    name="gemma3",
    shared={
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "vocab_size": 448,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "head_dim": 16,
        "query_pre_attn_scalar": 24,  # not the head size: the scale of the scores is its own number
        "hidden_activation": "gelu_pytorch_tanh",
        "max_position_embeddings": 256,
        "rms_norm_eps": 1e-6,
        "tie_word_embeddings": True,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "attn_logit_softcapping": None,
        "final_logit_softcapping": None,
        "sliding_window": 5,  # shorter than every prompt
        "use_cache": True,
    },
    legacy={
        "rope_theta": 1000000.0,
        "rope_local_base_freq": 10000.0,
        "rope_scaling": None,
        "sliding_window_pattern": 2,
        "torch_dtype": "float16",
    },
    current={
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
        "rope_parameters": {
            "full_attention": {"rope_type": "default", "rope_theta": 1000000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
        },
        "dtype": "float16",
    },
    config_spelling="current",
    dtype="float16",
    special_tokens={
        "pad": "<pad>",
        "eos_text": "<eos>",
        "bos": "<bos>",
        "unk": "<unk>",
        "turn": "<start_of_turn>",
        "eos": "<end_of_turn>",
    },
    norms_around_zero=True,
    generation={"do_sample": True, "top_k": 64, "top_p": 0.95},
)

FAMILIES = [QWEN2, QWEN3, LLAMA, GEMMA3]
