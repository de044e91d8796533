// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace bitloom {

/// Which engine did the work, asked when it was done: one may be replaced while it runs.
struct EngineUse {
    std::string id;          ///< "torch", "vulkan"; empty: stopped before there was one
    std::string description; ///< "Vulkan: llvmpipe (LLVM 15.0.6)"
    int64_t weightBytes = 0; ///< of all engines that took part
    std::string notice;      ///< empty, or why it was not the wanted one, or what ended a text
};

} // namespace bitloom
