// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/engine/engine.h"
#include "gpu/device/vulkan_devices.h"
#include "gpu/kernels/planar.h"
#include "gpu/memory/arena.h"

#include <array>
#include <memory>
#include <string_view>
#include <vector>

namespace bitloom {

/// Some rows of a matrix on the device, small enough to be bound at once.
struct Slab {
    shader::Weights shape = {};
    /// In the order of the kernels' bindings: wide, middle, narrow, params, sub. Null: empty.
    std::array<std::shared_ptr<Region>, 5> sections;
    std::vector<float> levels; ///< a codebook; empty: codes are whole numbers

    std::vector<Region> regions() const;
    /// Constants that say the codebook, to stand behind all others of a kernel.
    std::vector<uint32_t> codebook() const;
};

struct DeviceLowRank;

/// A slot's weights on the device: slabs for matrices, a padded float vector for norms and biases.
struct DeviceSlot {
    std::vector<Slab> slabs;
    std::shared_ptr<Region> vector;
    std::shared_ptr<const DeviceLowRank> added; ///< null: nothing is added to the matrix
    std::string_view scheme;                    ///< its id: what was uploaded
};

/// A LowRank on the device.
struct DeviceLowRank {
    DeviceSlot left;
    DeviceSlot right;
    int64_t rank = 0;
};

/// All weights of a graph's program, uploaded once.
class DeviceWeights {
public:
    /// Error: out of memory.
    DeviceWeights(const std::shared_ptr<Device>& device, const Graph& graph, const Program& program,
                  const WeightSource& source, const VulkanOptions& options);
    const DeviceSlot& slot(int index) const { return m_slots[static_cast<size_t>(index)]; }
    /// The highest of what is added to matrices; 0: nothing is.
    int64_t addedRank() const;
    /// Device memory held, from the arena.
    int64_t bytes() const { return m_arena.bytes(); }

private:
    void addVector(const PackedTensor& tensor, DeviceSlot& slot);

    WeightArena m_arena;
    std::vector<DeviceSlot> m_slots;
};

/// The most bytes of a slab whose every part can be bound on such a device; `wanted` above 0: or so
/// many.
int64_t largestSlab(const DeviceLimits& limits, int64_t wanted);
/// Rows of a matrix that make a slab.
int64_t slabRows(const Scheme& scheme, int64_t columns, int64_t slabBytes);

/// Uploads one matrix and what is added to it: also for tests and measurements of single kernels.
DeviceSlot uploadMatrix(WeightArena& arena, const PackedTensor& tensor, int64_t slabBytes);

inline constexpr int64_t kFloatBytes = sizeof(float);

/// Rows of every value are padded with zeros to a multiple of this many floats.
constexpr int64_t kRowPadding = 32;
inline int64_t paddedWidth(int64_t width)
{
    return (width + kRowPadding - 1) / kRowPadding * kRowPadding;
}

} // namespace bitloom
