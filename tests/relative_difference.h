// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/tensor.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

/// max |a − b| / max |b|: how engines are compared.
inline double relativeDifference(const Matrix& a, const Matrix& b)
{
    if (a.values.size() != b.values.size())
        return INFINITY;
    double difference = 0;
    double largest = 0;
    for (size_t i = 0; i < b.values.size(); ++i) {
        difference = std::max(difference, std::abs(double{a.values.at(i)} - b.values[i]));
        difference = std::isnan(a.values[i]) ? INFINITY : difference;
        largest = std::max(largest, std::abs(double{b.values[i]}));
    }
    return difference / largest;
}

} // namespace bitloom
