// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/budget/damage_factors.h"
#include "core/analyze/budget/prediction_error.h"
#include "core/workbench/settings/trial.h"

#include <map>
#include <optional>
#include <span>
#include <vector>

namespace bitloom {

/// A slot with a choice and the damage that the Fisher factors tell.
struct PredictedTerm {
    SlotKey change;
    double damage = 0;
};
/// What was measured with those slots changed.
struct MeasuredTerms {
    std::vector<PredictedTerm> terms;
    Estimate measured;
};

/// Corrects predictions by what was measured. Slots that were tried alone give every damage a
/// factor (DamageFactors): their own at that choice nearly what was measured, the slot's other
/// choices and, a little, all others in part. Whole recipes then tell how far sums of the corrected
/// damages are off (PredictionError).
class Recalibration {
public:
    Recalibration(size_t slots, const std::vector<MeasuredTerms>& known);

    double corrected(const PredictedTerm& term) const;
    /// Corrected, and the variance that the slots' own errors leave.
    DamageSum sum(std::span<const PredictedTerm> terms) const;
    PredictionRange range(const DamageSum& sum) const { return m_sums.range(sum); }
    /// Standard deviation of ln(measured / corrected) that is a slot's own: what all slots share is
    /// the concern of PredictionError.
    double deviation(const SlotKey& change) const;
    size_t slotsMeasured() const { return m_alone; }
    size_t recipesMeasured() const { return m_recipes; }

private:
    /// Each item is a slot: kept as stored, at any choice not measured, at each that was.
    static constexpr int kStored = 0;
    static constexpr int kAnyOther = 1;
    void learnSlots(size_t slots, const std::vector<MeasuredTerms>& known);
    DamageTerm term(const PredictedTerm& predicted) const;

    std::map<SlotKey, int> m_options; ///< of choices that were measured alone
    std::vector<std::vector<BudgetOption>> m_items;
    std::vector<std::vector<BudgetOption>> m_expected;
    std::optional<DamageFactors> m_factors; ///< none: nothing was measured alone
    PredictionError m_sums;
    size_t m_alone = 0;
    size_t m_recipes = 0;
};

} // namespace bitloom
