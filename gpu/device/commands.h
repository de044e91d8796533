// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/device/device.h"

#include <functional>
#include <memory>

namespace bitloom {

/// Command buffers that live as long as their pool.
class CommandPool {
public:
    explicit CommandPool(std::shared_ptr<Device> device);
    ~CommandPool();
    CommandPool(const CommandPool&) = delete;
    CommandPool& operator=(const CommandPool&) = delete;

    /// A new command buffer, in recording state; `vkEndCommandBuffer` is the caller's.
    VkCommandBuffer begin();
    /// Records, runs, waits and forgets.
    void runOnce(const std::function<void(VkCommandBuffer)>& record);

private:
    std::shared_ptr<Device> m_device;
    VkCommandPool m_handle = VK_NULL_HANDLE;
};

/// Orders all that came before, compute and copies, before all that follows, the host's reading
/// included.
void fullBarrier(VkCommandBuffer commands);

} // namespace bitloom
