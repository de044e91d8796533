// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/checkpoint.h"
#include "core/network/graph/graph.h"
#include "core/network/model/model.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace bitloom {

/// The numbers of a GPT-2. The epsilon, which GGUF keeps in single precision, is rounded to it.
struct Gpt2Configuration {
    int64_t vocabulary = 0;
    int64_t hidden = 0;
    int64_t feedForward = 0;
    int64_t context = 0;
    int blocks = 0;
    int heads = 0;
    double epsilon = 0;
    std::string activation; ///< "gelu_new", ...: also the operation's name
    bool tied = true;

    /// Error naming a number that is missing or makes no sense.
    explicit Gpt2Configuration(const nlohmann::json& given);
    int64_t headSize() const { return hidden / heads; }
};

bool isGpt2(const nlohmann::json& configuration);
std::string gpt2Unsupported(const nlohmann::json& configuration, const Checkpoint& checkpoint);
/// GPT2LMHeadModel (transformers, modeling_gpt2.py): LayerNorm before each part, learned positions,
/// weights stored inputs × outputs with q, k and v side by side, tied or separate head with or
/// without a bias. Slots are named without the prefix "transformer.", which files may have or not.
Graph buildGpt2(const nlohmann::json& configuration, const Checkpoint& checkpoint);

/// Empty, or the key of a GGUF's metadata that asks for what is not computed.
std::string gpt2GgufUnsupported(const Checkpoint& checkpoint);
/// Gives a GGUF's gpt2 tensors their Hugging Face names; there they are stored outputs × inputs.
nlohmann::json adoptGpt2Gguf(Checkpoint& checkpoint);
/// Keys and tensors as llama.cpp's loader wants them: q, k and v in one tensor. Error naming what
/// its gpt2 would compute differently.
GgufPlan gpt2GgufPlan(const nlohmann::json& configuration, const Graph& graph);

} // namespace bitloom
