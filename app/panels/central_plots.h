// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

#include <QSplitter>

namespace bitloom {

class BarPlot;
class HistogramPlot;
class LayerFeed;
class SizeQualityPlot;

/// The middle of the window: histogram, sensitivity, size against quality.
class CentralPlots : public QSplitter {
    Q_OBJECT

public:
    CentralPlots(ApplicationContext& context, QWidget* window);

    HistogramPlot* histogram() const { return m_histogram; }
    SizeQualityPlot* states() const { return m_states; }

private:
    void nameQuantity();
    void showStates();
    void showFront();

    ApplicationContext& m_context;
    HistogramPlot* m_histogram;
    BarPlot* m_sensitivity;
    SizeQualityPlot* m_states;
};

} // namespace bitloom
