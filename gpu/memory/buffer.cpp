// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/memory/buffer.h"

#include "gpu/device/commands.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace bitloom {

namespace {

/// A few bytes nobody uses: llvmpipe compiles a kernel once more for buffers whose size happens to
/// be a power of two, and this keeps sizes from being one.
constexpr VkDeviceSize kTail = 48;

} // namespace

Buffer::Buffer(std::shared_ptr<Device> device, int64_t bytes, MemoryUse use)
    : m_device(std::move(device))
    , m_bytes(bytes)
{
    VkBufferCreateInfo info = {};
    info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
    info.size = static_cast<VkDeviceSize>(bytes) + kTail;
    info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT |
                 VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                 VK_BUFFER_USAGE_TRANSFER_DST_BIT;
    checkVulkan(vkCreateBuffer(m_device->handle(), &info, nullptr, &m_handle), "make a buffer");
    try {
        allocate(use);
    } catch (...) {
        vkDestroyBuffer(m_device->handle(), m_handle, nullptr);
        vkFreeMemory(m_device->handle(), m_memory, nullptr);
        throw;
    }
    m_device->m_heldBytes += m_bytes;
}

void Buffer::allocate(MemoryUse use)
{
    VkMemoryRequirements needs = {};
    vkGetBufferMemoryRequirements(m_device->handle(), m_handle, &needs);
    bool hostVisible = false;
    VkMemoryAllocateInfo info = {};
    info.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
    info.allocationSize = needs.size;
    info.memoryTypeIndex = m_device->memoryType(needs.memoryTypeBits, use, hostVisible);
    checkVulkan(vkAllocateMemory(m_device->handle(), &info, nullptr, &m_memory),
                "set " + std::to_string(m_bytes >> 20) + " MiB aside");
    checkVulkan(vkBindBufferMemory(m_device->handle(), m_handle, m_memory, 0), "bind a buffer");
    if (hostVisible)
        checkVulkan(vkMapMemory(m_device->handle(), m_memory, 0, VK_WHOLE_SIZE, 0, &m_mapped),
                    "map a buffer");
}

Buffer::~Buffer()
{
    m_device->m_heldBytes -= m_bytes;
    vkDestroyBuffer(m_device->handle(), m_handle, nullptr);
    vkFreeMemory(m_device->handle(), m_memory, nullptr);
}

std::span<std::byte> Buffer::mapped() const
{
    return {static_cast<std::byte*>(m_mapped), m_mapped ? static_cast<size_t>(m_bytes) : 0};
}

void Buffer::upload(std::span<const std::byte> content)
{
    if (m_mapped != nullptr) {
        std::memcpy(m_mapped, content.data(), content.size());
        return;
    }
    constexpr size_t kPiece = size_t{16} << 20;
    Buffer staging(m_device, static_cast<int64_t>(std::min(kPiece, content.size())),
                   MemoryUse::Upload);
    CommandPool pool(m_device);
    for (size_t at = 0; at < content.size(); at += kPiece) {
        const size_t size = std::min(kPiece, content.size() - at);
        std::memcpy(staging.m_mapped, content.data() + at, size);
        const VkBufferCopy copy = {0, at, size};
        pool.runOnce([&](VkCommandBuffer commands) {
            vkCmdCopyBuffer(commands, staging.m_handle, m_handle, 1, &copy);
        });
    }
}

} // namespace bitloom
