// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/device/vulkan_api.h"
#include "gpu/device/vulkan_devices.h"

#include <memory>
#include <vector>

namespace bitloom {

/// The connection to the Vulkan loader, with or without the validation layer. Shared by all who
/// need one at a time; closed when the last lets go.
class Instance {
public:
    /// Error: no loader, no driver.
    static std::shared_ptr<Instance> open(bool validation);
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    VkInstance handle() const { return m_handle; }
    std::vector<VkPhysicalDevice> physicalDevices() const;

private:
    explicit Instance(bool validation);
    VkInstance m_handle = VK_NULL_HANDLE;
    VkDebugUtilsMessengerEXT m_messenger = VK_NULL_HANDLE;
};

/// Whether the environment asks for the validation layer (BITLOOM_VALIDATION=1).
bool validationWanted();
VulkanDeviceInfo deviceInfo(VkPhysicalDevice device);

} // namespace bitloom
