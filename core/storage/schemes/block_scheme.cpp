// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/schemes/block_scheme.h"

#include <algorithm>
#include <cstring>

namespace bitloom {

namespace {

/// Calls visit(element, byte, shift) for every element of a block in one plane.
template <class Visit>
void forPlane(const BlockForm& form, const BitPlane& plane, Visit visit)
{
    if (plane.width == 8) { // in their order, whatever the stripe
        for (int element = 0; element < form.columns; ++element)
            visit(element, plane.offset + element, 0);
        return;
    }
    int byte = plane.offset;
    for (int element = 0; element < form.columns; byte += plane.stripe)
        for (int shift = 0; shift < 8; shift += plane.width)
            for (int lane = 0; lane < plane.stripe; ++lane, ++element)
                visit(element, byte + lane, shift);
}

void packCodes(const BlockForm& form, const Code* codes, std::byte* block)
{
    for (const BitPlane& plane : form.planes) {
        const int mask = (1 << plane.width) - 1;
        forPlane(form, plane, [&](int element, int byte, int shift) {
            const int part = ((codes[element] ^ form.codeFlip) >> plane.codeShift) & mask;
            block[byte] |= static_cast<std::byte>(part << shift);
        });
    }
}

void unpackCodes(const BlockForm& form, const std::byte* block, Code* codes)
{
    std::fill_n(codes, form.columns, form.codeFlip);
    for (const BitPlane& plane : form.planes) {
        const int mask = (1 << plane.width) - 1;
        forPlane(form, plane, [&](int element, int byte, int shift) {
            const int part = (static_cast<int>(block[byte]) >> shift) & mask;
            codes[element] = static_cast<Code>(codes[element] ^ (part << plane.codeShift));
        });
    }
}

} // namespace

bool BlockScheme::accepts(int64_t columns) const
{
    return columns > 0 && columns % m_form.columns == 0;
}

int64_t BlockScheme::rowBytes(int64_t columns) const
{
    return columns / m_form.columns * m_form.bytes;
}

Grid BlockScheme::makeGrid(int64_t rows, int64_t columns) const
{
    Grid grid;
    grid.rows = rows;
    grid.columns = columns;
    grid.bits = m_form.bits;
    grid.groupSize = m_form.groupSize;
    grid.groupsPerBlock = m_form.groups();
    grid.offset = m_form.offset;
    grid.maxCode = m_form.maxCode();
    grid.biasSign = m_form.biasSign;
    const auto blocks = static_cast<size_t>(rows * (columns / m_form.columns));
    const size_t groups = blocks * static_cast<size_t>(m_form.groups());
    grid.scale.resize(blocks);
    if (m_form.biasAt >= 0)
        grid.bias.resize(blocks);
    if (m_form.packSubs != nullptr) {
        grid.subScale.resize(groups);
        if (m_form.biasAt >= 0)
            grid.subBias.resize(groups);
    }
    return grid;
}

void BlockScheme::fitBlock(std::span<const float> values, RangeSearch search, Grid& grid,
                           int64_t row, int64_t firstColumn) const
{
    const auto index = static_cast<size_t>(row * grid.blocks() + firstColumn / m_form.columns);
    fitBlockForm(m_form, values, search, grid, index);
}

void BlockScheme::pack(const Grid& grid, std::span<const Code> codes,
                       std::span<std::byte> out) const
{
    const auto groups = static_cast<size_t>(m_form.groups());
    for (size_t b = 0; b < grid.scale.size(); ++b) {
        std::byte* block = out.data() + b * static_cast<size_t>(m_form.bytes);
        std::memset(block, 0, static_cast<size_t>(m_form.bytes));
        packCodes(m_form, codes.data() + b * static_cast<size_t>(m_form.columns), block);
        std::memcpy(block + m_form.scaleAt, &grid.scale[b], 2);
        if (m_form.biasAt >= 0)
            std::memcpy(block + m_form.biasAt, &grid.bias[b], 2);
        if (m_form.packSubs != nullptr)
            m_form.packSubs(grid.subScale.data() + b * groups,
                            grid.subBias.empty() ? nullptr : grid.subBias.data() + b * groups,
                            block);
    }
}

void BlockScheme::unpack(std::span<const std::byte> bytes, int64_t rows, int64_t columns,
                         Grid& grid, std::span<Code> codes) const
{
    const auto groups = static_cast<size_t>(m_form.groups());
    const auto blocks = static_cast<size_t>(rows * (columns / m_form.columns));
    for (size_t b = 0; b < blocks; ++b) {
        const std::byte* block = bytes.data() + b * static_cast<size_t>(m_form.bytes);
        unpackCodes(m_form, block, codes.data() + b * static_cast<size_t>(m_form.columns));
        std::memcpy(&grid.scale[b], block + m_form.scaleAt, 2);
        if (m_form.biasAt >= 0)
            std::memcpy(&grid.bias[b], block + m_form.biasAt, 2);
        if (m_form.unpackSubs != nullptr)
            m_form.unpackSubs(block, grid.subScale.data() + b * groups,
                              grid.subBias.empty() ? nullptr : grid.subBias.data() + b * groups);
    }
}

} // namespace bitloom
