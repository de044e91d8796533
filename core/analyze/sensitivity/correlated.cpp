// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher/correlated_damage.h"
#include "core/analyze/fisher/fisher_measurement.h"
#include "core/analyze/passes/input_moments.h"
#include "core/analyze/sensitivity/rows.h"

namespace bitloom {

namespace {

/// Of the time that both take: a pass forward, where the Fisher's goes there and back.
constexpr double kInputsShare = 0.25;

std::shared_ptr<const Fisher> fisherOf(const SensitivityQuestion& question, Progress& progress)
{
    if (question.fisher)
        return question.fisher;
    auto measured = std::make_shared<Fisher>(measureFisher(
        question.model, question.windows, question.seed, progress, {}, {}, question.store));
    return measured->windows > 0 ? measured : nullptr;
}

std::shared_ptr<const InputMoments> inputsOf(const SensitivityQuestion& question,
                                             Progress& progress)
{
    return question.inputs ? question.inputs
                           : measureInputMoments(question.model, question.windows, progress, {},
                                                 question.store);
}

/// SlotFisher::damage, or the full form where the inputs are known.
class FisherSensitivity : public Sensitivity {
public:
    FisherSensitivity(std::shared_ptr<const Fisher> fisher,
                      std::shared_ptr<const InputMoments> inputs)
        : m_fisher(std::move(fisher))
        , m_inputs(std::move(inputs))
    {
    }
    double damage(const WeightChange& change, Progress& /*progress*/) const override
    {
        const SlotFisher& fisher = m_fisher->slots[static_cast<size_t>(change.slot)];
        if (fisher.empty())
            return 0;
        const SecondMoment* moment = m_inputs ? m_inputs->of(change.slot) : nullptr;
        return moment
                   ? correlatedDamage(fisher, moment->evaluating(), change.original, change.changed)
                   : fisher.damage(change.original, change.changed);
    }

private:
    std::shared_ptr<const Fisher> m_fisher;
    std::shared_ptr<const InputMoments> m_inputs;
};

/// tr(ΔW A ΔWᵀ); ‖ΔW‖² of a table that is looked up.
class OutputError : public Sensitivity {
public:
    explicit OutputError(std::shared_ptr<const InputMoments> inputs)
        : m_inputs(std::move(inputs))
    {
    }
    double damage(const WeightChange& change, Progress& /*progress*/) const override
    {
        const SecondMoment* moment = m_inputs->of(change.slot);
        if (!moment)
            return squaredChange(change);
        const MatrixView square = moment->evaluating();
        SlotFisher even; // the full form with G = I: all rows alike, D = I
        even.rowSums.assign(static_cast<size_t>(change.original.rows), 1);
        even.total = static_cast<double>(change.original.rows);
        for (int64_t i = 0; i < square.columns; ++i)
            even.columnSums.push_back(square.row(i)[static_cast<size_t>(i)]);
        return correlatedSums(even, square, change.original, change.changed).change;
    }

private:
    std::shared_ptr<const InputMoments> m_inputs;
};

} // namespace

MeasuredSensitivity measureCorrelatedFisher(const SensitivityQuestion& question, Progress& progress)
{
    ProgressSpan first(progress, 0, kInputsShare);
    ProgressSpan rest(progress, kInputsShare, 1);
    auto inputs = inputsOf(question, first);
    auto fisher = inputs ? fisherOf(question, rest) : nullptr;
    return fisher ? std::make_unique<FisherSensitivity>(fisher, inputs) : nullptr;
}

MeasuredSensitivity measureRankOneFisher(const SensitivityQuestion& question, Progress& progress)
{
    auto fisher = fisherOf(question, progress);
    return fisher ? std::make_unique<FisherSensitivity>(fisher, nullptr) : nullptr;
}

MeasuredSensitivity measureOutputError(const SensitivityQuestion& question, Progress& progress)
{
    auto inputs = inputsOf(question, progress);
    return inputs ? std::make_unique<OutputError>(inputs) : nullptr;
}

} // namespace bitloom
