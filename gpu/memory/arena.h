// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/memory/buffer.h"

#include <deque>
#include <memory>
#include <vector>

namespace bitloom {

/// Memory that is filled once and never freed piecemeal. Content is gathered on the host until a
/// block is full, so that every block has exactly the size of what lies in it.
class WeightArena {
public:
    /// `limit`: refuse to hold more bytes (0: none).
    WeightArena(std::shared_ptr<Device> device, int64_t limit);
    /// Copies `content` in; its region is valid after finish(). Error: out of memory.
    std::shared_ptr<Region> add(std::span<const std::byte> content);
    /// Uploads what is still gathered. Nothing may be added afterwards.
    void finish();
    /// Bytes of device memory held.
    int64_t bytes() const { return m_bytes; }

private:
    void flush();

    std::shared_ptr<Device> m_device;
    int64_t m_limit;
    int64_t m_bytes = 0;
    std::vector<std::byte> m_gathered;
    std::vector<std::shared_ptr<Region>> m_pending;
    std::vector<std::unique_ptr<Buffer>> m_blocks;
};

/// Uninitialised regions of the given sizes, packed into as few buffers as the device allows.
class RegionSet {
public:
    RegionSet(const std::shared_ptr<Device>& device, const std::vector<int64_t>& sizes);
    const Region& operator[](size_t index) const { return m_regions[index]; }

private:
    std::vector<std::unique_ptr<Buffer>> m_buffers;
    std::vector<Region> m_regions;
};

/// What every device can bind a buffer's region at.
inline int64_t bindable(int64_t bytes)
{
    constexpr int64_t kAlignment = 256;
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

/// The most bytes one buffer of an arena takes on such a device.
int64_t blockBytes(const DeviceLimits& limits);
/// As a region of an arena takes them.
int64_t alignedBytes(int64_t bytes, const DeviceLimits& limits);

} // namespace bitloom
