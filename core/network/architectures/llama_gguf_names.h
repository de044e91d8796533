// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/architectures/gguf_names.h"

#include <array>

namespace bitloom {

/// GGUF's stems beside Hugging Face's; those of a block come behind "blk.N." and
/// "model.layers.N.".
inline constexpr std::array<GgufNames::Pair, 3> kLlamaOuterNames = {{
    {"token_embd", "model.embed_tokens"},
    {"output_norm", "model.norm"},
    {"output", "lm_head"},
}};
inline constexpr std::array<GgufNames::Pair, 9> kLlamaBlockNames = {{
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"},
    {"ffn_norm", "post_attention_layernorm"},
    {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"},
}};

inline constexpr GgufNames kLlamaGgufNames = {"model.layers.", kLlamaOuterNames, kLlamaBlockNames};

} // namespace bitloom
