// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/device/commands.h"

namespace bitloom {

CommandPool::CommandPool(std::shared_ptr<Device> device)
    : m_device(std::move(device))
{
    VkCommandPoolCreateInfo info = {};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
    info.queueFamilyIndex = m_device->queueFamily();
    checkVulkan(vkCreateCommandPool(m_device->handle(), &info, nullptr, &m_handle),
                "make a command pool");
}

CommandPool::~CommandPool()
{
    vkDestroyCommandPool(m_device->handle(), m_handle, nullptr);
}

VkCommandBuffer CommandPool::begin()
{
    VkCommandBufferAllocateInfo info = {};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
    info.commandPool = m_handle;
    info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    info.commandBufferCount = 1;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    checkVulkan(vkAllocateCommandBuffers(m_device->handle(), &info, &commands),
                "make a command buffer");
    VkCommandBufferBeginInfo begin = {};
    begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
    checkVulkan(vkBeginCommandBuffer(commands, &begin), "record commands");
    return commands;
}

void CommandPool::runOnce(const std::function<void(VkCommandBuffer)>& record)
{
    const VkCommandBuffer commands = begin();
    record(commands);
    fullBarrier(commands);
    checkVulkan(vkEndCommandBuffer(commands), "record commands");
    m_device->runAndWait(commands);
    vkFreeCommandBuffers(m_device->handle(), m_handle, 1, &commands);
}

void fullBarrier(VkCommandBuffer commands)
{
    constexpr VkPipelineStageFlags kWork =
        VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
    VkMemoryBarrier barrier = {};
    barrier.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
    barrier.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
    barrier.dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT |
                            VK_ACCESS_UNIFORM_READ_BIT | VK_ACCESS_TRANSFER_READ_BIT |
                            VK_ACCESS_TRANSFER_WRITE_BIT | VK_ACCESS_HOST_READ_BIT;
    vkCmdPipelineBarrier(commands, kWork, kWork | VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0,
                         nullptr, 0, nullptr);
}

} // namespace bitloom
