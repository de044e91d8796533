// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/storage_choice.h"

#include "gpu/kernels/recording.h"
#include "gpu/memory/arena.h"

#include <chrono>

namespace bitloom {

namespace {

constexpr uint32_t kLanes = 64;
constexpr uint32_t kGroups = 16;
constexpr uint32_t kReads = 64; ///< of 16 bytes, by each lane

double probeSeconds(const std::shared_ptr<Device>& device, Variant variant)
{
    const std::shared_ptr<Pipelines> pipelines = Pipelines::of(device, variant);
    constexpr int64_t kElement = 16;
    const RegionSet regions(device, {kLanes * kGroups * kReads * kElement,
                                     kLanes * kGroups * static_cast<int64_t>(sizeof(float))});
    Recording recording(pipelines);
    recording.dispatch(pipelines->get("probe", {kLanes}), {regions[0], regions[1]},
                       Push::of(shader::ProbePush{kReads}), {kGroups, 1, 1}, 0);
    recording.finish();
    recording.run(); // compiles
    const auto start = std::chrono::steady_clock::now();
    recording.run();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

Variant chooseVariant(const std::shared_ptr<Device>& device, const VulkanOptions& options)
{
    if (options.forceStorageBuffers)
        return Variant::Storage;
    if (options.forceTexelBuffers)
        return Variant::Texel;
    static std::mutex mutex;
    static std::map<std::string, Variant> measured;
    const std::scoped_lock lock(mutex);
    const auto known = measured.find(device->name());
    if (known != measured.end())
        return known->second;
    const bool texel =
        probeSeconds(device, Variant::Texel) < probeSeconds(device, Variant::Storage);
    return measured[device->name()] = texel ? Variant::Texel : Variant::Storage;
}

} // namespace bitloom
