// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/grid.h"

#include "core/storage/half.h"
#include "core/storage/level_rounder.h"
#include "core/storage/level_search.h"

#include <algorithm>
#include <array>

namespace bitloom {

namespace {

/// An addend that leaves every float as it is; +0 would turn −0 into +0.
constexpr float kNoBias = -0.0F;

void nearestFewLevels(const GroupParameters& group, const Grid& grid, std::span<const float> values,
                      std::span<Code> codes)
{
    const LevelRounder rounder(grid.levels);
    if (group.scale == 0) {
        std::fill_n(codes.begin(), values.size(), static_cast<Code>(rounder.code(0)));
        return;
    }
    for (size_t i = 0; i < values.size(); ++i)
        codes[i] = static_cast<Code>(rounder.code((values[i] - group.bias) / group.scale));
}

/// Of codebooks of any size and dimension.
void nearestLevels(const GroupParameters& group, const Grid& grid, std::span<const float> values,
                   std::span<Code> codes)
{
    const LevelSearch levels(grid.levels, grid.dimension);
    const auto dimension = static_cast<size_t>(grid.dimension);
    std::array<float, kMostDimension> numbers{};
    for (size_t first = 0; first < values.size(); first += dimension) {
        for (size_t j = 0; group.scale != 0 && j < dimension; ++j)
            numbers[j] = (values[first + j] - group.bias) / group.scale;
        codes[first / dimension] = static_cast<Code>(levels.code(numbers.data()));
    }
}

} // namespace

GroupParameters groupParameters(const Grid& grid, int64_t row, int64_t group)
{
    const auto g = static_cast<size_t>(row * grid.groups() + group);
    const auto b = static_cast<size_t>(row * grid.blocks() + group / grid.groupsPerBlock);
    GroupParameters result;
    result.scale = halfToFloat(grid.scale[b]);
    if (!grid.subScale.empty())
        result.scale *= static_cast<float>(grid.subScale[g]);
    result.zero = grid.zero.empty() ? grid.offset : grid.zero[g];
    result.bias = kNoBias;
    if (!grid.bias.empty()) {
        const float sub = grid.subBias.empty() ? 1.0F : static_cast<float>(grid.subBias[g]);
        result.bias = grid.biasSign * (halfToFloat(grid.bias[b]) * sub);
    }
    return result;
}

void decodeCodes(const GroupParameters& group, const Grid& grid, std::span<const Code> codes,
                 std::span<float> out)
{
    const auto [scale, zero, bias] = group;
    const float* levels = grid.levels.data();
    const auto dimension = static_cast<size_t>(grid.dimension);
    if (grid.levels.empty())
        for (size_t i = 0; i < codes.size(); ++i)
            out[i] = scale * static_cast<float>(codes[i] - zero) + bias;
    else if (dimension == 1)
        for (size_t i = 0; i < codes.size(); ++i)
            out[i] = scale * levels[codes[i]] + bias;
    else
        for (size_t i = 0; i < codes.size(); ++i)
            for (size_t j = 0; j < dimension; ++j)
                out[i * dimension + j] = scale * levels[codes[i] * dimension + j] + bias;
}

void nearestCodes(const GroupParameters& group, const Grid& grid, std::span<const float> values,
                  std::span<Code> codes)
{
    if (!grid.levels.empty()) {
        const bool few = grid.dimension == 1 && grid.levels.size() <= kMostLevels;
        (few ? nearestFewLevels : nearestLevels)(group, grid, values, codes);
        return;
    }
    if (group.scale == 0) {
        const int code = std::clamp(group.zero, grid.minCode, grid.maxCode);
        std::fill_n(codes.begin(), values.size(), static_cast<Code>(code));
        return;
    }
    const auto lowest = static_cast<float>(grid.minCode - group.zero);
    const auto highest = static_cast<float>(grid.maxCode - group.zero);
    for (size_t i = 0; i < values.size(); ++i) {
        float q = (values[i] - group.bias) / group.scale;
        q = q < lowest ? lowest : q;
        q = q > highest ? highest : q;
        q = (q + kRounder) - kRounder;
        codes[i] = static_cast<Code>(static_cast<int>(q) + group.zero);
    }
}

Code nearestCode(const GroupParameters& group, const Grid& grid, float value)
{
    Code code = 0;
    nearestCodes(group, grid, {&value, 1}, {&code, 1});
    return code;
}

} // namespace bitloom
