// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/device/device.h"

#include "core/base/error.h"
#include "gpu/device/device_lost.h"

#include <algorithm>
#include <limits>
#include <map>

namespace bitloom {

namespace {

constexpr uint32_t kNoQueue = std::numeric_limits<uint32_t>::max();

uint32_t computeQueueFamily(VkPhysicalDevice device)
{
    uint32_t count = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(device, &count, nullptr);
    std::vector<VkQueueFamilyProperties> families(count);
    vkGetPhysicalDeviceQueueFamilyProperties(device, &count, families.data());
    for (uint32_t family = 0; family < count; ++family)
        if ((families[family].queueFlags & VK_QUEUE_COMPUTE_BIT) != 0)
            return family;
    return kNoQueue;
}

/// Lanes that can shuffle among each other; 1 where they cannot.
uint32_t subgroupLanes(VkPhysicalDevice device)
{
    VkPhysicalDeviceSubgroupProperties subgroup = {};
    subgroup.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES;
    VkPhysicalDeviceProperties2 properties = {};
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    properties.pNext = &subgroup;
    vkGetPhysicalDeviceProperties2(device, &properties);
    const bool shuffle = (subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0 &&
                         (subgroup.supportedOperations & VK_SUBGROUP_FEATURE_SHUFFLE_BIT) != 0;
    return shuffle ? subgroup.subgroupSize : 1;
}

bool usable(VkPhysicalDevice device)
{
    VkPhysicalDeviceProperties properties = {};
    vkGetPhysicalDeviceProperties(device, &properties);
    constexpr uint32_t kNeededLanes = 8;
    return properties.apiVersion >= VK_API_VERSION_1_2 && computeQueueFamily(device) != kNoQueue &&
           subgroupLanes(device) >= kNeededLanes;
}

int preference(VkPhysicalDevice device)
{
    VkPhysicalDeviceProperties properties = {};
    vkGetPhysicalDeviceProperties(device, &properties);
    switch (properties.deviceType) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
        return 3;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
        return 2;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
        return 1;
    default:
        return 0;
    }
}

bool matches(VkPhysicalDevice device, size_t index, const std::string& wanted)
{
    return wanted == std::to_string(index) ||
           deviceInfo(device).name.find(wanted) != std::string::npos;
}

VkPhysicalDevice pick(const Instance& instance, const VulkanOptions& options)
{
    const std::vector<VkPhysicalDevice> all = instance.physicalDevices();
    VkPhysicalDevice best = VK_NULL_HANDLE;
    for (size_t i = 0; i < all.size(); ++i) {
        const bool wanted = options.device.empty() ? options.allowCpu || !deviceInfo(all[i]).isCpu
                                                   : matches(all[i], i, options.device);
        if (wanted && usable(all[i]) &&
            (best == VK_NULL_HANDLE || preference(all[i]) > preference(best)))
            best = all[i];
    }
    if (best == VK_NULL_HANDLE)
        throw Error("vulkan", options.device.empty()
                                  ? "no Vulkan 1.2 device with subgroup shuffles is present"
                                  : "no usable Vulkan device matches \"" + options.device + "\"");
    return best;
}

} // namespace

std::shared_ptr<Device> Device::open(const VulkanOptions& options)
{
    static std::mutex mutex;
    static std::map<std::pair<Instance*, VkPhysicalDevice>, std::weak_ptr<Device>> open;
    const std::shared_ptr<Instance> instance =
        Instance::open(options.validation || validationWanted());
    const VkPhysicalDevice physical = pick(*instance, options);
    const std::scoped_lock lock(mutex);
    std::weak_ptr<Device>& known = open[{instance.get(), physical}];
    if (std::shared_ptr<Device> device = known.lock(); device && !device->m_lost)
        return device;
    std::shared_ptr<Device> device(new Device(instance, physical));
    known = device;
    return device;
}

Device::Device(std::shared_ptr<Instance> instance, VkPhysicalDevice physical)
    : m_instance(std::move(instance))
    , m_physical(physical)
    , m_name(deviceInfo(physical).name)
    , m_queueFamily(computeQueueFamily(physical))
{
    vkGetPhysicalDeviceMemoryProperties(physical, &m_memory);
    readLimits();
    create();
}

void Device::readLimits()
{
    VkPhysicalDeviceMaintenance3Properties allocation = {};
    allocation.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES;
    VkPhysicalDeviceProperties2 properties = {};
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    properties.pNext = &allocation;
    vkGetPhysicalDeviceProperties2(m_physical, &properties);
    const VkPhysicalDeviceLimits& limits = properties.properties.limits;
    m_limits.isCpu = deviceInfo(m_physical).isCpu;
    m_limits.memoryBytes = deviceInfo(m_physical).memoryBytes;
    m_limits.subgroup = subgroupLanes(m_physical);
    m_limits.alignment =
        static_cast<int64_t>(std::max({VkDeviceSize{16}, limits.minTexelBufferOffsetAlignment,
                                       limits.minStorageBufferOffsetAlignment}));
    m_limits.texelElements = limits.maxTexelBufferElements;
    m_limits.storageBytes = limits.maxStorageBufferRange;
    m_limits.allocationBytes =
        static_cast<int64_t>(std::min(allocation.maxMemoryAllocationSize, VkDeviceSize{1} << 31));
    m_limits.groupCount = limits.maxComputeWorkGroupCount[0];
}

void Device::create()
{
    const float priority = 1.0F;
    VkDeviceQueueCreateInfo queue = {};
    queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
    queue.queueFamilyIndex = m_queueFamily;
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
    VkDeviceCreateInfo info = {};
    info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue;
    checkVulkan(vkCreateDevice(m_physical, &info, nullptr, &m_handle), "be opened");
    vkGetDeviceQueue(m_handle, m_queueFamily, 0, &m_queue);
}

Device::~Device()
{
    if (m_handle == VK_NULL_HANDLE)
        return;
    vkDeviceWaitIdle(m_handle);
    vkDestroyDevice(m_handle, nullptr);
}

uint32_t Device::memoryType(uint32_t allowed, MemoryUse use, bool& hostVisible) const
{
    constexpr VkMemoryPropertyFlags kHost =
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    const std::map<MemoryUse, std::vector<VkMemoryPropertyFlags>> wishes = {
        {MemoryUse::Device,
         {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | kHost, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0}},
        {MemoryUse::Upload, {kHost | VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, kHost}},
        {MemoryUse::ReadBack, {kHost | VK_MEMORY_PROPERTY_HOST_CACHED_BIT, kHost}}};
    for (const VkMemoryPropertyFlags wish : wishes.at(use)) {
        for (uint32_t type = 0; type < m_memory.memoryTypeCount; ++type) {
            const VkMemoryPropertyFlags has = m_memory.memoryTypes[type].propertyFlags;
            if ((allowed >> type & 1U) != 0 && (has & wish) == wish) {
                hostVisible = (has & kHost) == kHost;
                return type;
            }
        }
    }
    throw Error("vulkan", "the device has no memory of the kind that is needed");
}

void Device::runAndWait(VkCommandBuffer commands)
{
    VkFenceCreateInfo fenceInfo = {};
    fenceInfo.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
    VkFence fence = VK_NULL_HANDLE;
    checkVulkan(vkCreateFence(m_handle, &fenceInfo, nullptr, &fence), "make a fence");
    VkSubmitInfo submit = {};
    submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
    submit.commandBufferCount = 1;
    submit.pCommandBuffers = &commands;
    VkResult result = VK_SUCCESS;
    {
        const std::scoped_lock lock(m_queueMutex);
        result = vkQueueSubmit(m_queue, 1, &submit, fence);
    }
    if (result == VK_SUCCESS)
        result = vkWaitForFences(m_handle, 1, &fence, VK_TRUE, UINT64_MAX);
    m_lost = m_lost || result == VK_ERROR_DEVICE_LOST;
    vkDestroyFence(m_handle, fence, nullptr);
    checkVulkan(result, "run the network");
}

} // namespace bitloom
