// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/methods/method.h"
#include "core/storage/level_search.h"

#include <array>

#include <vector>

namespace bitloom {

/// GPTQ of some rows (Frantar et al. 2023, algorithm 1): each column is rounded
/// in turn and its error made good in the columns behind it. Rows do not touch each other, and each
/// goes through the same arithmetic whatever others stand beside it. Columns that share a code are
/// rounded together, and the error of each made good in turn (van Baalen et al. 2024, GPTVQ, with
/// the plain distance).
class GptqRows {
public:
    /// `slot` must know its inputs. Error when they are in an order that parts columns which share
    /// a code.
    GptqRows(const GridScheme& scheme, MatrixView weights, const SlotKnowledge& slot);

    /// Grids are fitted by the least squared error: left to right, to what is left of the weights
    /// when their block begins; in another order, to the original ones beforehand ("static
    /// groups").
    void run();

    const Grid& grid() const { return m_grid; }
    const std::vector<Code>& codes() const { return m_codes; }

private:
    void fitEverything();
    void fitBlock(int64_t first);
    void learnGroups(int64_t row, int64_t firstColumn, int64_t count);
    /// Rounds the columns at positions [from, to) of a row, with their errors made good among them.
    void roundRow(int64_t row, int64_t from, int64_t to);
    /// What the columns that share a code become, from `column` on, which would be `wanted`.
    using Chosen = std::array<float, kMostDimension>;
    Chosen rounded(int64_t row, int64_t column, const double* wanted);
    /// The errors of positions [from, to) made good in all positions behind them.
    void makeGood(int64_t from, int64_t to);

    double* left(int64_t row) { return m_left.data() + row * m_width; }
    double* errors(int64_t row) { return m_errors.data() + row * kBatchColumns; }

    /// Errors kept until they go to the columns behind
    static constexpr int64_t kBatchColumns = 128;

    const GridScheme& m_scheme;
    const InverseFactor& m_factor;
    MatrixView m_weights;
    int64_t m_width;
    Grid m_grid;
    std::vector<GroupParameters> m_groups; ///< [rows, groups]
    std::vector<double> m_left;            ///< [rows, positions]: the weights still to be rounded
    std::vector<double> m_errors;          ///< [rows, kBatchColumns]
    std::vector<Code> m_codes;             ///< [rows, codes of a row]
};

} // namespace bitloom
