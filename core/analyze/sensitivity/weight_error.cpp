// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/sensitivity/rows.h"

namespace bitloom {

double squaredChange(const WeightChange& change)
{
    double sum = 0;
    for (int64_t i = 0; i < change.original.size(); ++i) {
        const double error = static_cast<double>(change.changed.data[i]) - change.original.data[i];
        sum += error * error;
    }
    return sum;
}

double ScaledError::damage(const WeightChange& change, Progress& /*progress*/) const
{
    const auto factor = m_factors.find(change.slot);
    return factor == m_factors.end() ? 0 : factor->second * squaredChange(change);
}

MeasuredSensitivity measureWeightError(const SensitivityQuestion& question, Progress& /*progress*/)
{
    std::map<int, double> ones;
    for (int slot = 0; slot < static_cast<int>(question.model->graph.slots.size()); ++slot)
        ones[slot] = 1;
    return std::make_unique<ScaledError>(std::move(ones));
}

} // namespace bitloom
