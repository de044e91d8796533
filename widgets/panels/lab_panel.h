// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/lab_plot.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QPushButton;

namespace bitloom {

class CompareTable;

/// A way of telling what a change costs, and how well it does.
struct LabRow {
    QString name;
    QString formula; ///< said on hover
    QStringList cells;
};

/// All metrics side by side on the open model: a table of how well each ranks what was measured,
/// and for the chosen one every prediction against its measurement.
class LabPanel : public QWidget {
    Q_OBJECT

public:
    explicit LabPanel(QWidget* parent = nullptr);

    /// `header` names the cells of the rows.
    void setRows(const QStringList& header, const QList<LabRow>& rows);
    /// Whether it can be measured, and what the panel says of itself.
    void setState(bool canMeasure, const QString& sentence);
    LabPlot* plot() const { return m_plot; }
    int chosenRow() const; ///< -1: none
    /// What is tried: values between layers quantized, or layers with fewer bits.
    bool showsActivations() const;

signals:
    void measureRequested();
    void rowChosen();
    void subjectChosen();

private:
    QComboBox* m_subject = nullptr;
    QPushButton* m_measure = nullptr;
    QLabel* m_state = nullptr;
    CompareTable* m_scores = nullptr;
    LabPlot* m_plot = nullptr;
};

} // namespace bitloom
