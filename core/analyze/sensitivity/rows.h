// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private to the table of sensitivities: what its rows measure with, and what they share.

#include "core/analyze/sensitivity/sensitivity.h"

#include <map>
#include <memory>
#include <vector>

namespace bitloom {

using MeasuredSensitivity = std::unique_ptr<Sensitivity>;

MeasuredSensitivity measureCorrelatedFisher(const SensitivityQuestion&, Progress&);
MeasuredSensitivity measureRankOneFisher(const SensitivityQuestion&, Progress&);
MeasuredSensitivity measureWholeFisher(const SensitivityQuestion&, Progress&);
MeasuredSensitivity measureEmpiricalFisher(const SensitivityQuestion&, Progress&);
MeasuredSensitivity measureByPosition(const SensitivityQuestion&, Progress&);
MeasuredSensitivity measureByPositionRankOne(const SensitivityQuestion&, Progress&);
MeasuredSensitivity measureKronecker(const SensitivityQuestion&, Progress&);
MeasuredSensitivity measureDiagonalKronecker(const SensitivityQuestion&, Progress&);
MeasuredSensitivity measureTrace(const SensitivityQuestion&, Progress&);
MeasuredSensitivity measureTopEigenvalue(const SensitivityQuestion&, Progress&);
MeasuredSensitivity measureOutputError(const SensitivityQuestion&, Progress&);
MeasuredSensitivity measureWeightError(const SensitivityQuestion&, Progress&);
MeasuredSensitivity measureGradient(const SensitivityQuestion&, Progress&);
MeasuredSensitivity measureNoise(const SensitivityQuestion&, Progress&);
MeasuredSensitivity measureDivergence(const SensitivityQuestion&, Progress&);

/// ‖ΔW‖².
double squaredChange(const WeightChange& change);

/// A number for each slot times ‖ΔW‖².
class ScaledError : public Sensitivity {
public:
    explicit ScaledError(std::map<int, double> factors)
        : m_factors(std::move(factors))
    {
    }
    double damage(const WeightChange& change, Progress& progress) const override;

private:
    std::map<int, double> m_factors;
};

/// Rank-1 diagonals, one or more for each slot; their damages add.
class RankOneForms : public Sensitivity {
public:
    explicit RankOneForms(std::map<int, std::vector<SlotFisher>> forms)
        : m_forms(std::move(forms))
    {
    }
    double damage(const WeightChange& change, Progress& progress) const override;

private:
    std::map<int, std::vector<SlotFisher>> m_forms;
};

} // namespace bitloom
