// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/engine/engine_memory.h"
#include "gpu/device/vulkan_devices.h"

#include <memory>

namespace bitloom {

/// What the Vulkan engine holds on the device that `options` ask for: weights in the planar layout
/// (gpu/kernels/planar.h) at the device's alignment, norms and biases as floats, states and values
/// as floats. Error: there is no such device.
std::shared_ptr<const EngineMemory> vulkanMemory(const VulkanOptions& options);

} // namespace bitloom
