// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/engine/engine.h"
#include "gpu/device/vulkan_devices.h"

#include <memory>

namespace bitloom {

/// Runs the model's whole forward pass on a Vulkan device, from packed weights that the kernels
/// decode. Error: no loader, no fitting device, out of memory, a graph the kernels cannot run.
/// Engine::run throws DeviceLost when the device goes away; the engine is then of no more use.
std::unique_ptr<Engine> makeVulkanEngine(std::shared_ptr<const Model> model,
                                         const WeightSource& weights,
                                         const VulkanOptions& options = {});

} // namespace bitloom
