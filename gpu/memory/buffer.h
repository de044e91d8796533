// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/device/device.h"

#include <cstddef>
#include <memory>
#include <span>

namespace bitloom {

/// A buffer with its own memory. Error: out of memory.
class Buffer {
public:
    Buffer(std::shared_ptr<Device> device, int64_t bytes, MemoryUse use);
    ~Buffer();
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    VkBuffer handle() const { return m_handle; }
    int64_t bytes() const { return m_bytes; }
    /// The memory as the host sees it; empty when it cannot be mapped.
    std::span<std::byte> mapped() const;
    /// Fills the whole buffer, directly or through a staging buffer; waits.
    void upload(std::span<const std::byte> content);

private:
    void allocate(MemoryUse use);

    std::shared_ptr<Device> m_device;
    int64_t m_bytes;
    VkBuffer m_handle = VK_NULL_HANDLE;
    VkDeviceMemory m_memory = VK_NULL_HANDLE;
    void* m_mapped = nullptr;
};

/// A stretch of a buffer that something else keeps alive.
struct Region {
    const Buffer* buffer = nullptr;
    int64_t offset = 0;
    int64_t bytes = 0;
};

} // namespace bitloom
