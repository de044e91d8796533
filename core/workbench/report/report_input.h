// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/statistics/statistics.h"
#include "core/quantize/recipe/recipe.h"
#include "core/workbench/settings/evaluation.h"

#include <optional>
#include <string>
#include <vector>

namespace bitloom {

/// One line of the report's table.
struct ReportSlot {
    std::string name;
    std::string role;
    int64_t rows = 0;
    int64_t columns = 0;
    std::string scheme; ///< as written; "f16 (kept)" where the recipe leaves it alone
    std::string method;
    int64_t bytes = 0;
    double relativeError = 0;
    std::optional<double> damage;      ///< of the recipe's choice
    std::optional<double> sensitivity; ///< of 4 bits, what the bars show
    Histogram histogram;               ///< may be empty
};

/// A point of the size and quality plot.
struct ReportPoint {
    std::string label;
    double bits = 0;
    double divergence = 0; ///< points of 0 or less are left out
    bool recipe = false;
};

/// Everything a report says. Text fields are plain; the renderer escapes them.
struct ReportInput {
    std::string modelName;
    std::string modelIdentity;
    std::string target;
    Size size;
    int64_t originalBytes = 0;
    OutputKind output = OutputKind::NextToken; ///< says what quantity damage and divergence are
    std::optional<PredictionRange> predicted;
    std::optional<Evaluation> evaluation;
    std::vector<std::string> warnings; ///< what makes figures say less, shown beside them
    std::vector<ReportSlot> slots;
    std::vector<ReportPoint> points;
    /// How it was measured: name, value.
    std::vector<std::pair<std::string, std::string>> conditions;
};

} // namespace bitloom
