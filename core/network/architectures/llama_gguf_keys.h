// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/architectures/gguf_names.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace bitloom {

/// The tensor of a GGUF whose numbers inverse frequencies are divided by.
inline constexpr std::string_view kRopeFactors = "rope_freqs.weight";

/// The numbers of a llama GGUF that say how attention is cut into heads.
struct LlamaGgufHeads {
    std::string_view family; ///< in front of the keys
    int64_t width, heads, keyValueHeads, size, valueSize, turned;

    /// Error naming a key that is missing or makes no sense.
    explicit LlamaGgufHeads(const GgufNumbers& numbers);
    /// Empty, or the key that asks for what is not computed.
    std::string unsupported() const;
};

} // namespace bitloom
