// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/settings/export_sizes.h"

#include <QCoreApplication>

class QTableWidget;

namespace bitloom {

/// What an export will write, in a table by role and in a sentence.
struct ExportSummary {
    Q_DECLARE_TR_FUNCTIONS(ExportSummary)

public:
    /// Empty at first.
    static QTableWidget* makeTable();
    static void fill(QTableWidget& table, const Model& model, const Recipe& recipe,
                     const WrittenSizes& sizes);
    /// "The file will have 2.05 MiB (2,146,272 bytes), 4.50 bits per weight."
    static QString sizeText(const Model& model, const Target& target, const WrittenSizes& sizes);
};

} // namespace bitloom
