// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/device/instance.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace bitloom {

/// What kernels and memory need to know about a device.
struct DeviceLimits {
    bool isCpu = false;
    uint32_t subgroup = 1;       ///< lanes
    int64_t alignment = 16;      ///< of buffer regions, bytes
    int64_t texelElements = 0;   ///< of one texel view
    int64_t storageBytes = 0;    ///< of one storage binding
    int64_t allocationBytes = 0; ///< of one memory allocation
    int64_t memoryBytes = 0;
    uint32_t groupCount = 0; ///< workgroups in x
};

enum class MemoryUse {
    Device,   ///< read and written by kernels
    Upload,   ///< written by the host
    ReadBack, ///< read by the host
};

/// A logical device with one compute queue. Shared by all engines that run on it, so that they
/// share what the driver compiles.
class Device {
public:
    /// Picks the device that `options` ask for. Error: none fits.
    static std::shared_ptr<Device> open(const VulkanOptions& options);
    ~Device();
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    VkDevice handle() const { return m_handle; }
    VkPhysicalDevice physical() const { return m_physical; }
    const std::string& name() const { return m_name; }
    const DeviceLimits& limits() const { return m_limits; }
    /// Bytes of all buffers that are alive on it.
    int64_t heldBytes() const { return m_heldBytes; }
    uint32_t queueFamily() const { return m_queueFamily; }

    /// Index of a memory type among `allowed` bits that suits `use`; false in `hostVisible` when
    /// the host cannot map it.
    uint32_t memoryType(uint32_t allowed, MemoryUse use, bool& hostVisible) const;
    /// Runs a command buffer to its end. DeviceLost, Error.
    void runAndWait(VkCommandBuffer commands);

private:
    friend class Buffer;
    Device(std::shared_ptr<Instance> instance, VkPhysicalDevice physical);
    void readLimits();
    void create();

    std::shared_ptr<Instance> m_instance;
    VkPhysicalDevice m_physical;
    VkPhysicalDeviceMemoryProperties m_memory = {};
    std::string m_name;
    DeviceLimits m_limits;
    uint32_t m_queueFamily = 0;
    VkDevice m_handle = VK_NULL_HANDLE;
    VkQueue m_queue = VK_NULL_HANDLE;
    std::mutex m_queueMutex;
    bool m_lost = false;
    std::atomic<int64_t> m_heldBytes = 0;
};

} // namespace bitloom
