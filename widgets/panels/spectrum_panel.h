// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/spectrum_plot.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QPushButton;

namespace bitloom {

/// The spectrum of the Hessian: over which layers, of which loss, measured on request, and what it
/// means.
class SpectrumPanel : public QWidget {
    Q_OBJECT

public:
    explicit SpectrumPanel(QWidget* parent = nullptr);

    /// What can be differentiated; the first is chosen.
    void setLosses(const QStringList& titles);
    int loss() const;
    /// Over the selected layers, or over the whole model.
    bool ofSelection() const;
    /// Whether it can be measured now, and what the panel says of it.
    void setState(bool canMeasure, const QString& sentence);
    SpectrumPlot* plot() const { return m_plot; }

signals:
    void measureRequested();
    /// Another scope or loss.
    void asked();

private:
    QComboBox* combo(const QString& name, const QString& label);

    QComboBox* m_scope = nullptr;
    QComboBox* m_loss = nullptr;
    QPushButton* m_measure = nullptr;
    QLabel* m_state = nullptr;
    SpectrumPlot* m_plot = nullptr;
};

} // namespace bitloom
