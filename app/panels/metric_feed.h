// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"
#include "core/analyze/sensitivity/sensitivities.h"

namespace bitloom {

class BarPlot;

/// What the analysis measured and on which text, and whether that is no longer the chosen one.
QString datedMethod(const Analysis& analysis);
/// The same, with what is wrong with the text.
QString methodText(const Analysis& analysis);

/// Feeds the sensitivity bars: by which metric, on which text, in which unit. The first metric is
/// what everything else goes by and follows the analysis; any other is measured when it is chosen.
class MetricFeed : public QObject {
    Q_OBJECT

public:
    MetricFeed(ApplicationContext& context, BarPlot* bars);

private:
    /// What the shown damages by another metric are.
    struct Measured {
        QString source; ///< "over 160 windows of 128 tokens of calibration.txt"
        bool complete = true;
    };
    const SensitivityRow& row() const { return *m_row; }
    bool isLive() const;
    void offer();
    void choose(const QString& id);
    void measure();
    void ended(const QString& tag);
    void show();
    QString subtitle() const;
    QString emptyText() const;

    ApplicationContext& m_context;
    BarPlot* m_bars;
    const SensitivityRow* m_row;
    std::optional<Measured> m_measured; ///< none: not measured yet, or not to the end
};

} // namespace bitloom
