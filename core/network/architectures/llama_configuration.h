// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/architectures/configuration_fields.h"
#include "core/network/architectures/rope_settings.h"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>
#include <vector>

namespace bitloom {

class ConfigurationReader;

/// The numbers of a Llama, and of what is one but for little. Those that GGUF keeps in single
/// precision (epsilon, theta, factors) are rounded to it here, so that a file we write computes the
/// same as what it was made from.
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

    /// Error of the family naming a number that is missing or makes no sense.
    explicit LlamaConfiguration(const nlohmann::json& configuration,
                                std::string_view family = "llama");
    /// theta^(−2i/headSize), scaled as transformers does.
    std::vector<double> inverseFrequencies() const { return rope.inverseFrequencies(headSize); }

private:
    LlamaConfiguration(const nlohmann::json& configuration, std::string_view family,
                       const ConfigurationReader& read);
};

/// Fields of LlamaConfig and MistralConfig, and of those who write them.
std::span<const Field> llamaFields();

} // namespace bitloom
