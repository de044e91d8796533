// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

namespace bitloom {

struct EngineOptions {
    std::string device; ///< Vulkan device by part of its name or index; empty: the best one
    int threads = 0;    ///< of Torch; 0: all cores
    /// Hears one sentence when an engine is replaced in the middle of a run. Any thread.
    std::function<void(const std::string&)> onReplaced;
    int loseDeviceAfterRuns = -1; ///< for tests: pretend to lose the Vulkan device; -1: never
};

} // namespace bitloom
