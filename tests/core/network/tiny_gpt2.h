// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/core/network/tiny_model.h"

namespace bitloom {

/// 2 blocks of 3 heads of 12, feed-forward 52, own head; tensors without "transformer.".
struct TinyGpt2 : TinyModel {
    TinyGpt2()
    {
        configuration = {{"architectures", {"GPT2LMHeadModel"}},
                         {"model_type", "gpt2"},
                         {"vocab_size", 2048},
                         {"n_embd", 36},
                         {"n_inner", 52},
                         {"n_layer", 2},
                         {"n_head", 3},
                         {"n_positions", 301},
                         {"layer_norm_epsilon", 1e-5},
                         {"activation_function", "gelu_new"},
                         {"tie_word_embeddings", false}};
        shapes["wte.weight"] = shapes["lm_head.weight"] = {2048, 36};
        shapes["wpe.weight"] = {301, 36};
        addNorm("ln_f");
        for (int block = 0; block < 2; ++block) {
            const std::string name = "h." + std::to_string(block) + ".";
            addNorm(name + "ln_1");
            addNorm(name + "ln_2");
            addConv(name + "attn.c_attn", 36, 108);
            addConv(name + "attn.c_proj", 36, 36);
            addConv(name + "mlp.c_fc", 36, 52);
            addConv(name + "mlp.c_proj", 52, 36);
        }
    }

    /// As most checkpoints of today have it.
    void addPrefix()
    {
        std::map<std::string, Shape> renamed;
        for (const auto& [name, shape] : shapes)
            renamed[name.starts_with("lm_head") ? name : "transformer." + name] = shape;
        shapes = renamed;
    }

private:
    void addNorm(const std::string& name)
    {
        shapes[name + ".weight"] = shapes[name + ".bias"] = {36};
    }
    void addConv(const std::string& name, int64_t inputs, int64_t outputs)
    {
        shapes[name + ".weight"] = {inputs, outputs};
        shapes[name + ".bias"] = {outputs};
    }
};

} // namespace bitloom
