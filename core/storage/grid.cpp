// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/grid.h"

#include "core/storage/half.h"

#include <algorithm>

namespace bitloom {

namespace {

/// An addend that leaves every float as it is; +0 would turn −0 into +0.
constexpr float kNoBias = -0.0F;

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

void nearestCodes(const GroupParameters& group, const Grid& grid, std::span<const float> values,
                  std::span<uint8_t> codes)
{
    if (group.scale == 0) {
        const int code = std::clamp(group.zero, grid.minCode, grid.maxCode);
        std::fill_n(codes.begin(), values.size(), static_cast<uint8_t>(code));
        return;
    }
    const auto lowest = static_cast<float>(grid.minCode - group.zero);
    const auto highest = static_cast<float>(grid.maxCode - group.zero);
    for (size_t i = 0; i < values.size(); ++i) {
        float q = (values[i] - group.bias) / group.scale;
        q = q < lowest ? lowest : q;
        q = q > highest ? highest : q;
        q = (q + kRounder) - kRounder;
        codes[i] = static_cast<uint8_t>(static_cast<int>(q) + group.zero);
    }
}

uint8_t nearestCode(const GroupParameters& group, const Grid& grid, float value)
{
    uint8_t code = 0;
    nearestCodes(group, grid, {&value, 1}, {&code, 1});
    return code;
}

} // namespace bitloom
