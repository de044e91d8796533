// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/graph.h"

#include <string_view>
#include <vector>

namespace bitloom {

/// A row of the operations table: what a step of that name takes and gives. The meaning of each is
/// stated at Step (graph.h); engines implement them under the same name.
struct Operation {
    std::string_view name;
    int inputs = 0;
    int matrices = 0;        ///< slots that are matrices; they come first
    int vectors = 0;         ///< slots behind them that are vectors as wide as the output
    int optionalVectors = 0; ///< such that may follow or not (a bias)
    /// False when row i of the output depends on row i of the inputs alone, wherever it stands.
    bool looksAtPositions = false;
    /// Width of the output of a step whose indices are in range. Error when the widths of its
    /// inputs, slots and attributes do not fit together.
    int64_t (*outputWidth)(const Graph& graph, const Step& step) = nullptr;
    bool pools = false; ///< gives one row for each text

    bool takesSlots(int count) const
    {
        return count >= matrices + vectors && count <= matrices + vectors + optionalVectors;
    }
};

const std::vector<Operation>& operations();
/// The operation of that name; Error when there is none.
const Operation& operationNamed(std::string_view name);

/// Whether a step reads what it gave at the position before: a hidden state.
inline bool isRecurrent(const Step& step)
{
    return step.attributes.hiddenState >= 0;
}

} // namespace bitloom
