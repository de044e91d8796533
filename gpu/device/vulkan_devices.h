// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bitloom {

struct VulkanOptions {
    std::string device;      ///< part of a device's name or its index; empty: best, real GPUs first
    bool allowCpu = true;    ///< false: a CPU-type device is taken only when named by `device`
    bool validation = false; ///< load the validation layer (also: environment BITLOOM_VALIDATION=1)

    // Switches by which tests reach the rarer paths.
    bool forceStorageBuffers = false;
    bool forceTexelBuffers = false;
    int64_t maxWeightBytes = 0;   ///< pretend to be out of memory above; 0: the device decides
    int64_t maxSlabBytes = 0;     ///< split weights by rows above; 0: the device's limits decide
    int lanesPerRow = 0;          ///< lanes that share a row of a matrix: 1 or 8; 0: by device
    int loseDeviceAfterRuns = -1; ///< pretend to lose the device at this run; -1: never
};

struct VulkanDeviceInfo {
    std::string name;
    bool isCpu = false;
    int64_t memoryBytes = 0; ///< of the largest device-local heap
};

/// What the loader offers, in its order; empty without a loader, a driver or a device.
std::vector<VulkanDeviceInfo> vulkanDevices();

} // namespace bitloom
