// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/core/network/tiny_model.h"

namespace bitloom {

/// 2 blocks, 4 heads of 6 over 2 key/value heads, no tied head.
struct TinyLlama : TinyModel {
    TinyLlama()
    {
        configuration = {{"architectures", {"LlamaForCausalLM"}},
                         {"model_type", "llama"},
                         {"vocab_size", 2048},
                         {"hidden_size", 24},
                         {"intermediate_size", 40},
                         {"num_hidden_layers", 2},
                         {"num_attention_heads", 4},
                         {"num_key_value_heads", 2},
                         {"max_position_embeddings", 300},
                         {"rms_norm_eps", 1e-5},
                         {"rope_theta", 10000.0},
                         {"hidden_act", "silu"},
                         {"tie_word_embeddings", false}};
        shapes["model.embed_tokens.weight"] = shapes["lm_head.weight"] = {2048, 24};
        shapes["model.norm.weight"] = {24};
        for (int block = 0; block < 2; ++block) {
            const std::string name = "model.layers." + std::to_string(block) + ".";
            shapes[name + "self_attn.q_proj.weight"] = {24, 24};
            shapes[name + "self_attn.k_proj.weight"] = {12, 24};
            shapes[name + "self_attn.v_proj.weight"] = {12, 24};
            shapes[name + "self_attn.o_proj.weight"] = {24, 24};
            shapes[name + "mlp.gate_proj.weight"] = {40, 24};
            shapes[name + "mlp.up_proj.weight"] = {40, 24};
            shapes[name + "mlp.down_proj.weight"] = {24, 40};
            shapes[name + "input_layernorm.weight"] = {24};
            shapes[name + "post_attention_layernorm.weight"] = {24};
        }
    }
};

} // namespace bitloom
