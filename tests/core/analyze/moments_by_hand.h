// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/text/text.h"
#include "core/network/graph/slot_input.h"
#include "core/quantize/methods/input_moments.h"
#include "tests/core/random_weights.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace bitloom {

inline std::vector<Window> randomWindows(size_t count, uint64_t tokens)
{
    std::vector<Window> windows(count);
    for (size_t w = 0; w < count; ++w)
        for (uint64_t t = 0; t < tokens; ++t)
            windows[w].tokens.push_back(static_cast<int32_t>(3 + 500 * randomUniform(w + 1, t)));
    return windows;
}

/// Σ x xᵀ / positions in double, of the rows a tap sees.
class ByHand {
public:
    explicit ByHand(const SlotInput& input)
        : m_input(input)
    {
    }
    void add(MatrixView rows)
    {
        m_sums.resize(static_cast<size_t>(rows.columns * rows.columns));
        m_positions += rows.rows;
        for (int64_t r = 0; r < rows.rows - (m_input.previous ? 1 : 0); ++r)
            for (size_t i = 0; i < rows.row(r).size(); ++i)
                for (size_t j = 0; j < rows.row(r).size(); ++j)
                    m_sums[i * rows.row(r).size() + j] +=
                        static_cast<double>(rows.row(r)[i]) * static_cast<double>(rows.row(r)[j]);
    }
    /// max |difference| / max |value|.
    double difference(const MomentHalf& part) const
    {
        double most = 0;
        double largest = 0;
        for (size_t i = 0; i < m_sums.size(); ++i) {
            const double mean = m_sums[i] / static_cast<double>(m_positions);
            largest = std::max(largest, std::abs(mean));
            most = std::max(most, std::abs(mean - part.values->values()[i]));
        }
        return m_positions == part.positions ? most / largest : 1;
    }

private:
    SlotInput m_input;
    std::vector<double> m_sums;
    int64_t m_positions = 0;
};

} // namespace bitloom
