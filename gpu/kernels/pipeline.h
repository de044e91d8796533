// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/kernels/kernels.h"
#include "gpu/memory/buffer.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// Which of a shader's two compiled variants runs (shaders/common.glsl).
enum class Variant { Texel, Storage };

struct Pipeline {
    const Kernel* kernel = nullptr;
    VkDescriptorSetLayout setLayout = VK_NULL_HANDLE;
    VkPipelineLayout layout = VK_NULL_HANDLE;
    VkPipeline handle = VK_NULL_HANDLE;
};

/// Compiled kernels of one device and variant, made when first asked for. Thread safe; shared by
/// the engines of a device.
class Pipelines {
public:
    static std::shared_ptr<Pipelines> of(const std::shared_ptr<Device>& device, Variant variant);
    ~Pipelines();
    Pipelines(const Pipelines&) = delete;
    Pipelines& operator=(const Pipelines&) = delete;

    /// `constants`: specialisation constants 0, 1, ...; 0 is the size of a workgroup.
    const Pipeline& get(KernelNamed named, const std::vector<uint32_t>& constants);
    Variant variant() const { return m_variant; }
    const std::shared_ptr<Device>& device() const { return m_device; }
    /// Bound where a kernel has a binding that this use of it does not read.
    Region unused() const { return {m_unused.get(), 0, m_unused->bytes()}; }

private:
    Pipelines(std::shared_ptr<Device> device, Variant variant);
    Pipeline make(const Kernel& kernel, const std::vector<uint32_t>& constants);
    void makeLayouts(const Kernel& kernel, Pipeline& pipeline);

    std::shared_ptr<Device> m_device;
    Variant m_variant;
    std::unique_ptr<Buffer> m_unused;
    std::mutex m_mutex;
    std::map<std::pair<const Kernel*, std::vector<uint32_t>>, Pipeline> m_made;
};

/// Bytes of push constants every kernel may use.
constexpr uint32_t kPushBytes = 64;

VkDescriptorType descriptorType(Binding binding, Variant variant);

} // namespace bitloom
