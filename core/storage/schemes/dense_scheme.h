// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/grid_scheme.h"

namespace bitloom {

/// Codes of b bits with a half scale per group, for rows of any length. A row is stored as its
/// codes (dense, lowest bits first), the scales, and where there are zero points those (dense, b
/// bits each).
class DenseScheme : public GridScheme {
public:
    /// `group` 0: the whole row.
    DenseScheme(int bits, int64_t group, bool zeroPoints)
        : m_bits(bits)
        , m_group(group)
        , m_zeroPoints(zeroPoints)
    {
    }
    int bits() const override { return m_bits; }
    bool accepts(int64_t columns) const override { return columns >= 1; }
    int64_t rowBytes(int64_t columns) const override;
    Grid makeGrid(int64_t rows, int64_t columns) const override;
    void pack(const Grid& grid, std::span<const Code> codes,
              std::span<std::byte> out) const override;
    void unpack(std::span<const std::byte> bytes, int64_t rows, int64_t columns, Grid& grid,
                std::span<Code> codes) const override;

private:
    int64_t groups(int64_t columns) const
    {
        return m_group == 0 ? 1 : (columns + m_group - 1) / m_group;
    }

    int m_bits;
    int64_t m_group;
    bool m_zeroPoints;
};

} // namespace bitloom
