// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/lab/lab_trial.h"

#include "core/workbench/settings/trial.h"

#include <algorithm>

namespace bitloom {

namespace {

std::vector<SlotChoice> lowBits()
{
    std::vector<SlotChoice> choices(3);
    int bits = 2;
    for (SlotChoice& choice : choices) {
        choice.scheme = "int" + std::to_string(bits++) + "-g32-asym";
        choice.method = "nearest";
    }
    return choices;
}

std::vector<const SensitivityRow*> sensitivityRows(const std::vector<std::string>& ids,
                                                   const Graph& graph)
{
    std::vector<const SensitivityRow*> rows;
    for (const std::string& id : ids)
        rows.push_back(&sensitivityNamed(id));
    if (ids.empty())
        for (const SensitivityRow& row : sensitivities())
            if (row.id != kMeasuredSensitivity && row.appliesTo(graph))
                rows.push_back(&row);
    return rows;
}

/// Of a metric's time: it is measured for the first choice.
constexpr double kFirstShare = 0.95;

/// Of a metric's time: that of the first choices.
double shareBefore(size_t choices, size_t all)
{
    return choices == 0 ? 0
                        : 1 - (1 - kFirstShare) * static_cast<double>(all - choices) /
                                  static_cast<double>(std::max<size_t>(1, all - 1));
}

class SlotTrial : public LabTrial {
public:
    SlotTrial(Laboratory& laboratory, const LabSettings& settings)
        : m_laboratory(laboratory)
        , m_settings(settings)
        , m_rows(sensitivityRows(settings.metrics, laboratory.model().graph))
        , m_choices(settings.choices.empty() ? lowBits() : settings.choices)
    {
    }
    std::vector<LabMetric> metrics() const override
    {
        std::vector<LabMetric> all;
        for (const SensitivityRow* row : m_rows)
            all.push_back({row->id, row->title, row->source, row->predicts});
        return all;
    }
    std::vector<std::string> schemes() const override
    {
        std::vector<std::string> all;
        for (const SlotChoice& choice : m_choices)
            all.push_back(choice.scheme);
        return all;
    }
    size_t candidates(size_t scheme) const override
    {
        return slotsAccepting(m_laboratory.model(), m_choices[scheme]).size();
    }
    Predicted predicted(size_t metric, Progress& progress) override
    {
        Predicted predicted;
        for (const SlotChoice& choice : m_choices) {
            ProgressSpan span(progress, shareBefore(predicted.size(), m_choices.size()),
                              shareBefore(predicted.size() + 1, m_choices.size()));
            auto& slots = predicted.emplace_back();
            for (const SlotDamage& slot : m_laboratory.sensitivities().damagesBy(
                     std::string(m_rows[metric]->id), m_settings.calibration, choice, span))
                slots[slot.slot] = slot.damage;
        }
        return predicted;
    }
    std::map<int, Estimate> measured(size_t scheme, Progress& progress) override
    {
        std::map<int, Estimate> all;
        for (const MeasuredSlotKl& one :
             m_laboratory.measuredKl(m_choices[scheme], m_settings.evaluation, progress))
            all[one.slot] = one.measured;
        return all;
    }

private:
    Laboratory& m_laboratory;
    const LabSettings& m_settings;
    std::vector<const SensitivityRow*> m_rows;
    std::vector<SlotChoice> m_choices;
};

} // namespace

std::unique_ptr<LabTrial> slotTrial(Laboratory& laboratory, const LabSettings& settings)
{
    return std::make_unique<SlotTrial>(laboratory, settings);
}

} // namespace bitloom
