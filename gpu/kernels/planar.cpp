// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/planar.h"

#include "core/storage/half.h"
#include "gpu/kernels/planar_form.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace bitloom {

namespace {

uint32_t shiftOf(int64_t n)
{
    return static_cast<uint32_t>(std::countr_zero(static_cast<uint64_t>(n)));
}

uint32_t groupShift(const Grid& grid)
{
    if (grid.groupSize >= grid.columns)
        return 31;
    return grid.groupSize == 16 ? BITLOOM_GROUPS_OF_16 : shiftOf(grid.groupSize / kUnit);
}

/// Writes and reads bit strings that never straddle a word.
void putBits(std::vector<uint32_t>& words, uint64_t bit, uint32_t value)
{
    words[bit / 32] |= value << (bit % 32);
}

uint32_t getBits(const std::vector<uint32_t>& words, uint64_t bit, uint32_t count)
{
    return (words[bit / 32] >> (bit % 32)) & static_cast<uint32_t>((uint64_t{1} << count) - 1);
}

struct Plane {
    int bits;                                   ///< of a code that lie in this plane
    std::vector<uint32_t> PlanarTensor::*words; ///< where it is kept
};

/// In the order of a code's bits, lowest first.
constexpr Plane kPlanes[] = {{8, &PlanarTensor::wide},
                             {4, &PlanarTensor::wide},
                             {2, &PlanarTensor::middle},
                             {1, &PlanarTensor::narrow}};

/// Bit, within a unit's plane of `bits`, where the code of `column` has its part: word by quads,
/// byte by the place within a quad.
uint64_t planeBit(int bits, int64_t column)
{
    const int64_t quad = column / kQuadColumns;
    const int64_t quadsPerWord = 8 / bits;
    const int64_t word = quad / quadsPerWord;
    return static_cast<uint64_t>(word * 32 + (column % kQuadColumns) * 8 +
                                 (quad % quadsPerWord) * bits);
}

void packPlanes(const std::vector<Code>& codes, PlanarTensor& out)
{
    const shader::Weights& w = out.shape;
    int shift = 0;
    for (const Plane& plane : kPlanes) {
        if ((w.bits & static_cast<uint32_t>(plane.bits)) == 0)
            continue;
        std::vector<uint32_t>& words = out.*plane.words;
        words.assign(static_cast<size_t>(w.rows) * w.units * static_cast<size_t>(plane.bits), 0);
        const uint32_t mask = (1U << plane.bits) - 1;
        for (int64_t row = 0; row < w.rows; ++row) {
            for (int64_t column = 0; column < w.columns; ++column) {
                const uint32_t code = codes[static_cast<size_t>(row * w.columns + column)];
                const auto unit = static_cast<uint64_t>(row * w.units + column / kUnit);
                putBits(words,
                        unit * static_cast<uint64_t>(plane.bits) * 32 +
                            planeBit(plane.bits, column % kUnit),
                        (code >> shift) & mask);
            }
        }
        shift += plane.bits;
    }
}

void packParams(const Grid& grid, PlanarTensor& out)
{
    const bool pairs = !grid.bias.empty();
    const size_t count = grid.scale.size();
    out.params.assign(pairs ? count : (count + 1) / 2, 0);
    for (size_t i = 0; i < count; ++i) {
        putBits(out.params, (pairs ? 2 * i : i) * 16, grid.scale[i]);
        if (pairs)
            putBits(out.params, (2 * i + 1) * 16, grid.bias[i]);
    }
}

void packEntries(const Grid& grid, const EntryWidths& widths, PlanarTensor& out)
{
    out.shape.fields = widths.scale | widths.bias << 4 | widths.zero << 8;
    out.shape.fields |= grid.bias.empty() ? 0 : BITLOOM_HAS_BIAS;
    out.shape.fields |= grid.biasSign < 0 ? BITLOOM_NEGATIVE_BIAS : 0;
    out.shape.entryBits = widths.entryBits();
    if (out.shape.entryBits == 0)
        return;
    const auto groups = static_cast<size_t>(out.shape.rows) * out.shape.groups;
    out.sub.assign((groups * out.shape.entryBits + 31) / 32, 0);
    const auto part = [](const auto& numbers, size_t i) {
        return numbers.empty() ? 0U : static_cast<uint32_t>(static_cast<uint8_t>(numbers[i]));
    };
    for (size_t i = 0; i < groups; ++i)
        putBits(out.sub, i * out.shape.entryBits,
                part(grid.subScale, i) | part(grid.subBias, i) << widths.scale |
                    part(grid.zero, i) << (widths.scale + widths.bias));
}

PlanarTensor packGrid(const Grid& grid, const std::vector<Code>& codes, const EntryWidths& widths)
{
    PlanarTensor out;
    out.shape.rows = static_cast<uint32_t>(grid.rows);
    out.shape.columns = static_cast<uint32_t>(grid.columns);
    out.shape.units = static_cast<uint32_t>(blocksOf(grid.columns, kUnit));
    out.shape.groups = static_cast<uint32_t>(grid.groups());
    out.shape.groupShift = groupShift(grid);
    out.shape.blocks = static_cast<uint32_t>(grid.blocks());
    out.shape.blockShift = shiftOf(grid.groupsPerBlock);
    out.shape.offset = static_cast<uint32_t>(grid.offset);
    out.shape.bits = static_cast<uint32_t>(grid.bits);
    out.levels = grid.levels;
    packPlanes(codes, out);
    packParams(grid, out);
    packEntries(grid, widths, out);
    return out;
}

/// `bits`: BITLOOM_HALF, BITLOOM_BFLOAT or BITLOOM_FLOAT; `source`: rows of columns numbers.
PlanarTensor packPlain(const void* source, int64_t rows, int64_t columns, uint32_t bits)
{
    PlanarTensor out;
    const int64_t units = blocksOf(columns, kQuadColumns);
    out.shape.rows = static_cast<uint32_t>(rows);
    out.shape.columns = static_cast<uint32_t>(columns);
    out.shape.units = static_cast<uint32_t>(units);
    out.shape.bits = bits;
    const bool floats = bits == BITLOOM_FLOAT;
    const size_t size = floats ? sizeof(float) : sizeof(uint16_t);
    std::vector<uint32_t>& words = floats ? out.wide : out.middle;
    words.assign(static_cast<size_t>(rows * units) * size, 0);
    for (int64_t row = 0; row < rows; ++row)
        std::memcpy(reinterpret_cast<std::byte*>(words.data()) +
                        static_cast<size_t>(row * units * kQuadColumns) * size,
                    static_cast<const std::byte*>(source) +
                        static_cast<size_t>(row * columns) * size,
                    static_cast<size_t>(columns) * size);
    return out;
}

GroupParameters parametersAt(const PlanarTensor& t, uint64_t row, uint64_t group)
{
    const shader::Weights& w = t.shape;
    const uint64_t block = row * w.blocks + (group >> w.blockShift);
    const bool pairs = (w.fields & BITLOOM_HAS_BIAS) != 0;
    const uint32_t scale = BITLOOM_SCALE_WIDTH(w.fields);
    const uint32_t bias = BITLOOM_BIAS_WIDTH(w.fields);
    const uint32_t zero = BITLOOM_ZERO_WIDTH(w.fields);
    const uint64_t at = (row * w.groups + group) * w.entryBits;
    const auto small = [&](uint64_t bit, uint32_t count) {
        const uint32_t value = getBits(t.sub, at + bit, count);
        return static_cast<float>(count == 8 ? static_cast<int8_t>(value)
                                             : static_cast<int>(value));
    };
    const auto half = [&](uint64_t i) {
        return halfToFloat(static_cast<uint16_t>(getBits(t.params, i * 16, 16)));
    };
    GroupParameters p;
    p.scale = half(pairs ? 2 * block : block) * (scale != 0 ? small(0, scale) : 1.0F);
    p.zero = static_cast<int>(zero != 0 ? getBits(t.sub, at + scale + bias, zero) : w.offset);
    p.bias = pairs ? half(2 * block + 1) * (bias != 0 ? small(scale, bias) : 1.0F) : 0.0F;
    p.bias = (w.fields & BITLOOM_NEGATIVE_BIAS) != 0 ? -p.bias : p.bias;
    return p;
}

} // namespace

int64_t PlanarTensor::bytes() const
{
    return static_cast<int64_t>(
        4 * (wide.size() + middle.size() + narrow.size() + params.size() + sub.size()));
}

float PlanarTensor::at(int64_t row, int64_t column) const
{
    const auto r = static_cast<uint64_t>(row);
    const auto c = static_cast<uint64_t>(column);
    if (shape.bits == BITLOOM_FLOAT)
        return std::bit_cast<float>(wide[r * shape.units * kQuadColumns + c]);
    if (shape.bits >= BITLOOM_HALF) {
        const auto bits =
            static_cast<uint16_t>(getBits(middle, (r * shape.units * kQuadColumns + c) * 16, 16));
        return shape.bits == BITLOOM_HALF ? halfToFloat(bits) : bfloatToFloat(bits);
    }
    uint32_t code = 0;
    int shift = 0;
    for (const Plane& plane : kPlanes) {
        if ((shape.bits & static_cast<uint32_t>(plane.bits)) == 0)
            continue;
        const uint64_t unit = r * shape.units + c / kUnit;
        const uint64_t bit =
            unit * static_cast<uint64_t>(plane.bits) * 32 + planeBit(plane.bits, column % kUnit);
        code |= getBits(this->*plane.words, bit, static_cast<uint32_t>(plane.bits)) << shift;
        shift += plane.bits;
    }
    const uint64_t group =
        shape.groupShift == BITLOOM_GROUPS_OF_16 ? c / 16 : (c / kUnit) >> shape.groupShift;
    const auto [scale, zero, bias] = parametersAt(*this, r, group);
    const float level =
        levels.empty() ? static_cast<float>(static_cast<int>(code) - zero) : levels[code];
    return scale * level + bias;
}

PlanarTensor planarTensor(const PackedTensor& tensor, int64_t first, int64_t count)
{
    const PlanarForm form = planarForm(*tensor.scheme, tensor.columns);
    const std::span<const std::byte> bytes = tensor.rowsOf(first, count);
    if (form.plainBits != 0 && form.asStored)
        return packPlain(bytes.data(), count, tensor.columns, form.plainBits);
    if (form.plainBits != 0)
        return packPlain(tensor.decodeRows(first, count).values.data(), count, tensor.columns,
                         form.plainBits);
    Grid grid = tensor.scheme->grid()->makeGrid(count, tensor.columns);
    std::vector<Code> codes(static_cast<size_t>(count * tensor.columns));
    tensor.scheme->grid()->unpack(bytes, count, tensor.columns, grid, codes);
    return packGrid(grid, codes, form.widths);
}

} // namespace bitloom
