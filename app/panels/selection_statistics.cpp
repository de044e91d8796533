// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/selection_statistics.h"

#include "app/panels/layer_feed.h"
#include "app/words/widget_headers.h"
#include "app/words/words.h"

#include <QCoreApplication>

#include <algorithm>

namespace bitloom {

namespace {

using LabelledRows = QList<QPair<QString, QString>>;

QString ofSelection(const char* text)
{
    return QCoreApplication::translate("SelectionStatistics", text);
}

/// Of the layers whose statistics are known.
struct Pooled {
    Moments moments;
    double outliers = 0; ///< how many
    int known = 0;
};

Pooled pooledOf(const ApplicationContext& context, const QList<int>& layers)
{
    Pooled all;
    for (const int slot : layers) {
        const Measurements::Statistics statistics = context.measurements.statistics(slot);
        if (!statistics)
            continue;
        const auto count = static_cast<double>(statistics->moments.count);
        all.outliers += statistics->outlierShare * count;
        all.moments.merge(statistics->moments);
        ++all.known;
    }
    return all;
}

double sumOf(const ApplicationContext& context, const QList<int>& layers, int role)
{
    double total = 0;
    for (const int slot : layers)
        total += context.layers.indexOf(slot).data(role).toDouble();
    return total;
}

LabelledRows sizeRows(const ApplicationContext& context, const QList<int>& layers)
{
    const double weights = sumOf(context, layers, WeightsRole);
    const double bytes = sumOf(context, layers, SizeRole);
    return {{ofSelection("Layers"), Words::count(layers.size())},
            {ofSelection("Parameters"), Words::count(static_cast<qint64>(weights))},
            {ofSelection("Size"), Words::bytes(static_cast<qint64>(bytes))},
            {ofSelection("Bits per weight"), Words::bits(8 * bytes / std::max(1.0, weights))}};
}

LabelledRows figureRows(const Pooled& all, qsizetype layers)
{
    if (all.known == 0)
        return {};
    const Moments& moments = all.moments;
    const double count = static_cast<double>(std::max<uint64_t>(1, moments.count));
    LabelledRows rows{
        {ofSelection("Minimum"), Words::number(moments.minimum)},
        {ofSelection("Maximum"), Words::number(moments.maximum)},
        {ofSelection("Mean"), Words::number(moments.mean)},
        {ofSelection("Standard deviation σ"), Words::number(moments.standardDeviation())},
        {ofSelection("Kurtosis"), Words::number(moments.kurtosis())},
        {ofSelection("Exact zeros"), Words::percent(static_cast<double>(moments.zeros) / count)},
        {ofSelection("Beyond 6 σ of each layer"), Words::percent(all.outliers / count)}};
    if (all.known < layers)
        rows.prepend({ofSelection("Measured so far"),
                      ofSelection("%1 of %2 layers").arg(all.known).arg(layers)});
    return rows;
}

} // namespace

SelectionStatistics selectionStatistics(const ApplicationContext& context)
{
    const QList<int> alike = context.selectedAlike();
    if (alike.isEmpty())
        return {};
    const qsizetype apart = context.selectedSlots().size() - alike.size();
    QString rest;
    if (apart > 0)
        rest = QCoreApplication::translate("SelectionStatistics", "; without norms and biases (%1)")
                   .arg(apart);
    if (alike.size() == 1) {
        const Slot& slot = context.session.model().graph.slot(alike.first());
        return {QString::fromStdString(slot.name) + rest, statisticsRows(context, alike.first())};
    }
    return {QCoreApplication::translate("SelectionStatistics", "%n layers together", nullptr,
                                        static_cast<int>(alike.size())) +
                rest,
            sizeRows(context, alike) + figureRows(pooledOf(context, alike), alike.size())};
}

} // namespace bitloom
