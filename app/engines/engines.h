// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/engines/engine_options.h"
#include "core/network/engine/engine.h"
#include "core/network/engine/engine_memory.h"

#include <string>
#include <vector>

namespace bitloom {

/// The factory that app hands to the Workbench. "torch" and "vulkan" are taken at their word, but
/// where Vulkan fails (no loader, no device, out of memory) Torch does the same work and the notice
/// says why. "" takes a real GPU where there is one; a CPU-type device only when a short
/// measurement, made once per model, finds it faster than Torch. An engine whose device is lost
/// goes on in Torch: the sequences' tokens are replayed.
EngineFactory makeEngines(EngineOptions options = {});

/// What the Vulkan engine would hold, whether or not it is the one that runs: of the device that
/// `options` ask for.
EngineMemorySource engineMemory(EngineOptions options = {});

/// A Vulkan device as --device and the window's menu offer it.
struct DeviceOffer {
    std::string name;
    bool isCpu = false;
};
/// Empty in a build without Vulkan, or where nothing can be had.
std::vector<DeviceOffer> offeredDevices();

} // namespace bitloom
