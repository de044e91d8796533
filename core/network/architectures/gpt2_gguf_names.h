// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/architectures/gguf_names.h"

#include <array>

namespace bitloom {

/// GGUF's stems beside Hugging Face's; those of a block come behind "blk.N." and "h.N.".
inline constexpr std::array<GgufNames::Pair, 4> kGpt2OuterNames = {{
    {"token_embd", "wte"},
    {"position_embd", "wpe"},
    {"output_norm", "ln_f"},
    {"output", "lm_head"},
}};
inline constexpr std::array<GgufNames::Pair, 6> kGpt2BlockNames = {{
    {"attn_norm", "ln_1"},
    {"attn_qkv", "attn.c_attn"},
    {"attn_output", "attn.c_proj"},
    {"ffn_norm", "ln_2"},
    {"ffn_up", "mlp.c_fc"},
    {"ffn_down", "mlp.c_proj"},
}};
inline constexpr GgufNames kGpt2GgufNames = {"h.", kGpt2OuterNames, kGpt2BlockNames};

} // namespace bitloom
