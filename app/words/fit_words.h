// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/settings/fit_settings.h"

#include <QCoreApplication>
#include <QString>

namespace bitloom {

/// Why a fit chose what it did, in sentences.
struct FitWords {
    Q_DECLARE_TR_FUNCTIONS(FitWords)

public:
    static QString why(const FitReason& reason, OutputKind output);
    /// "A fit gives it at least 4.00 bits per weight."; empty where there are none.
    static QString limits(const FitLimits& limits);
    /// What the recipe takes of budgets in memory and time; empty where there was none.
    static QString running(const FitResult& fit);
    /// What measuring recipes came to.
    static QString measured(const MeasuredFit& fit, OutputKind output);
};

} // namespace bitloom
