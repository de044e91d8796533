// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/engine.h"

#include <functional>
#include <string>
#include <vector>

namespace bitloom {

struct EngineOptions {
    std::string device; ///< Vulkan device by part of its name or index; empty: the best one
    int threads = 0;    ///< of Torch; 0: all cores
    /// Hears one sentence when an engine is replaced in the middle of a run. Any thread.
    std::function<void(const std::string&)> onReplaced;
    int loseDeviceAfterRuns = -1; ///< for tests: pretend to lose the Vulkan device; -1: never
};

/// The factory that app hands to the Workbench. "torch" and "vulkan" are taken at their word, but
/// where Vulkan fails (no loader, no device, out of memory) Torch does the same work and the notice
/// says why. "" takes a real GPU where there is one; a CPU-type device only when a short
/// measurement, made once per model, finds it faster than Torch. An engine whose device is lost
/// goes on in Torch: the sequences' tokens are replayed.
EngineFactory makeEngines(EngineOptions options = {});

/// A Vulkan device as --device and the window's menu offer it.
struct DeviceOffer {
    std::string name;
    bool isCpu = false;
};
/// Empty in a build without Vulkan, or where nothing can be had.
std::vector<DeviceOffer> offeredDevices();

} // namespace bitloom
