// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

#include <QObject>

namespace bitloom {

class HistogramPlot;

/// Feeds the histogram with the selected layers: original, levels of the present choice, inputs;
/// and carries its clip handles back as edits.
class LayerFeed : public QObject {
    Q_OBJECT

public:
    LayerFeed(ApplicationContext& context, HistogramPlot* plot);

    void refresh();

private:
    struct Layer;
    QString emptyText(const QList<int>& selected) const;
    void show(const QList<Layer>& layers);
    void showCaption();
    /// Of the one layer shown, behind how many of its numbers are not finite.
    void setCaption(const QString& text);
    void setClip(std::optional<double> low, std::optional<double> high, bool released);

    ApplicationContext& m_context;
    HistogramPlot* m_plot;
    QList<int> m_shown;
    qsizetype m_apart = 0; ///< selected norms and biases that are not drawn beside matrices
    int m_drag = 1;        ///< edits of one drag merge
};

/// The histogram's tag is `histogram`; statistics it had to make are kept in Measurements.
/// Statistics of a slot as label and value, for the statistics panel.
QList<QPair<QString, QString>> statisticsRows(const ApplicationContext& context, int slot);

} // namespace bitloom
