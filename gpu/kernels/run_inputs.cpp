// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/run_inputs.h"

#include "gpu/memory/arena.h"
#include "gpu/shaders/structs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>

namespace bitloom {

namespace {

constexpr int64_t kWord = sizeof(uint32_t);

/// Of the regions, in the order in which they stand in RunInputs.
std::array<int64_t, 7> regionSizes(const Graph& graph, int64_t most)
{
    constexpr int64_t kControl = sizeof(shader::Control);
    const int64_t pairs = turnsOffset(graph, static_cast<int>(graph.ropeTables.size()), most);
    std::array<int64_t, 7> sizes = {kControl,         kControl,         most * kWord,
                                    most * kWord,     most * 2 * kWord, most * 2 * kWord,
                                    2 * pairs * kWord};
    for (int64_t& size : sizes)
        size = std::max(size, kControl);
    return sizes;
}

} // namespace

RunInputBuffer::RunInputBuffer(const std::shared_ptr<Device>& device, const Graph& graph,
                               int64_t most)
    : m_graph(graph)
{
    m_buffer = std::make_unique<Buffer>(device, runInputBytes(graph, most), MemoryUse::Upload);
    const std::array<int64_t, 7> sizes = regionSizes(graph, most);
    Region* const regions[] = {&m_regions.control,   &m_regions.textControl, &m_regions.tokenIds,
                               &m_regions.positions, &m_regions.spans,       &m_regions.textSpans,
                               &m_regions.turns};
    int64_t offset = 0;
    for (size_t i = 0; i < sizes.size(); ++i) {
        *regions[i] = {m_buffer.get(), offset, sizes[i]};
        offset += bindable(sizes[i]);
    }
}

int64_t runInputBytes(const Graph& graph, int64_t most)
{
    const std::array<int64_t, 7> sizes = regionSizes(graph, most);
    return std::accumulate(sizes.begin(), sizes.end(), int64_t{0},
                           [](int64_t sum, int64_t size) { return sum + bindable(size); });
}

template <typename Number>
void RunInputBuffer::put(const Region& region, const std::vector<Number>& numbers)
{
    if (!numbers.empty())
        std::memcpy(m_buffer->mapped().data() + region.offset, numbers.data(),
                    numbers.size() * sizeof(Number));
}

void RunInputBuffer::write(const RunRows& rows, int64_t room)
{
    std::vector<uint32_t> positions;
    std::vector<uint32_t> spans;
    std::vector<uint32_t> textSpans;
    for (const int64_t length : rows.lengths) {
        const auto first = static_cast<uint32_t>(positions.size());
        const uint32_t end = first + static_cast<uint32_t>(length);
        textSpans.insert(textSpans.end(), {first, end});
        for (int64_t i = 0; i < length; ++i) {
            positions.push_back(static_cast<uint32_t>(rows.start + i));
            spans.insert(spans.end(), {first, end});
        }
    }
    const auto start = static_cast<uint32_t>(rows.start);
    put(m_regions.control, std::vector<uint32_t>{start, static_cast<uint32_t>(positions.size())});
    put(m_regions.textControl,
        std::vector<uint32_t>{0, static_cast<uint32_t>(rows.lengths.size())});
    put(m_regions.tokenIds, std::vector<int32_t>(rows.tokens.begin(), rows.tokens.end()));
    put(m_regions.positions, positions);
    put(m_regions.spans, spans);
    put(m_regions.textSpans, textSpans);
    writeTurns(positions, room);
}

void RunInputBuffer::writeTurns(const std::vector<uint32_t>& positions, int64_t room)
{
    std::vector<float> turns;
    for (size_t table = 0; table < m_graph.ropeTables.size(); ++table) {
        turns.resize(static_cast<size_t>(2 * turnsOffset(m_graph, static_cast<int>(table), room)));
        for (const uint32_t position : positions)
            for (const double frequency : m_graph.ropeTables[table].inverseFrequencies) {
                const double angle = position * frequency;
                turns.push_back(static_cast<float>(std::cos(angle)));
                turns.push_back(static_cast<float>(std::sin(angle)));
            }
    }
    put(m_regions.turns, turns);
}

int64_t turnsOffset(const Graph& graph, int table, int64_t rows)
{
    const auto tables = graph.ropeTables.begin();
    return std::accumulate(tables, tables + table, int64_t{0}, [&](int64_t sum, const auto& one) {
        return sum + rows * static_cast<int64_t>(one.inverseFrequencies.size());
    });
}

} // namespace bitloom
