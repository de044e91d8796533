// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/weights.h"

#include "core/base/error.h"
#include "core/network/graph/operations.h"
#include "gpu/kernels/planar_form.h"

#include <algorithm>
#include <bit>
#include <map>
#include <string_view>

namespace bitloom {

namespace {

/// Bounds the memory for unpacked codes while a slab is repacked.
constexpr int64_t kSlabWeights = int64_t{1} << 26;

/// Slots the program reads, with whether they are vectors.
std::map<int, bool> slotsRead(const Program& program)
{
    std::map<int, bool> result;
    for (const Step& step : program.steps)
        for (size_t i = 0; i < step.slots.size(); ++i)
            result[step.slots[i]] = isVector(step, i);
    return result;
}

std::shared_ptr<Region> addWords(WeightArena& arena, const std::vector<uint32_t>& words)
{
    return words.empty() ? nullptr : arena.add(std::as_bytes(std::span(words)));
}

} // namespace

std::vector<Region> Slab::regions() const
{
    std::vector<Region> result;
    for (const std::shared_ptr<Region>& section : sections)
        result.push_back(section ? *section : Region());
    return result;
}

std::vector<uint32_t> Slab::codebook() const
{
    if (levels.empty())
        return {};
    std::vector<uint32_t> constants(1 + BITLOOM_MOST_LEVELS);
    constants[0] = 1;
    for (size_t i = 0; i < levels.size(); ++i)
        constants[1 + i] = std::bit_cast<uint32_t>(levels[i]);
    return constants;
}

int64_t largestSlab(const DeviceLimits& limits, int64_t wanted)
{
    constexpr int64_t kSmallestTexel = 4;
    const int64_t most =
        std::min({blockBytes(limits), limits.storageBytes, limits.texelElements * kSmallestTexel});
    return wanted > 0 ? std::min(wanted, most) : most;
}

int64_t slabRows(const Scheme& scheme, int64_t columns, int64_t slabBytes)
{
    return std::max<int64_t>(
        1, std::min(slabBytes / planarRowBytes(scheme, columns), kSlabWeights / columns));
}

DeviceSlot uploadMatrix(WeightArena& arena, const PackedTensor& tensor, int64_t slabBytes)
{
    DeviceSlot slot;
    const int64_t rows = slabRows(*tensor.scheme, tensor.columns, slabBytes);
    for (int64_t first = 0; first < tensor.rows; first += rows) {
        PlanarTensor planar = planarTensor(tensor, first, std::min(rows, tensor.rows - first));
        planar.shape.firstRow = static_cast<uint32_t>(first);
        slot.slabs.push_back({planar.shape,
                              {addWords(arena, planar.wide), addWords(arena, planar.middle),
                               addWords(arena, planar.narrow), addWords(arena, planar.params),
                               addWords(arena, planar.sub)},
                              std::move(planar.levels)});
    }
    if (tensor.added)
        slot.added = std::make_shared<const DeviceLowRank>(DeviceLowRank{
            uploadMatrix(arena, tensor.added->left, slabBytes),
            uploadMatrix(arena, tensor.added->right, slabBytes), tensor.added->rank()});
    return slot;
}

DeviceWeights::DeviceWeights(const std::shared_ptr<Device>& device, const Graph& graph,
                             const Program& program, const WeightSource& source,
                             const VulkanOptions& options)
    : m_arena(device, options.maxWeightBytes)
    , m_slots(graph.slots.size())
{
    for (const auto& [index, isVector] : slotsRead(program)) {
        const PackedTensor tensor = source.slot(index);
        DeviceSlot& slot = m_slots[static_cast<size_t>(index)];
        if (isVector)
            addVector(tensor, slot);
        else
            slot =
                uploadMatrix(m_arena, tensor, largestSlab(device->limits(), options.maxSlabBytes));
        if (tensor.added && notMultiplying(program, index))
            throw Error("vulkan", "the kernels add nothing to " + graph.slot(index).name +
                                      ", which is not only multiplied with what a step reads");
        slot.scheme = tensor.scheme->id();
    }
    m_arena.finish();
}

int64_t DeviceWeights::addedRank() const
{
    int64_t highest = 0;
    for (const DeviceSlot& slot : m_slots)
        if (slot.added)
            highest = std::max(highest, slot.added->rank);
    return highest;
}

void DeviceWeights::addVector(const PackedTensor& tensor, DeviceSlot& slot)
{
    Matrix values = tensor.decode();
    values.values.resize(static_cast<size_t>(paddedWidth(values.size())));
    slot.vector = m_arena.add(std::as_bytes(std::span(values.values)));
}

} // namespace bitloom
