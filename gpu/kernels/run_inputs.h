// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/graph/graph.h"
#include "gpu/memory/buffer.h"

#include <memory>
#include <span>
#include <vector>

namespace bitloom {

/// What kernels read of what the host writes before each run.
struct RunInputs {
    Region control;     ///< shader::Control: positions
    Region textControl; ///< shader::Control: texts
    Region tokenIds;    ///< by row
    Region positions;   ///< by row: its place in its text
    Region spans;       ///< by row: first row of its text, and the one behind its last
    Region textSpans;   ///< by text: the same
    Region turns;       ///< cosine and sine by rope table, row, pair
};

/// The rows of one run: a stretch of one text, or whole texts one below the other.
struct RunRows {
    std::span<const int32_t> tokens;  ///< empty: a value is given instead
    std::span<const int64_t> lengths; ///< rows of each text
    int64_t start = 0;                ///< rows the first text has already
};

/// The memory behind RunInputs, seen by host and device.
class RunInputBuffer {
public:
    /// `most`: rows of a run. Error: out of memory.
    RunInputBuffer(const std::shared_ptr<Device>& device, const Graph& graph, int64_t most);
    const RunInputs& regions() const { return m_regions; }
    /// `room`: rows of the recording that will read them.
    void write(const RunRows& rows, int64_t room);

private:
    template <typename Number>
    void put(const Region& region, const std::vector<Number>& numbers);
    void writeTurns(const std::vector<uint32_t>& positions, int64_t room);

    const Graph& m_graph;
    std::unique_ptr<Buffer> m_buffer;
    RunInputs m_regions;
};

/// Bytes of that memory.
int64_t runInputBytes(const Graph& graph, int64_t most);

/// Where a rope table's turns begin in RunInputs::turns, in pairs.
int64_t turnsOffset(const Graph& graph, int table, int64_t rows);

} // namespace bitloom
