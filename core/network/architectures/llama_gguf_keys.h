// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/architectures/gguf_names.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace bitloom {

inline constexpr std::string_view kLlamaFamily = "llama";
/// The tensor of a GGUF whose numbers inverse frequencies are divided by.
inline constexpr std::string_view kRopeFactors = "rope_freqs.weight";

/// The numbers of a llama GGUF that say how attention is cut into heads.
struct LlamaGgufHeads {
    int64_t width, heads, keyValueHeads, size, valueSize, turned;

    /// Error naming a key that is missing or makes no sense.
    explicit LlamaGgufHeads(const GgufNumbers& numbers);
    /// Empty, or the key that asks for what is not computed.
    std::string unsupported() const;
};

/// Empty, or the key of a GGUF's metadata that asks for what is not computed.
std::string llamaGgufUnsupported(const Checkpoint& checkpoint);

} // namespace bitloom
