// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/methods/gptq_rows.h"

#include "core/base/error.h"
#include "core/quantize/methods/encode_rows.h"

#include <algorithm>

namespace bitloom {

namespace {

/// Columns of one row of the factor that stay in the cache while all rows use them.
constexpr int64_t kTile = 512;

void subtract(double* from, double factor, const double* values, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        from[i] -= factor * values[i];
}

} // namespace

GptqRows::GptqRows(const GridScheme& scheme, MatrixView weights, const SlotKnowledge& slot)
    : m_scheme(scheme)
    , m_factor(*slot.inputs)
    , m_weights(weights)
    , m_width(weights.columns)
    , m_grid(scheme.gridOf(slot.parameters, weights.rows, weights.columns))
    , m_groups(static_cast<size_t>(weights.rows * m_grid.groups()))
    , m_left(static_cast<size_t>(weights.size()))
    , m_errors(static_cast<size_t>(weights.rows * kBatchColumns))
    , m_codes(static_cast<size_t>(weights.rows * m_grid.codesPerRow()))
{
    static_assert(kBatchColumns % kMostDimension == 0, "a block of places holds whole codes");
    if (m_grid.dimension > 1 && !m_factor.order.empty())
        throw Error("quantize",
                    std::string(scheme.id()) + " gives " + std::to_string(m_grid.dimension) +
                        " columns one code, and columns cannot be taken in the order of "
                        "their inputs then");
    for (int64_t row = 0; row < weights.rows; ++row)
        for (int64_t position = 0; position < m_width; ++position)
            left(row)[position] = weights.row(row)[static_cast<size_t>(m_factor.column(position))];
}

void GptqRows::run()
{
    const bool leftToRight = m_factor.order.empty();
    const int64_t blockColumns = m_scheme.blockColumns(m_width);
    if (!leftToRight)
        fitEverything();
    for (int64_t from = 0; from < m_width; from += kBatchColumns) {
        const int64_t to = std::min(from + kBatchColumns, m_width);
        for (int64_t next = from; next < to;) {
            if (leftToRight && next % blockColumns == 0)
                fitBlock(next);
            const int64_t end =
                leftToRight ? std::min(to, next - next % blockColumns + blockColumns) : to;
            for (int64_t row = 0; row < m_weights.rows; ++row)
                roundRow(row, next, end);
            next = end;
        }
        makeGood(from, to);
    }
}

void GptqRows::fitEverything()
{
    fitGrid(m_scheme, m_weights, RangeSearch::SquaredError, m_grid);
    for (int64_t row = 0; row < m_weights.rows; ++row)
        learnGroups(row, 0, m_width);
}

void GptqRows::fitBlock(int64_t first)
{
    const int64_t count = std::min(m_scheme.blockColumns(m_width), m_width - first);
    std::vector<float> values(static_cast<size_t>(count));
    for (int64_t row = 0; row < m_weights.rows; ++row) {
        std::copy_n(left(row) + first, count, values.begin());
        m_scheme.fitBlock(values, RangeSearch::SquaredError, m_grid, row, first);
        learnGroups(row, first, count);
    }
}

void GptqRows::learnGroups(int64_t row, int64_t firstColumn, int64_t count)
{
    const int64_t size = m_grid.groupSize;
    for (int64_t group = firstColumn / size; group * size < firstColumn + count; ++group)
        m_groups[static_cast<size_t>(row * m_grid.groups() + group)] =
            groupParameters(m_grid, row, group);
}

void GptqRows::roundRow(int64_t row, int64_t from, int64_t to)
{
    const int64_t batchStart = from - from % kBatchColumns;
    const int64_t batchEnd = std::min(batchStart + kBatchColumns, m_width);
    double* weights = left(row);
    for (int64_t position = from; position < to;) {
        const Chosen chosen = rounded(row, m_factor.column(position), weights + position);
        for (int j = 0; j < m_grid.dimension; ++j, ++position) {
            const double* factor = m_factor.row(position);
            const double error =
                (weights[position] - static_cast<double>(chosen[static_cast<size_t>(j)])) /
                factor[position];
            errors(row)[position - batchStart] = error;
            subtract(weights + position + 1, error, factor + position + 1, batchEnd - position - 1);
        }
    }
}

GptqRows::Chosen GptqRows::rounded(int64_t row, int64_t column, const double* wanted)
{
    const auto dimension = static_cast<size_t>(m_grid.dimension);
    const GroupParameters& group =
        m_groups[static_cast<size_t>(row * m_grid.groups() + column / m_grid.groupSize)];
    Code& code =
        m_codes[static_cast<size_t>(row * m_grid.codesPerRow() + column / m_grid.dimension)];
    Chosen chosen{};
    for (size_t j = 0; j < dimension; ++j)
        chosen[j] = static_cast<float>(wanted[j]);
    const std::span<float> values = std::span(chosen).first(dimension);
    nearestCodes(group, m_grid, values, {&code, 1});
    decodeCodes(group, m_grid, {&code, 1}, values);
    return chosen;
}

void GptqRows::makeGood(int64_t from, int64_t to)
{
    for (int64_t tile = to; tile < m_width; tile += kTile) {
        const int64_t count = std::min(kTile, m_width - tile);
        for (int64_t row = 0; row < m_weights.rows; ++row)
            for (int64_t position = from; position < to; ++position)
                subtract(left(row) + tile, errors(row)[position - from],
                         m_factor.row(position) + tile, count);
    }
}

} // namespace bitloom
