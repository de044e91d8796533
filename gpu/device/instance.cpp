// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/device/instance.h"

#include "core/base/error.h"
#include "gpu/device/validation.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string_view>

namespace bitloom {

namespace {

constexpr const char* kValidationLayer = "VK_LAYER_KHRONOS_validation";
std::atomic<int64_t> g_messages = 0;

VKAPI_ATTR VkBool32 VKAPI_CALL countMessage(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                            VkDebugUtilsMessageTypeFlagsEXT,
                                            const VkDebugUtilsMessengerCallbackDataEXT* data, void*)
{
    ++g_messages;
    std::cerr << "Vulkan validation: " << data->pMessage << '\n';
    return VK_FALSE;
}

VkDebugUtilsMessengerCreateInfoEXT messengerInfo()
{
    VkDebugUtilsMessengerCreateInfoEXT info = {};
    info.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT;
    info.messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT |
                           VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
    info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT;
    info.pfnUserCallback = countMessage;
    return info;
}

void loadLoader()
{
    if (volkInitialize() != VK_SUCCESS)
        throw Error("vulkan", "there is no Vulkan loader (libvulkan.so.1) on this machine");
}

} // namespace

int64_t validationMessages()
{
    return g_messages;
}

bool validationAvailable()
{
    uint32_t count = 0;
    if (volkInitialize() != VK_SUCCESS ||
        vkEnumerateInstanceLayerProperties(&count, nullptr) != VK_SUCCESS)
        return false;
    std::vector<VkLayerProperties> layers(count);
    vkEnumerateInstanceLayerProperties(&count, layers.data());
    return std::ranges::any_of(layers, [](const VkLayerProperties& layer) {
        return std::string_view(layer.layerName) == kValidationLayer;
    });
}

bool validationWanted()
{
    const char* value = std::getenv("BITLOOM_VALIDATION");
    return value != nullptr && std::string_view(value) == "1";
}

std::shared_ptr<Instance> Instance::open(bool validation)
{
    static std::mutex mutex;
    static std::weak_ptr<Instance> open[2];
    const std::scoped_lock lock(mutex);
    std::weak_ptr<Instance>& known = open[validation ? 1 : 0];
    if (std::shared_ptr<Instance> instance = known.lock())
        return instance;
    std::shared_ptr<Instance> instance(new Instance(validation));
    known = instance;
    return instance;
}

Instance::Instance(bool validation)
{
    loadLoader();
    const bool layer = validation && validationAvailable();
    const char* extension = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;
    const VkDebugUtilsMessengerCreateInfoEXT messenger = messengerInfo();
    VkApplicationInfo application = {};
    application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
    application.pApplicationName = "bitloom";
    application.apiVersion = VK_API_VERSION_1_2;
    VkInstanceCreateInfo info = {};
    info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
    info.pApplicationInfo = &application;
    if (layer) {
        info.pNext = &messenger;
        info.enabledLayerCount = 1;
        info.ppEnabledLayerNames = &kValidationLayer;
        info.enabledExtensionCount = 1;
        info.ppEnabledExtensionNames = &extension;
    }
    if (vkCreateInstance(&info, nullptr, &m_handle) != VK_SUCCESS)
        throw Error("vulkan", "no Vulkan driver is installed or working on this machine");
    volkLoadInstance(m_handle);
    if (layer)
        checkVulkan(vkCreateDebugUtilsMessengerEXT(m_handle, &messenger, nullptr, &m_messenger),
                    "listen to the validation layer");
}

Instance::~Instance()
{
    if (m_messenger != VK_NULL_HANDLE)
        vkDestroyDebugUtilsMessengerEXT(m_handle, m_messenger, nullptr);
    vkDestroyInstance(m_handle, nullptr);
}

std::vector<VkPhysicalDevice> Instance::physicalDevices() const
{
    uint32_t count = 0;
    checkVulkan(vkEnumeratePhysicalDevices(m_handle, &count, nullptr), "list its devices");
    std::vector<VkPhysicalDevice> devices(count);
    checkVulkan(vkEnumeratePhysicalDevices(m_handle, &count, devices.data()), "list its devices");
    return devices;
}

VulkanDeviceInfo deviceInfo(VkPhysicalDevice device)
{
    VkPhysicalDeviceProperties properties = {};
    vkGetPhysicalDeviceProperties(device, &properties);
    VkPhysicalDeviceMemoryProperties memory = {};
    vkGetPhysicalDeviceMemoryProperties(device, &memory);
    VulkanDeviceInfo info;
    info.name = properties.deviceName;
    info.isCpu = properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
    for (uint32_t heap = 0; heap < memory.memoryHeapCount; ++heap)
        if ((memory.memoryHeaps[heap].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) != 0)
            info.memoryBytes =
                std::max(info.memoryBytes, static_cast<int64_t>(memory.memoryHeaps[heap].size));
    return info;
}

std::vector<VulkanDeviceInfo> vulkanDevices()
{
    std::vector<VulkanDeviceInfo> result;
    try {
        const std::shared_ptr<Instance> instance = Instance::open(validationWanted());
        for (const VkPhysicalDevice device : instance->physicalDevices())
            result.push_back(deviceInfo(device));
    } catch (const Error&) {
        result.clear();
    }
    return result;
}

} // namespace bitloom
