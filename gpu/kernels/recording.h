// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/device/commands.h"
#include "gpu/kernels/hazards.h"
#include "gpu/kernels/pipeline.h"
#include "gpu/shaders/structs.h"

#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

namespace bitloom {

/// The push constants of a dispatch.
struct Push {
    std::array<std::byte, kPushBytes> bytes = {};
    uint32_t size = 0;

    template <typename Struct>
    static Push of(const Struct& values)
    {
        static_assert(sizeof(Struct) <= kPushBytes);
        Push push;
        push.size = sizeof(Struct);
        std::memcpy(push.bytes.data(), &values, sizeof(Struct));
        return push;
    }
};

struct Groups {
    uint32_t x = 1;
    uint32_t y = 1;
    uint32_t z = 1;
};

/// Dispatches recorded once and run any number of times. What a kernel's bindings say it reads and
/// writes decides where barriers go. Work beyond half a second by estimate is split into several
/// submits, so that no watchdog of a driver ends it.
class Recording {
public:
    explicit Recording(std::shared_ptr<Pipelines> pipelines);
    ~Recording();
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;

    /// One region for each binding of the kernel; one without a buffer is bound to something
    /// harmless. `work`: multiply-adds, about.
    void dispatch(const Pipeline& pipeline, const std::vector<Region>& regions, const Push& push,
                  Groups groups, double work);
    /// Copies for the host to read after run().
    void readBack(const Region& from, const Buffer& to);
    /// Ends the recording; must come before run().
    void finish();
    void run();

    /// Barriers so far, and dispatches: for tests.
    int barriers() const { return m_barriers; }
    int dispatches() const { return m_dispatches; }
    /// Submits that a run takes.
    int submits() const { return static_cast<int>(m_commands.size()); }

private:
    /// Buffer, offset and size of each binding.
    using Bound = std::vector<std::tuple<const Buffer*, int64_t, int64_t>>;

    VkDescriptorSet descriptorSet(const Pipeline& pipeline, const std::vector<Region>& regions);
    VkDescriptorSet writtenSet(const Pipeline& pipeline, const std::vector<Region>& regions);
    VkDescriptorSet allocateSet(VkDescriptorSetLayout layout);
    VkBufferView view(const Region& region, Binding binding);
    void order(const Kernel& kernel, const std::vector<Region>& regions);
    void splitIfLong(double work);

    std::shared_ptr<Pipelines> m_pipelines;
    std::shared_ptr<Device> m_device;
    CommandPool m_pool;
    std::vector<VkCommandBuffer> m_commands;
    std::vector<VkDescriptorPool> m_descriptorPools;
    int m_setsLeft = 0;
    std::map<std::pair<VkDescriptorSetLayout, Bound>, VkDescriptorSet> m_sets;
    std::map<std::tuple<VkBuffer, int64_t, int64_t, Binding>, VkBufferView> m_views;
    HazardTracker m_hazards;
    double m_work = 0;
    int m_barriers = 0;
    int m_dispatches = 0;
};

} // namespace bitloom
