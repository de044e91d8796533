// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/planar_form.h"

#include "core/base/error.h"
#include "gpu/shaders/structs.h"

#include <algorithm>

namespace bitloom {

namespace {

bool isPowerOfTwo(int64_t n)
{
    return std::has_single_bit(static_cast<uint64_t>(n));
}

bool kernelsKnow(const Grid& grid)
{
    const bool group = grid.groupSize >= grid.columns || grid.groupSize == 16 ||
                       (grid.groupSize >= kUnit && isPowerOfTwo(grid.groupSize));
    return group && grid.bits >= 1 && grid.bits <= 8 && isPowerOfTwo(grid.groupsPerBlock) &&
           grid.minCode >= 0;
}

/// The kernels find what a code stands for from its row alone, and codes a byte at a time.
void requireKnownCodes(const GridScheme& scheme, int64_t columns)
{
    const auto refuse = [&](const std::string& what) {
        throw Error("vulkan",
                    std::string(scheme.id()) + " " + what + ", which the kernels do not decode");
    };
    if (scheme.parameterBytes(columns) > 0)
        refuse("keeps parameters that all rows of a slot share");
    if (scheme.traits().dimension > 1)
        refuse("has codes of " + std::to_string(scheme.traits().dimension) + " weights");
    if (scheme.bits() > 8)
        refuse("has codes of " + std::to_string(scheme.bits()) + " bits");
}

void requireKnownCodebook(const Scheme& scheme, const Grid& grid)
{
    if (grid.levels.size() > BITLOOM_MOST_LEVELS)
        throw Error("vulkan", std::string(scheme.id()) + " has a codebook of " +
                                  std::to_string(grid.levels.size()) +
                                  " levels; the kernels decode at most " +
                                  std::to_string(BITLOOM_MOST_LEVELS));
}

/// Bits an entry part needs: none, 4 when every number is in 0..15, else 8.
template <typename Number>
uint32_t width(const std::vector<Number>& numbers)
{
    if (numbers.empty())
        return 0;
    const auto [low, high] = std::ranges::minmax(numbers);
    return low >= 0 && high <= 15 ? 4 : 8;
}

/// As wide as the largest numbers that the scheme can store: those whose bits are all set.
EntryWidths entryWidths(const GridScheme& scheme, int64_t columns)
{
    Grid grid = scheme.makeGrid(1, columns);
    const std::vector<std::byte> bytes(static_cast<size_t>(scheme.rowBytes(columns)),
                                       std::byte{0xff});
    std::vector<Code> codes(static_cast<size_t>(columns));
    scheme.unpack(bytes, 1, columns, grid, codes);
    return {width(grid.subScale), width(grid.subBias), width(grid.zero)};
}

/// Of a row of plain numbers, padded to whole quads.
int64_t plainRowBytes(uint32_t plainBits, int64_t columns)
{
    const int64_t size = plainBits == BITLOOM_FLOAT ? sizeof(float) : sizeof(uint16_t);
    return blocksOf(columns, kQuadColumns) * kQuadColumns * size;
}

} // namespace

PlanarForm planarForm(const Scheme& scheme, int64_t columns)
{
    PlanarForm form;
    form.asStored = scheme.id() == "f16" || scheme.id() == "bf16" || scheme.id() == "f32";
    form.plainBits = scheme.id() == "f16"    ? BITLOOM_HALF
                     : scheme.id() == "bf16" ? BITLOOM_BFLOAT
                                             : BITLOOM_FLOAT;
    const GridScheme* onGrid = scheme.grid();
    if (!onGrid)
        return form;
    requireKnownCodes(*onGrid, columns);
    form.grid = onGrid->makeGrid(1, columns);
    requireKnownCodebook(scheme, form.grid);
    if (!kernelsKnow(form.grid))
        return form;
    form.plainBits = 0;
    form.widths = entryWidths(*onGrid, columns);
    return form;
}

std::array<int64_t, 5> planarSectionBytes(const Scheme& scheme, int64_t rows, int64_t columns)
{
    constexpr int64_t kWord = sizeof(uint32_t);
    const PlanarForm form = planarForm(scheme, columns);
    if (form.plainBits == BITLOOM_FLOAT)
        return {rows * plainRowBytes(form.plainBits, columns), 0, 0, 0, 0};
    if (form.plainBits != 0)
        return {0, rows * plainRowBytes(form.plainBits, columns), 0, 0, 0};
    const Grid& grid = form.grid;
    const int64_t units = rows * blocksOf(columns, kUnit);
    const int64_t scales = rows * grid.blocks();
    const int64_t entries = rows * grid.groups() * form.widths.entryBits();
    return {kWord * units * (grid.bits & 12), kWord * units * (grid.bits & 2),
            kWord * units * (grid.bits & 1),
            kWord * (grid.bias.empty() ? blocksOf(scales, 2) : scales),
            kWord * blocksOf(entries, 32)};
}

int64_t planarRowBytes(const Scheme& scheme, int64_t columns)
{
    const PlanarForm form = planarForm(scheme, columns);
    if (form.plainBits != 0)
        return plainRowBytes(form.plainBits, columns);
    return blocksOf(columns, kUnit) * form.grid.bits * 4 + 4 * form.grid.blocks() +
           4 * form.grid.groups();
}

} // namespace bitloom
