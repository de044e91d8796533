// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/workbench.h"

#include <QCoreApplication>
#include <QString>

namespace bitloom {

/// Why a fit chose the scheme of a layer, in sentences.
struct FitWords {
    Q_DECLARE_TR_FUNCTIONS(FitWords)

public:
    static QString why(const FitReason& reason, OutputKind output);
};

} // namespace bitloom
