// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/encoding/clip.h"

#include "core/base/error.h"

#include <algorithm>
#include <limits>

namespace bitloom {

void clip(Matrix& weights, const Encoding& encoding)
{
    if (!encoding.clips())
        return;
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const auto low = static_cast<float>(encoding.clipLow.value_or(-kInfinity));
    const auto high = static_cast<float>(encoding.clipHigh.value_or(kInfinity));
    if (!(low <= high))
        throw Error("quantize", "the clip range from " + std::to_string(low) + " to " +
                                    std::to_string(high) + " is empty");
    for (float& value : weights.values)
        value = std::clamp(value, low, high);
}

} // namespace bitloom
