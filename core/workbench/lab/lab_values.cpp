// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/quantizable_indices.h"
#include "core/workbench/lab/lab_trial.h"

namespace bitloom {

namespace {

class ValueTrial : public LabTrial {
public:
    ValueTrial(Laboratory& laboratory, const LabSettings& settings)
        : m_laboratory(laboratory)
        , m_settings(settings)
    {
        for (const std::string& id : settings.metrics)
            m_rows.push_back(&activationMetricNamed(id));
        for (const ActivationMetric& row : activationMetrics())
            if (settings.metrics.empty())
                m_rows.push_back(&row);
    }
    std::vector<LabMetric> metrics() const override
    {
        std::vector<LabMetric> all;
        for (const ActivationMetric* row : m_rows)
            all.push_back({row->id, row->title, row->source, row->predicts});
        return all;
    }
    std::vector<std::string> schemes() const override
    {
        std::vector<std::string> all;
        for (const ActivationScheme* scheme : m_settings.activationSchemes)
            all.emplace_back(scheme->id);
        return all;
    }
    size_t candidates(size_t /*scheme*/) const override
    {
        return quantizableValues(m_laboratory.model().graph).size();
    }
    /// All metrics are computed from the same sums.
    Predicted predicted(size_t metric, Progress& progress) override
    {
        if (m_sums.values.empty()) {
            m_sums = m_laboratory.activationQuantization(m_settings.calibration, progress);
            if (m_sums.predictions == 0)
                return {};
        }
        Predicted predicted;
        for (const ActivationScheme* scheme : m_settings.activationSchemes) {
            const auto row = static_cast<size_t>(scheme - activationSchemes().data());
            auto& values = predicted.emplace_back();
            for (size_t value = 0; value < m_sums.values.size(); ++value)
                if (!m_sums.values[value].empty())
                    values[static_cast<int>(value)] = m_rows[metric]->damage(
                        m_sums.values[value][row], static_cast<double>(m_sums.predictions));
        }
        return predicted;
    }
    std::map<int, Estimate> measured(size_t scheme, Progress& progress) override
    {
        std::map<int, Estimate> all;
        for (const MeasuredValueKl& one : m_laboratory.measuredKl(
                 *m_settings.activationSchemes[scheme], m_settings.evaluation, progress))
            all[one.value] = one.measured;
        return all;
    }

private:
    Laboratory& m_laboratory;
    const LabSettings& m_settings;
    std::vector<const ActivationMetric*> m_rows;
    ActivationMeasurement m_sums;
};

} // namespace

std::unique_ptr<LabTrial> valueTrial(Laboratory& laboratory, const LabSettings& settings)
{
    return std::make_unique<ValueTrial>(laboratory, settings);
}

} // namespace bitloom
