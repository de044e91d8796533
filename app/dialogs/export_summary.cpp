// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/export_summary.h"

#include "app/words/words.h"

#include <QHeaderView>
#include <QTableWidget>

#include <algorithm>
#include <cmath>
#include <map>

namespace bitloom {

namespace {

struct RoleSummary {
    int layers = 0;
    qint64 weights = 0;
    qint64 bytes = 0;
    std::map<std::string, int> schemes;
};

/// "q4_k", or "q4_k as f32" where the numbers are written out.
std::string writtenAs(const SlotChoice& choice, const WrittenSlot& written)
{
    return choice.scheme.empty() || choice.scheme == written.scheme
               ? written.scheme
               : ExportSummary::tr("%1 as %2")
                     .arg(QString::fromStdString(choice.scheme),
                          QString::fromStdString(written.scheme))
                     .toStdString();
}

/// What will be written, by role.
std::map<std::string, RoleSummary> summarize(const Model& model, const Recipe& recipe,
                                             const WrittenSizes& sizes)
{
    std::map<std::string, RoleSummary> roles;
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        const Slot& slot = model.graph.slots[i];
        const WrittenSlot& written = sizes.slots[i];
        if (written.scheme.empty())
            continue;
        RoleSummary& summary = roles[std::string(roleName(slot.role))];
        ++summary.layers;
        summary.weights += slot.weights();
        summary.bytes += written.bytes;
        ++summary.schemes[writtenAs(recipe.choice(slot.name), written)];
    }
    return roles;
}

/// Of the slots that can be quantized, as everywhere.
double writtenBitsPerWeight(const Model& model, const WrittenSizes& sizes)
{
    qint64 bytes = 0;
    qint64 weights = 0;
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        if (!model.graph.slots[i].quantizable)
            continue;
        bytes += sizes.slots[i].bytes;
        weights += model.graph.slots[i].weights();
    }
    return 8.0 * static_cast<double>(bytes) / static_cast<double>(std::max<qint64>(1, weights));
}

QString schemesText(const RoleSummary& summary)
{
    QStringList parts;
    for (const auto& [scheme, count] : summary.schemes)
        parts.append(summary.schemes.size() == 1 ? QString::fromStdString(scheme)
                                                 : ExportSummary::tr("%1 × %2").arg(count).arg(
                                                       QString::fromStdString(scheme)));
    return parts.join(", ");
}

QTableWidgetItem* cell(const QString& text, bool number)
{
    auto* item = new QTableWidgetItem(text);
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
    if (number)
        item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    return item;
}

/// "about as large as the original (3.27 MiB)".
QString besideOriginal(const Model& model, qint64 bytes)
{
    constexpr double kAlike = 0.02;
    const qint64 original = model.checkpoint.fileBytes;
    const double ratio =
        static_cast<double>(bytes) / static_cast<double>(std::max<qint64>(1, original));
    const QString text = Words::bytes(original);
    if (std::abs(ratio - 1) < kAlike)
        return ExportSummary::tr("about as large as the original (%1)").arg(text);
    return ratio > 1 ? ExportSummary::tr("larger than the original (%1)").arg(text)
                     : ExportSummary::tr("smaller than the original (%1)").arg(text);
}

} // namespace

QTableWidget* ExportSummary::makeTable()
{
    auto* table = new QTableWidget(0, 5);
    table->setHorizontalHeaderLabels(
        {tr("Role"), tr("Layers"), tr("Written as"), tr("Bits"), tr("Size")});
    table->verticalHeader()->hide();
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table->horizontalHeader()->setSectionResizeMode(2, QHeaderView::Stretch);
    table->setSelectionBehavior(QTableWidget::SelectRows);
    table->setAlternatingRowColors(true);
    table->setTabKeyNavigation(false);
    return table;
}

void ExportSummary::fill(QTableWidget& table, const Model& model, const Recipe& recipe,
                         const WrittenSizes& sizes)
{
    const auto roles = summarize(model, recipe, sizes);
    table.setRowCount(static_cast<int>(roles.size()) + 1);
    int row = 0;
    qint64 rest = sizes.fileBytes;
    for (const auto& [role, summary] : roles) {
        const double bits = 8.0 * static_cast<double>(summary.bytes) /
                            static_cast<double>(std::max<qint64>(1, summary.weights));
        table.setItem(row, 0, cell(QString::fromStdString(role), false));
        table.setItem(row, 1, cell(Words::count(summary.layers), true));
        table.setItem(row, 2, cell(schemesText(summary), false));
        table.setItem(row, 3, cell(Words::bits(bits), true));
        table.setItem(row, 4, cell(Words::bytes(summary.bytes), true));
        rest -= summary.bytes;
        ++row;
    }
    table.setItem(row, 0, cell(tr("metadata and padding"), false));
    for (const int column : {1, 2, 3})
        table.setItem(row, column, cell({}, false));
    table.setItem(row, 4, cell(Words::bytes(rest), true));
}

QString ExportSummary::sizeText(const Model& model, const Target& target, const WrittenSizes& sizes)
{
    const QString size = tr("The file will have %1 (%2 bytes)")
                             .arg(Words::bytes(sizes.fileBytes), Words::count(sizes.fileBytes));
    if (!target.decodesValues)
        return tr("%1, %2 bits per weight.")
            .arg(size, Words::bits(writtenBitsPerWeight(model, sizes)));
    return tr("%1, %2: every weight is written as the number its code stands for.")
        .arg(size, besideOriginal(model, sizes.fileBytes));
}

} // namespace bitloom
