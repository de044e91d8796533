// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/io/output_file.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/report/report_input.h"
#include "core/workbench/statistics/model_statistics.h"

#include <string>

namespace bitloom {

/// What the workbench cannot know by itself; empty parts are left out of the report.
struct ReportSettings {
    std::string calibrationName;
    std::optional<Evaluation> evaluation;
    std::string evaluationName;
    std::string engine;
    std::string windows; ///< examplesOf
    /// What makes the figures say less of this model (TextMatch::warning); empty ones are left out.
    std::vector<std::string> warnings;
    /// There was an evaluation, but of a recipe before the last change: it is not this one's.
    bool evaluatedBefore = false;
};

/// Reports on recipes. Remembers nothing that the services below do not, so it needs no lock.
/// Thread safe.
class Reports {
public:
    Reports(Predictions& predictions, ModelStatistics& statistics)
        : m_predictions(predictions)
        , m_statistics(statistics)
    {
    }

    /// Everything known of a recipe: measures what is missing (errors, statistics, uniform recipes
    /// for the plot), none of which needs a run of the network. Stopped: what was gathered so far.
    ReportInput gatherReport(const Recipe& recipe, const ReportSettings& settings,
                             Progress& progress);
    /// Writes the HTML report beside nothing else; the old file stays when stopped. False when
    /// stopped.
    bool writeReport(const Recipe& recipe, const ReportSettings& settings, const OutputFile& file,
                     Progress& progress);

private:
    ReportSlot slotLine(const Recipe& recipe, int index, Progress& progress);
    void addUniformPoints(ReportInput& input, Progress& progress);

    const ModelCalibration& calibration() const { return m_predictions.calibration(); }
    const Model& model() const { return calibration().model(); }

    Predictions& m_predictions;
    ModelStatistics& m_statistics;
};

} // namespace bitloom
