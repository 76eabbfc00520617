"""Configurations that differ from the defaults by more than one option, and options with few choices."""

from __future__ import annotations

from typing import Any

STRING_OPTIONS: dict[str, tuple[Any, ...]] = {
    "feed_forward_proj": ("relu", "gated-gelu"),
    "position_embedding_type": ("absolute", "relative_key", "relative_key_query", "rotary", "alibi"),
    "position_embeddings_type": ("relative", "rotary", "relative_key"),
    "feat_extract_norm": ("group", "layer"),
    "norm_rel_ebd": ("none", "layer_norm"),
    "hidden_dim": (),
    "q_lora_rank": (None,),
    "n_shared_experts": (None, 0, 1),
    "shared_expert_intermediate_size": (0,),
    "num_shared_experts": (0, 1),
    "first_k_dense_replace": (0, 1),
    "moe_layer_start_index": (0, 1),
    "conv_kernel_size": (),
    "word_embed_proj_dim": (512,),
    "type_vocab_size": (0, 1, 2),
    "projection_dim": (0,),
    "layer_scale_init_value": (0, 0.1),
    "layerscale_value": (0, 0.1),
    "num_register_tokens": (0, 4),
    "adapter_size": (None, 64),
    "norm": ("layer_norm", "rms_norm"),
    "mlp_type": ("mlp", "swiglu"),
    "downsample_type": ("conv", "none"),
    "depth_multiplier": (),
    "layer_type": ("basic", "bottleneck"),
    "embedding_size": (),
    "add_adapter": (True, False),
}
"""Option → values that change which tensors there are; the default is left out where it is among them."""

_DEBERTA_V3 = {
    "relative_attention": True,
    "position_buckets": 256,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "pos_att_type": "p2c|c2p",
    "position_biased_input": False,
    "type_vocab_size": 0,
    "max_relative_positions": -1,
}
_LARGE_SPEECH = {"feat_extract_norm": "layer", "conv_bias": True, "do_stable_layer_norm": True}

CANONICAL: dict[str, tuple[dict[str, Any], ...]] = {
    "deberta-v2": (
        _DEBERTA_V3,
        {**_DEBERTA_V3, "conv_kernel_size": 3, "conv_act": "gelu"},
        {**_DEBERTA_V3, "conv_kernel_size": 3, "share_att_key": True, "position_biased_input": False},
    ),
    "deberta": (
        {
            "relative_attention": True,
            "pos_att_type": "c2p|p2c",
            "position_biased_input": False,
            "type_vocab_size": 0,
        },
    ),
    "deepseek_v2": ({"q_lora_rank": None}, {"q_lora_rank": 1536}),
    "opt": (
        {
            "word_embed_proj_dim": 512,
            "hidden_size": 1024,
            "do_layer_norm_before": False,
            "num_attention_heads": 16,
        },
    ),
    "wav2vec2": (_LARGE_SPEECH,),
    "hubert": (_LARGE_SPEECH,),
    "wavlm": (_LARGE_SPEECH,),
    "unispeech-sat": (_LARGE_SPEECH,),
    "data2vec-audio": (_LARGE_SPEECH,),
    "falcon": (
        {
            "new_decoder_architecture": True,
            "num_kv_heads": 8,
            "num_attention_heads": 128,
            "hidden_size": 8192,
        },
        {"alibi": True, "bias": True, "multi_query": False, "parallel_attn": False},
    ),
    "t5": ({"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},),
    "dinov2": ({"use_swiglu_ffn": True, "hidden_size": 1536, "num_attention_heads": 24},),
    "phi": ({"qk_layernorm": True},),
    "esm": (
        {
            "vocab_size": 33,
            "pad_token_id": 1,
            "mask_token_id": 32,
            "position_embedding_type": "rotary",
            "emb_layer_norm_before": False,
            "token_dropout": True,
        },
        {
            "vocab_size": 33,
            "pad_token_id": 1,
            "mask_token_id": 32,
            "position_embedding_type": "absolute",
            "emb_layer_norm_before": True,
            "token_dropout": True,
        },
    ),
    "gpt_neo": ({"attention_types": [[["global", "local"], 4]], "num_layers": 8},),
    "resnet": (
        {"layer_type": "basic", "depths": [2, 2, 2, 2], "hidden_sizes": [64, 128, 256, 512]},
        {"depths": [3, 4, 23, 3]},
    ),
    "llama": ({"attention_bias": True, "mlp_bias": True},),
    "stablelm": ({"use_qkv_bias": True}, {"use_parallel_residual": True, "qk_layernorm": True}),
    "efficientnet": ({"width_coefficient": 1.0, "depth_coefficient": 1.0, "hidden_dim": 1280},),
    "beit": (
        {
            "use_relative_position_bias": True,
            "use_shared_relative_position_bias": False,
            "layer_scale_init_value": 0.1,
        },
        {
            "use_relative_position_bias": True,
            "use_shared_relative_position_bias": False,
            "use_mask_token": True,
        },
    ),
}
"""Model type → published configurations, as options over the default."""

_QWEN4_EXP = {
    "indexer_n_heads": 4,
    "indexer_kv_heads": 1,
    "indexer_head_dim": 256,
    "indexer_budget": 512,
    "indexer_compress_ratio": 4,
}
_DIFFUSION_GEMMA = {"num_experts": 4, "top_k_experts": 2, "moe_intermediate_size": 704}
_COHERE_COMPASS = {
    "rope_parameters": {
        kind: {"rope_type": "default", "rope_theta": 10000.0}
        for kind in ("full_attention", "sliding_attention")
    }
}

REQUIRED: dict[str, dict[str, Any]] = {
    "cohere_compass": {"text_config": {"model_type": "cohere_compass_text", **_COHERE_COMPASS}},
    "cohere_compass_text": _COHERE_COMPASS,
    "dbrx": {"attn_config": {"rope_theta": 500000.0, "kv_n_heads": 8}},
    "diffusion_gemma": {"text_config": {"model_type": "diffusion_gemma_text", **_DIFFUSION_GEMMA}},
    "diffusion_gemma_text": _DIFFUSION_GEMMA,
    "hunyuan_vl": {"text_config": {"model_type": "hunyuan_vl_text", "head_dim": 128}},
    "hunyuan_vl_text": {"head_dim": 128},
    "moonshine_streaming": {"num_key_value_heads": 8},
    "qwen3_omni_moe_talker_text": {"shared_expert_intermediate_size": 512},
    "qwen4_exp": {"text_config": {"model_type": "qwen4_exp_text", **_QWEN4_EXP}},
    "qwen4_exp_text": _QWEN4_EXP,
    "t5gemma2_decoder": {"dropout_rate": 0.0},
    "t5gemma2_encoder": {"text_config": {"model_type": "t5gemma2_text", "dropout_rate": 0.0}},
    "t5gemma2_text": {"dropout_rate": 0.0},
    "vitmatte": {"convstream_hidden_sizes": [48, 96, 192], "fusion_hidden_sizes": [256, 128, 64, 32]},
    "autoformer": {"prediction_length": 24},
    "informer": {"prediction_length": 24},
    "time_series_transformer": {"prediction_length": 24},
    "chameleon": {"vocabulary_map": {"<image>": 4}},
    "emu3": {"vocabulary_map": {"<image>": 4}},
    "dots1": {"n_routed_experts": 8, "n_shared_experts": 1},
    "esm": {"vocab_size": 33, "pad_token_id": 1, "mask_token_id": 32},
    "hunyuan_v1_dense": {"head_dim": 128},
    "hunyuan_v1_moe": {"head_dim": 128, "num_experts": 4, "moe_topk": 1},
    "ministral": {"head_dim": 128},
    "nemotron": {"num_key_value_heads": 8},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"] * 4, "num_hidden_layers": 8},
}
"""Model type → options without which it cannot be built."""
