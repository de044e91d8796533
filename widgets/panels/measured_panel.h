// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/lab_plot.h"

#include <QWidget>

class QCheckBox;
class QLabel;

namespace bitloom {

/// What was measured in the background beside what was predicted of it, and a switch for it.
class MeasuredPanel : public QWidget {
    Q_OBJECT

public:
    explicit MeasuredPanel(QWidget* parent = nullptr);

    void setOn(bool on);
    /// What it does, or why it does nothing.
    void setState(const QString& sentence);
    /// How well the predictions do.
    void setScores(const QString& sentence);
    LabPlot* plot() const { return m_plot; }

signals:
    void switched(bool on);

private:
    QCheckBox* m_on = nullptr;
    QLabel* m_state = nullptr;
    QLabel* m_scores = nullptr;
    LabPlot* m_plot = nullptr;
};

} // namespace bitloom
