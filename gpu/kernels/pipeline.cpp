// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/pipeline.h"

#include "core/base/error.h"
#include "gpu/kernels/shader_binaries.h"

#include <algorithm>

namespace bitloom {

namespace {

constexpr int64_t kUnusedBytes = 256;

std::span<const uint32_t> binaryOf(const Kernel& kernel, Variant variant)
{
    const std::string name =
        std::string(kernel.name()) + (variant == Variant::Texel ? "_texel" : "_storage");
    const auto found = std::ranges::find(shaderBinaries(), name, &ShaderBinary::name);
    if (found == shaderBinaries().end())
        throw Error("vulkan", "there is no shader \"" + name + "\"");
    return found->words;
}

std::vector<VkSpecializationMapEntry> specialisation(size_t count)
{
    std::vector<VkSpecializationMapEntry> entries;
    for (uint32_t i = 0; i < count; ++i)
        entries.push_back({i, i * static_cast<uint32_t>(sizeof(uint32_t)), sizeof(uint32_t)});
    return entries;
}

} // namespace

bool isInput(Binding binding)
{
    return binding != Binding::Output && binding != Binding::Control;
}

VkDescriptorType descriptorType(Binding binding, Variant variant)
{
    if (binding == Binding::Control)
        return VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER;
    return isInput(binding) && variant == Variant::Texel ? VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER
                                                         : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
}

std::shared_ptr<Pipelines> Pipelines::of(const std::shared_ptr<Device>& device, Variant variant)
{
    static std::mutex mutex;
    static std::map<std::pair<Device*, Variant>, std::weak_ptr<Pipelines>> made;
    const std::scoped_lock lock(mutex);
    std::weak_ptr<Pipelines>& known = made[{device.get(), variant}];
    if (std::shared_ptr<Pipelines> pipelines = known.lock())
        return pipelines;
    std::shared_ptr<Pipelines> pipelines(new Pipelines(device, variant));
    known = pipelines;
    return pipelines;
}

Pipelines::Pipelines(std::shared_ptr<Device> device, Variant variant)
    : m_device(std::move(device))
    , m_variant(variant)
    , m_unused(std::make_unique<Buffer>(m_device, kUnusedBytes, MemoryUse::Device))
{
}

Pipelines::~Pipelines()
{
    for (const auto& [key, pipeline] : m_made) {
        vkDestroyPipeline(m_device->handle(), pipeline.handle, nullptr);
        vkDestroyPipelineLayout(m_device->handle(), pipeline.layout, nullptr);
        vkDestroyDescriptorSetLayout(m_device->handle(), pipeline.setLayout, nullptr);
    }
}

const Pipeline& Pipelines::get(KernelNamed named, const std::vector<uint32_t>& constants)
{
    const std::scoped_lock lock(m_mutex);
    const Kernel& kernel = named.kernel();
    const std::pair key(&kernel, constants);
    auto found = m_made.find(key);
    if (found == m_made.end())
        found = m_made.emplace(key, make(kernel, constants)).first;
    return found->second;
}

void Pipelines::makeLayouts(const Kernel& kernel, Pipeline& pipeline)
{
    std::vector<VkDescriptorSetLayoutBinding> bindings;
    for (const Binding binding : kernel.bindings())
        bindings.push_back({static_cast<uint32_t>(bindings.size()),
                            descriptorType(binding, m_variant), 1, VK_SHADER_STAGE_COMPUTE_BIT,
                            nullptr});
    VkDescriptorSetLayoutCreateInfo set = {};
    set.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
    set.bindingCount = static_cast<uint32_t>(bindings.size());
    set.pBindings = bindings.data();
    checkVulkan(vkCreateDescriptorSetLayout(m_device->handle(), &set, nullptr, &pipeline.setLayout),
                "describe a kernel");
    const VkPushConstantRange push = {VK_SHADER_STAGE_COMPUTE_BIT, 0, kPushBytes};
    VkPipelineLayoutCreateInfo layout = {};
    layout.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
    layout.setLayoutCount = 1;
    layout.pSetLayouts = &pipeline.setLayout;
    layout.pushConstantRangeCount = 1;
    layout.pPushConstantRanges = &push;
    checkVulkan(vkCreatePipelineLayout(m_device->handle(), &layout, nullptr, &pipeline.layout),
                "describe a kernel");
}

Pipeline Pipelines::make(const Kernel& kernel, const std::vector<uint32_t>& constants)
{
    Pipeline pipeline;
    pipeline.kernel = &kernel;
    makeLayouts(kernel, pipeline);
    const std::span<const uint32_t> binary = binaryOf(kernel, m_variant);
    VkShaderModuleCreateInfo code = {};
    code.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
    code.codeSize = binary.size_bytes();
    code.pCode = binary.data();
    VkShaderModule module = VK_NULL_HANDLE;
    checkVulkan(vkCreateShaderModule(m_device->handle(), &code, nullptr, &module), "load a kernel");
    const std::vector<VkSpecializationMapEntry> entries = specialisation(constants.size());
    const VkSpecializationInfo special = {static_cast<uint32_t>(entries.size()), entries.data(),
                                          constants.size() * sizeof(uint32_t), constants.data()};
    VkComputePipelineCreateInfo info = {};
    info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
    info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
    info.stage.module = module;
    info.stage.pName = "main";
    info.stage.pSpecializationInfo = &special;
    info.layout = pipeline.layout;
    const VkResult result = vkCreateComputePipelines(m_device->handle(), VK_NULL_HANDLE, 1, &info,
                                                     nullptr, &pipeline.handle);
    vkDestroyShaderModule(m_device->handle(), module, nullptr);
    checkVulkan(result, "compile a kernel");
    return pipeline;
}

} // namespace bitloom
