// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/drift_plot.h"

#include <QWidget>

#include <optional>

class QLabel;
class QPushButton;
class QTableWidget;

namespace bitloom {

/// A matrix that a hidden state comes back through, and its spectral norm.
struct NormRow {
    int id = -1; ///< handed back by rowChosen
    QString name;
    double norm = 0;
    std::optional<double> quantized; ///< under the present recipe
};

/// What quantizing does to a recurrent network: norms of the hidden matrices before and after, and
/// the drift of the hidden states against time, which is measured when asked for.
class RecurrencePanel : public QWidget {
    Q_OBJECT

public:
    explicit RecurrencePanel(QWidget* parent = nullptr);

    /// No rows: `why` is said in place of the panel.
    void setNorms(const QList<NormRow>& rows, const QString& why);
    void setDrift(const QList<DriftLine>& lines, const QString& why);
    /// Whether the drift can be measured; `why` is said when not.
    void setMeasureEnabled(bool enabled, const QString& why = {});
    DriftPlot* plot() const { return m_plot; }

    QTableWidget* norms() const { return m_norms; }

signals:
    void measureRequested();
    void rowChosen(int id);

private:
    void chooseRow();

    QLabel* m_empty = nullptr;
    QWidget* m_content = nullptr;
    QTableWidget* m_norms = nullptr;
    QPushButton* m_measure = nullptr;
    DriftPlot* m_plot = nullptr;
};

} // namespace bitloom
