// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/analysis.h"
#include "app/words/widget_headers.h"

#include <QCoreApplication>

#include <optional>

namespace bitloom {

/// The figures of an evaluation as the open model has them, in the words of its output.
struct EvaluationRows {
    Q_DECLARE_TR_FUNCTIONS(EvaluationRows)

public:
    /// Predicted and measured; what is not known has no text. `isOld`: the evaluation is of a
    /// recipe before the last change.
    static QList<EvaluationRow> of(OutputKind output, const std::optional<Prediction>& predicted,
                                   const std::optional<RecipeEvaluation>& evaluation,
                                   bool isOld = false);
    /// "perplexity 3.55 → 3.61, KL 0.0059 over 999 tokens of evaluation.txt".
    static QString line(const RecipeEvaluation& evaluation);
    /// "Over evaluation.txt, 999 tokens, by Vulkan."
    static QString source(const RecipeEvaluation& evaluation);
};

} // namespace bitloom
