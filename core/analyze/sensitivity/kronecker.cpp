// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher/kronecker.h"

#include "core/analyze/sensitivity/rows.h"

namespace bitloom {

namespace {

using Factors = std::map<int, std::vector<KroneckerFactors>>;

class KroneckerSensitivity : public Sensitivity {
public:
    explicit KroneckerSensitivity(Factors factors)
        : m_factors(std::move(factors))
    {
    }
    double damage(const WeightChange& change, Progress& /*progress*/) const override
    {
        double sum = 0;
        if (const auto uses = m_factors.find(change.slot); uses != m_factors.end())
            for (const KroneckerFactors& use : uses->second)
                sum += use.damage(change.original, change.changed);
        return sum;
    }

private:
    Factors m_factors;
};

} // namespace

MeasuredSensitivity measureKronecker(const SensitivityQuestion& question, Progress& progress)
{
    Factors factors = measureKroneckerFactors(question.model, question.windows, question.seed,
                                              progress, question.store);
    return factors.empty() ? nullptr : std::make_unique<KroneckerSensitivity>(std::move(factors));
}

MeasuredSensitivity measureDiagonalKronecker(const SensitivityQuestion& question,
                                             Progress& progress)
{
    std::map<int, std::vector<SlotFisher>> forms;
    for (const auto& [slot, uses] : measureKroneckerFactors(
             question.model, question.windows, question.seed, progress, question.store))
        for (const KroneckerFactors& use : uses)
            forms[slot].push_back(use.diagonal());
    return forms.empty() ? nullptr : std::make_unique<RankOneForms>(std::move(forms));
}

} // namespace bitloom
