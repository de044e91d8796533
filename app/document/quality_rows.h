// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/analysis.h"
#include "app/words/widget_headers.h"

#include <QCoreApplication>

#include <optional>

namespace bitloom {

/// The figures of quality as the open model has them, in the words of its output.
struct QualityRows {
    Q_DECLARE_TR_FUNCTIONS(QualityRows)

public:
    /// Predicted and measured; what is not known has no text. `isOld`: the judgement is of a recipe
    /// before the last change.
    static QList<QualityRow> of(OutputKind output, const std::optional<Prediction>& predicted,
                                const std::optional<Judged>& judged, bool isOld = false);
    /// "perplexity 3.55 → 3.61, KL 0.0059 over 999 tokens of evaluation.txt".
    static QString line(const Judged& judged);
    /// "Over evaluation.txt, 999 tokens, by Vulkan."
    static QString source(const Judged& judged);
};

} // namespace bitloom
