// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/graph/graph.h"

#include <string_view>
#include <vector>

namespace bitloom {

/// How a step uses one of its matrices.
enum class MatrixUse {
    Product,   ///< multiplies it with its first input
    Lookup,    ///< takes rows of it, those that Operation::lookedUpBy says
    Recurrent, ///< multiplies it with what the step gave at the position before
};

/// Which row of a table a position looks up.
enum class LookedUpBy {
    Token,
    Position,
    Nothing, ///< always the first row
};

/// A row of the operations table: what a step of that name takes and gives. The meaning of each is
/// stated at Step (graph.h); engines implement them under the same name.
struct Operation {
    std::string_view name;
    int inputs = 0;
    std::vector<MatrixUse> matrices; ///< slots that are matrices come first: how each is used
    int vectors = 0;                 ///< slots behind them that are vectors as wide as the output
    int optionalVectors = 0;         ///< such that may follow or not (a bias)
    /// False when row i of the output depends on row i of the inputs alone, wherever it stands.
    bool looksAtPositions = false;
    /// Width of the output of a step whose indices are in range. Error when the widths of its
    /// inputs, slots and attributes do not fit together.
    int64_t (*outputWidth)(const Graph& graph, const Step& step) = nullptr;
    bool pools = false; ///< gives one row for each text
    LookedUpBy lookedUpBy = LookedUpBy::Token;

    int matrixCount() const { return static_cast<int>(matrices.size()); }
    bool takesSlots(int count) const
    {
        const int least = matrixCount() + vectors;
        return count >= least && count <= least + optionalVectors;
    }
};

const std::vector<Operation>& operations();
/// The operation of that name; Error when there is none.
const Operation& operationNamed(std::string_view name);

/// A slot that a step reads as a matrix.
struct StepMatrix {
    int slot = -1;
    MatrixUse use = MatrixUse::Product;

    bool multiplied() const { return use != MatrixUse::Lookup; }
};
/// The matrices of a step, in the order of its slots.
std::vector<StepMatrix> matricesOf(const Step& step);
/// The first step that does something else with a matrix than multiply its first input with it;
/// null: none does.
const Step* notMultiplying(const Program& program, int slot);
/// Whether slot number `i` of a step is a vector: those come behind the matrices.
bool isVector(const Step& step, size_t i);

/// Whether a step reads what it gave at the position before: a hidden state.
inline bool isRecurrent(const Step& step)
{
    return step.attributes.hiddenState >= 0;
}

} // namespace bitloom
