// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher/fisher_forms.h"
#include "core/analyze/sensitivity/rows.h"

namespace bitloom {

namespace {

class WholeFisherSensitivity : public Sensitivity {
public:
    /// `model`: what the factors belong to lives as long as they do.
    WholeFisherSensitivity(std::shared_ptr<const Model> model, std::unique_ptr<WholeFisher> fisher)
        : m_model(std::move(model))
        , m_fisher(std::move(fisher))
    {
    }
    double damage(const WeightChange& change, Progress& /*progress*/) const override
    {
        return m_fisher->damage(change.slot, change.original, change.changed);
    }

private:
    std::shared_ptr<const Model> m_model;
    std::unique_ptr<WholeFisher> m_fisher;
};

MeasuredSensitivity whole(const SensitivityQuestion& question, std::unique_ptr<WholeFisher> fisher)
{
    return fisher ? std::make_unique<WholeFisherSensitivity>(question.model, std::move(fisher))
                  : nullptr;
}

RankOneForms rankOneForms(const Graph& graph, const WholeFisher& fisher)
{
    std::map<int, std::vector<SlotFisher>> forms;
    for (int slot = 0; slot < static_cast<int>(graph.slots.size()); ++slot)
        if (SlotFisher form = fisher.rankOne(slot); !form.empty())
            forms[slot].push_back(std::move(form));
    return RankOneForms(std::move(forms));
}

} // namespace

double RankOneForms::damage(const WeightChange& change, Progress& /*progress*/) const
{
    double sum = 0;
    if (const auto forms = m_forms.find(change.slot); forms != m_forms.end())
        for (const SlotFisher& form : forms->second)
            sum += form.damage(change.original, change.changed);
    return sum;
}

MeasuredSensitivity measureWholeFisher(const SensitivityQuestion& question, Progress& progress)
{
    return whole(question,
                 measureSequenceFisher(question.model, question.windows, FisherLabels::Sampled,
                                       question.seed, progress, question.store));
}

MeasuredSensitivity measureEmpiricalFisher(const SensitivityQuestion& question, Progress& progress)
{
    return whole(question,
                 measureSequenceFisher(question.model, question.windows, FisherLabels::OfText,
                                       question.seed, progress, question.store));
}

MeasuredSensitivity measureByPosition(const SensitivityQuestion& question, Progress& progress)
{
    return whole(question, measurePositionFisher(question.model, question.windows, question.seed,
                                                 progress, question.store));
}

MeasuredSensitivity measureByPositionRankOne(const SensitivityQuestion& question,
                                             Progress& progress)
{
    const auto fisher = measurePositionFisher(question.model, question.windows, question.seed,
                                              progress, question.store);
    return fisher ? std::make_unique<RankOneForms>(rankOneForms(question.model->graph, *fisher))
                  : nullptr;
}

} // namespace bitloom
