// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

#include <QPair>

namespace bitloom {

/// Statistics of what is selected, as label and value, and whose they are: of one layer all that is
/// known, of several what they have together. Norms and biases are left out beside matrices.
struct SelectionStatistics {
    QString title;
    QList<QPair<QString, QString>> rows; ///< none: nothing is selected
};

SelectionStatistics selectionStatistics(const ApplicationContext& context);

} // namespace bitloom
