// SPDX-License-Identifier: GPL-3.0-or-later
#define VOLK_IMPLEMENTATION
#include "gpu/device/vulkan_api.h"

#include "gpu/device/device_lost.h"

#include <string>

namespace bitloom {

void checkVulkan(VkResult result, std::string_view what)
{
    const std::string name(what);
    switch (result) {
    case VK_SUCCESS:
        return;
    case VK_ERROR_DEVICE_LOST:
        throw DeviceLost("vulkan", "the device was lost while the program tried to " + name);
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
    case VK_ERROR_OUT_OF_HOST_MEMORY:
        throw Error("vulkan", "out of memory: the device could not " + name);
    default:
        throw Error("vulkan",
                    "the device could not " + name + " (VkResult " + std::to_string(result) + ")");
    }
}

} // namespace bitloom
