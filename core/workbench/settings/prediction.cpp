// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/settings/prediction.h"

namespace bitloom {

RangeCount countInRange(const std::vector<TrialPoint>& points)
{
    RangeCount count;
    for (const TrialPoint& point : points) {
        count.predicted += point.prior ? 1 : 0;
        count.hits += point.prior && point.prior->holds(point.measured) ? 1 : 0;
    }
    return count;
}

} // namespace bitloom
