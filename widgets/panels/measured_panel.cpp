// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/measured_panel.h"

#include "widgets/base/scrolling_layout.h"
#include "widgets/base/wrapped_label.h"

#include <QCheckBox>
#include <QLabel>
#include <QVBoxLayout>

namespace bitloom {

namespace {

constexpr int kPlotLines = 10; ///< below these a plot of both logarithms cannot be read

} // namespace

MeasuredPanel::MeasuredPanel(QWidget* parent)
    : QWidget(parent)
    , m_on(new QCheckBox(tr("Measure in the &background"), this))
    , m_state(new WrappedLabel(this))
    , m_scores(new WrappedLabel(this))
    , m_plot(new LabPlot(QStringLiteral("measuredPlot"), tr("Measured in the background"), this))
{
    setObjectName(QStringLiteral("measuredPanel"));
    setAccessibleName(tr("Measured in the background"));
    m_on->setObjectName(QStringLiteral("measuredOn"));
    m_on->setAccessibleName(tr("Measure in the background"));
    m_on->setToolTip(tr("While nothing else runs, tries layers alone and the recipe on the "
                        "evaluation text, the most uncertain first; predictions learn from it"));
    m_state->setObjectName(QStringLiteral("measuredState"));
    m_scores->setObjectName(QStringLiteral("measuredScores"));
    m_scores->setToolTip(tr("In range: measurements that lie in the range that was predicted just "
                            "before each, where nine of ten should. The rest is of the predictions "
                            "by the sensitivity alone, nothing learnt; R²: the share of the "
                            "variance of the logarithms that they explain"));
    m_plot->setMinimumHeight(fontMetrics().height() * kPlotLines);
    connect(m_on, &QCheckBox::toggled, this, &MeasuredPanel::switched);
    QVBoxLayout* layout = scrollingLayout(this);
    layout->setSpacing(2);
    layout->addWidget(m_on);
    layout->addWidget(m_state);
    layout->addWidget(m_scores);
    layout->addWidget(m_plot, 1);
    setScores({});
}

void MeasuredPanel::setOn(bool on)
{
    const QSignalBlocker quiet(m_on);
    m_on->setChecked(on);
}

void MeasuredPanel::setState(const QString& sentence)
{
    m_state->setText(sentence);
    m_on->setAccessibleDescription(sentence);
}

void MeasuredPanel::setScores(const QString& sentence)
{
    m_scores->setText(sentence);
    m_scores->setVisible(!sentence.isEmpty());
}

} // namespace bitloom
