// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/architectures/architectures.h"
#include "core/network/engine/engine.h"
#include "tests/core/network/tiny_bert.h"
#include "tests/core/network/tiny_gpt2.h"
#include "tests/core/network/tiny_llama.h"
#include "tests/core/network/tiny_lstm.h"

#include <stdexcept>

namespace bitloom {

/// Heads of 12, which the kernels take.
inline TinyModel tinyLlamaForKernels()
{
    TinyLlama tiny;
    tiny.configuration["num_attention_heads"] = 2;
    tiny.configuration["num_key_value_heads"] = 1;
    return tiny;
}

/// The tiny random network of an architecture; a row of the table without one fails its tests here.
inline TinyModel tinyModel(const Architecture& architecture)
{
    static const std::map<std::string_view, TinyModel> models = {
        {"llama", tinyLlamaForKernels()},
        {"gpt2", TinyGpt2()},
        {"bert", TinyBert()},
        {"lstm_lm", TinyLstm()},
    };
    const auto found = models.find(architecture.id);
    if (found == models.end())
        throw std::runtime_error("there is no tiny " + std::string(architecture.id));
    return found->second;
}

/// Nine tokens of its vocabulary.
inline TextBatch someText(const Graph& graph)
{
    TextBatch batch;
    std::vector<int32_t> tokens;
    for (int32_t i = 0; i < 9; ++i)
        tokens.push_back(static_cast<int32_t>((31 * i + 7) % graph.vocabulary));
    batch.add(tokens);
    return batch;
}

} // namespace bitloom
