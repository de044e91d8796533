// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/storage/activation_scheme.h"
#include "core/storage/grid.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace bitloom {

namespace {

/// Numbers that differ by less are left as they are: a step between them has no reciprocal, and
/// zeros would become NaN.
constexpr float kLeastRange = 1e-35F;

/// std::nearbyint of a code, with the sign of its zeros, without a call for each number: a vector
/// of them at once.
float nearestCode(float value)
{
    return std::copysign((value + kRounder) - kRounder, value);
}

float within(float value, float low, float high)
{
    value = value < low ? low : value;
    return value > high ? high : value;
}

void roundSymmetric(std::span<float> values, float top)
{
    float most = 0;
    for (const float value : values)
        most = std::max(most, std::abs(value));
    if (most < kLeastRange)
        return;
    const float perStep = top / most;
    const float step = most / top;
    for (float& value : values)
        value = within(nearestCode(value * perStep), -top, top) * step;
}

void roundAsymmetric(std::span<float> values, float top)
{
    float low = 0;
    float high = 0;
    for (const float value : values) {
        low = std::min(low, value);
        high = std::max(high, value);
    }
    if (high - low < kLeastRange)
        return;
    const float perStep = top / (high - low);
    const float step = (high - low) / top;
    const float zero = std::nearbyint(-low * perStep);
    for (float& value : values)
        value = (within(nearestCode(value * perStep) + zero, 0.0F, top) - zero) * step;
}

} // namespace

void ActivationScheme::fakeQuantize(std::span<float> row) const
{
    const size_t stretch = group > 0 ? static_cast<size_t>(group) : row.size();
    for (size_t from = 0; from < row.size(); from += stretch) {
        const std::span<float> values = row.subspan(from, std::min(stretch, row.size() - from));
        const auto top = static_cast<float>(highestCode());
        symmetric ? roundSymmetric(values, top) : roundAsymmetric(values, top);
    }
}

const std::vector<ActivationScheme>& activationSchemes()
{
    static const std::vector<ActivationScheme> kRows = {
        {"int8-token-sym", "8 bits, one scale for each position", 8, true, 0},
        {"int8-token-asym", "8 bits, one scale and zero point for each position", 8, false, 0},
        {"int8-g32-sym", "8 bits, a scale for 32 columns, much like the q8_0 of llama.cpp", 8, true,
         32},
        {"int6-token-sym", "6 bits, one scale for each position", 6, true, 0},
        {"int4-token-sym", "4 bits, one scale for each position", 4, true, 0},
        {"int4-token-asym", "4 bits, one scale and zero point for each position", 4, false, 0},
        {"int4-g32-sym", "4 bits, a scale for 32 columns", 4, true, 32},
    };
    return kRows;
}

const ActivationScheme* findActivationScheme(std::string_view id)
{
    const auto& rows = activationSchemes();
    const auto found = std::ranges::find(rows, id, &ActivationScheme::id);
    return found == rows.end() ? nullptr : &*found;
}

const ActivationScheme& activationSchemeNamed(std::string_view id)
{
    if (const ActivationScheme* scheme = findActivationScheme(id))
        return *scheme;
    std::string known;
    for (const ActivationScheme& scheme : activationSchemes())
        known.append(known.empty() ? "" : " ").append(scheme.id);
    throw Error("storage",
                "there is no activation scheme \"" + std::string(id) + "\"; known are " + known);
}

} // namespace bitloom
