// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/checkpoint.h"
#include "core/network/architectures/rope_settings.h"
#include "core/network/architectures/transformer_builder.h"
#include "core/network/graph.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace bitloom {

class ConfigurationReader;

/// The numbers of a Llama. Those that GGUF keeps in single precision (epsilon, theta, factors) are
/// rounded to it here, so that a file we write computes the same as what it was made from.
struct LlamaConfiguration {
    int64_t vocabulary = 0;
    int64_t hidden = 0;
    int64_t feedForward = 0;
    int64_t context = 0;
    int blocks = 0;
    int heads = 0;
    int keyValueHeads = 0;
    int headSize = 0;
    double epsilon = 0;
    RopeSettings rope;
    bool tied = false; ///< asked for by the configuration

    /// Error naming a number that is missing or makes no sense.
    explicit LlamaConfiguration(const nlohmann::json& configuration);
    /// theta^(−2i/headSize), scaled as transformers does.
    std::vector<double> inverseFrequencies() const { return rope.inverseFrequencies(headSize); }

private:
    LlamaConfiguration(const nlohmann::json& configuration, const ConfigurationReader& read);
};

bool isLlama(const nlohmann::json& configuration);
std::string llamaUnsupported(const nlohmann::json& configuration, const Checkpoint& checkpoint);
Transformer llamaTransformer(const LlamaConfiguration& numbers);
/// LlamaForCausalLM: RMSNorm, rotate-half rope, grouped-query attention, SwiGLU, tied or separate
/// head (transformers, modeling_llama.py).
Graph buildLlama(const nlohmann::json& configuration, const Checkpoint& checkpoint);

} // namespace bitloom
