// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/recording.h"

#include <algorithm>

namespace bitloom {

namespace {

constexpr int kSetsPerPool = 64;
constexpr uint32_t kMostBindings = 9;
constexpr double kLongestSubmitSeconds = 0.5;
/// Multiply-adds a second, pessimistic.
constexpr double kCpuSpeed = 2e9;
constexpr double kGpuSpeed = 2e11;

VkFormat formatOf(Binding binding)
{
    switch (binding) {
    case Binding::Words1:
        return VK_FORMAT_R32_UINT;
    case Binding::Words2:
        return VK_FORMAT_R32G32_UINT;
    case Binding::Words4:
        return VK_FORMAT_R32G32B32A32_UINT;
    case Binding::Floats1:
        return VK_FORMAT_R32_SFLOAT;
    case Binding::Floats2:
        return VK_FORMAT_R32G32_SFLOAT;
    default:
        return VK_FORMAT_R32G32B32A32_SFLOAT;
    }
}

uint64_t numberOf(const Buffer* buffer)
{
    return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(buffer));
}

} // namespace

Recording::Recording(std::shared_ptr<Pipelines> pipelines)
    : m_pipelines(std::move(pipelines))
    , m_device(m_pipelines->device())
    , m_pool(m_device)
    , m_commands{m_pool.begin()}
{
}

Recording::~Recording()
{
    for (const auto& [key, view] : m_views)
        vkDestroyBufferView(m_device->handle(), view, nullptr);
    for (const VkDescriptorPool pool : m_descriptorPools)
        vkDestroyDescriptorPool(m_device->handle(), pool, nullptr);
}

VkDescriptorSet Recording::allocateSet(VkDescriptorSetLayout layout)
{
    if (m_setsLeft == 0) {
        constexpr uint32_t kEach = kSetsPerPool * kMostBindings;
        const VkDescriptorPoolSize sizes[] = {{VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, kEach},
                                              {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, kEach},
                                              {VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, kSetsPerPool}};
        VkDescriptorPoolCreateInfo info = {};
        info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
        info.maxSets = kSetsPerPool;
        info.poolSizeCount = 3;
        info.pPoolSizes = sizes;
        VkDescriptorPool pool = VK_NULL_HANDLE;
        checkVulkan(vkCreateDescriptorPool(m_device->handle(), &info, nullptr, &pool),
                    "make room for descriptors");
        m_descriptorPools.push_back(pool);
        m_setsLeft = kSetsPerPool;
    }
    --m_setsLeft;
    VkDescriptorSetAllocateInfo info = {};
    info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
    info.descriptorPool = m_descriptorPools.back();
    info.descriptorSetCount = 1;
    info.pSetLayouts = &layout;
    VkDescriptorSet set = VK_NULL_HANDLE;
    checkVulkan(vkAllocateDescriptorSets(m_device->handle(), &info, &set), "bind memory");
    return set;
}

VkBufferView Recording::view(const Region& region, Binding binding)
{
    VkBufferView& made = m_views[{region.buffer->handle(), region.offset, region.bytes, binding}];
    if (made == VK_NULL_HANDLE) {
        constexpr int64_t kLargestTexel = 16;
        VkBufferViewCreateInfo info = {};
        info.sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO;
        info.buffer = region.buffer->handle();
        info.format = formatOf(binding);
        info.offset = static_cast<VkDeviceSize>(region.offset);
        info.range =
            static_cast<VkDeviceSize>(binding == Binding::Words4 || binding == Binding::Floats4
                                          ? region.bytes / kLargestTexel * kLargestTexel
                                          : region.bytes);
        checkVulkan(vkCreateBufferView(m_device->handle(), &info, nullptr, &made), "view a buffer");
    }
    return made;
}

/// The same kernel on the same memory, as recurrent networks have it at every step, is bound by the
/// same set.
VkDescriptorSet Recording::descriptorSet(const Pipeline& pipeline,
                                         const std::vector<Region>& regions)
{
    Bound bound;
    for (const Region& region : regions)
        bound.emplace_back(region.buffer, region.offset, region.bytes);
    VkDescriptorSet& known = m_sets[{pipeline.setLayout, std::move(bound)}];
    if (known == VK_NULL_HANDLE)
        known = writtenSet(pipeline, regions);
    return known;
}

VkDescriptorSet Recording::writtenSet(const Pipeline& pipeline, const std::vector<Region>& regions)
{
    const VkDescriptorSet set = allocateSet(pipeline.setLayout);
    std::array<VkDescriptorBufferInfo, kMostBindings> buffers = {};
    std::array<VkBufferView, kMostBindings> views = {};
    std::vector<VkWriteDescriptorSet> writes(regions.size());
    for (size_t i = 0; i < regions.size(); ++i) {
        const Binding binding = pipeline.kernel->bindings()[i];
        const Region region = regions[i].buffer == nullptr ? m_pipelines->unused() : regions[i];
        VkWriteDescriptorSet& write = writes[i];
        write.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
        write.dstSet = set;
        write.dstBinding = static_cast<uint32_t>(i);
        write.descriptorCount = 1;
        write.descriptorType = descriptorType(binding, m_pipelines->variant());
        if (write.descriptorType == VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER) {
            views[i] = view(region, binding);
            write.pTexelBufferView = &views[i];
        } else {
            buffers[i] = {region.buffer->handle(), static_cast<VkDeviceSize>(region.offset),
                          static_cast<VkDeviceSize>(region.bytes)};
            write.pBufferInfo = &buffers[i];
        }
    }
    vkUpdateDescriptorSets(m_device->handle(), static_cast<uint32_t>(writes.size()), writes.data(),
                           0, nullptr);
    return set;
}

void Recording::order(const Kernel& kernel, const std::vector<Region>& regions)
{
    std::vector<Access> accesses;
    for (size_t i = 0; i < regions.size(); ++i)
        if (regions[i].buffer != nullptr)
            accesses.push_back({numberOf(regions[i].buffer), regions[i].offset, regions[i].bytes,
                                kernel.bindings()[i] == Binding::Output});
    if (m_hazards.enter(accesses)) {
        fullBarrier(m_commands.back());
        ++m_barriers;
    }
}

void Recording::splitIfLong(double work)
{
    const double speed = m_device->limits().isCpu ? kCpuSpeed : kGpuSpeed;
    if (m_work > 0 && m_work + work > kLongestSubmitSeconds * speed) {
        checkVulkan(vkEndCommandBuffer(m_commands.back()), "record commands");
        m_commands.push_back(m_pool.begin());
        fullBarrier(m_commands.back());
        m_work = 0;
    }
    m_work += work;
}

void Recording::dispatch(const Pipeline& pipeline, const std::vector<Region>& regions,
                         const Push& push, Groups groups, double work)
{
    splitIfLong(work);
    order(*pipeline.kernel, regions);
    const VkDescriptorSet set = descriptorSet(pipeline, regions);
    const VkCommandBuffer commands = m_commands.back();
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.handle);
    vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.layout, 0, 1, &set,
                            0, nullptr);
    vkCmdPushConstants(commands, pipeline.layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, push.size,
                       push.bytes.data());
    vkCmdDispatch(commands, groups.x, groups.y, groups.z);
    ++m_dispatches;
}

void Recording::readBack(const Region& from, const Buffer& to)
{
    fullBarrier(m_commands.back());
    const VkBufferCopy copy = {static_cast<VkDeviceSize>(from.offset), 0,
                               static_cast<VkDeviceSize>(from.bytes)};
    vkCmdCopyBuffer(m_commands.back(), from.buffer->handle(), to.handle(), 1, &copy);
}

void Recording::finish()
{
    fullBarrier(m_commands.back());
    checkVulkan(vkEndCommandBuffer(m_commands.back()), "record commands");
}

void Recording::run()
{
    for (const VkCommandBuffer commands : m_commands)
        m_device->runAndWait(commands);
}

} // namespace bitloom
