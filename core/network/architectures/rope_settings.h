// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// How far positions turn the pairs of a head (rotary position embedding), as a configuration asks
/// for it: theta^(−2i/headSize), divided. Numbers that GGUF keeps in single precision are rounded
/// to it.
struct RopeSettings {
    double theta = 0;
    double linearScaling = 1; ///< positions are divided by it
    /// Inverse frequency i is divided by frequencyFactors[i] (Llama 3); empty: none.
    std::vector<double> frequencyFactors;

    /// One per pair of a head.
    std::vector<double> inverseFrequencies(int headSize) const;
};

/// Empty, or what about its rotary positions is contradictory, not understood or not computed here.
/// Transformers 4 writes rope_theta and rope_scaling, transformers 5 rope_parameters, perhaps one
/// object per layer type; they may stand beside each other as long as they say the same.
std::string ropeUnsupported(const nlohmann::json& configuration);

/// Error of `family` when ropeUnsupported, or when a number makes no sense.
RopeSettings readRope(std::string_view family, const nlohmann::json& configuration, int headSize);

} // namespace bitloom
