// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/memory/arena.h"

#include "core/base/error.h"

#include <algorithm>
#include <string>

namespace bitloom {

int64_t alignedBytes(int64_t bytes, const DeviceLimits& limits)
{
    return (bytes + limits.alignment - 1) / limits.alignment * limits.alignment;
}

int64_t blockBytes(const DeviceLimits& limits)
{
    constexpr int64_t kBlock = int64_t{64} << 20;
    return std::min(kBlock, limits.allocationBytes);
}

WeightArena::WeightArena(std::shared_ptr<Device> device, int64_t limit)
    : m_device(std::move(device))
    , m_limit(limit)
{
}

std::shared_ptr<Region> WeightArena::add(std::span<const std::byte> content)
{
    const auto bytes = static_cast<int64_t>(content.size());
    auto region = std::make_shared<Region>();
    if (!m_gathered.empty() &&
        static_cast<int64_t>(m_gathered.size()) + bytes > blockBytes(m_device->limits()))
        flush();
    region->offset = static_cast<int64_t>(m_gathered.size());
    region->bytes = bytes;
    m_gathered.insert(m_gathered.end(), content.begin(), content.end());
    m_gathered.resize(static_cast<size_t>(
        alignedBytes(static_cast<int64_t>(m_gathered.size()), m_device->limits())));
    m_pending.push_back(region);
    return region;
}

void WeightArena::flush()
{
    if (m_gathered.empty())
        return;
    const auto bytes = static_cast<int64_t>(m_gathered.size());
    if (m_limit > 0 && m_bytes + bytes > m_limit)
        throw Error("vulkan", "out of memory: the weights need more than " +
                                  std::to_string(m_limit) + " bytes on the device");
    m_blocks.push_back(std::make_unique<Buffer>(m_device, bytes, MemoryUse::Device));
    m_blocks.back()->upload(m_gathered);
    for (const std::shared_ptr<Region>& region : m_pending)
        region->buffer = m_blocks.back().get();
    m_bytes += bytes;
    m_pending.clear();
    m_gathered.clear();
}

void WeightArena::finish()
{
    flush();
    m_gathered.shrink_to_fit();
}

RegionSet::RegionSet(const std::shared_ptr<Device>& device, const std::vector<int64_t>& sizes)
{
    for (size_t first = 0; first < sizes.size();) {
        int64_t bytes = 0;
        size_t end = first;
        for (; end < sizes.size() &&
               (end == first ||
                bytes + alignedBytes(sizes[end], device->limits()) <= blockBytes(device->limits()));
             ++end)
            bytes += alignedBytes(sizes[end], device->limits());
        m_buffers.push_back(
            std::make_unique<Buffer>(device, std::max<int64_t>(bytes, 16), MemoryUse::Device));
        int64_t offset = 0;
        for (; first < end; ++first) {
            m_regions.push_back({m_buffers.back().get(), offset, sizes[first]});
            offset += alignedBytes(sizes[first], device->limits());
        }
    }
}

} // namespace bitloom
