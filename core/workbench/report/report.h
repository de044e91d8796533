// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/report/report_input.h"
#include "core/workbench/session/workbench.h"

#include <string>

namespace bitloom {

/// What the workbench cannot know by itself; empty parts are left out of the report.
struct ReportSettings {
    std::string calibrationName;
    std::optional<Quality> quality;
    std::string evaluationName;
    std::string engine;
    std::string windows; ///< examplesOf
    /// What makes the figures say less of this model (TextMatch::warning); empty ones are left out.
    std::vector<std::string> warnings;
    /// There was a judgement, but of a recipe before the last change: it is not this one's.
    bool judgedBefore = false;
};

/// Everything known of a recipe: measures what is missing (errors, statistics, uniform recipes for
/// the plot), none of which needs a run of the network. Stopped: what was gathered so far.
ReportInput gatherReport(Workbench& workbench, const Recipe& recipe, const ReportSettings& settings,
                         Progress& progress);

/// Writes the HTML report beside nothing else; the old file stays when stopped. False when stopped.
bool writeReport(Workbench& workbench, const Recipe& recipe, const ReportSettings& settings,
                 const OutputFile& file, Progress& progress);

} // namespace bitloom
