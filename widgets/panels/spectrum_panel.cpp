// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/spectrum_panel.h"

#include "widgets/base/elided_combo.h"
#include "widgets/base/scrolling_layout.h"
#include "widgets/base/wrapped_label.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace bitloom {

SpectrumPanel::SpectrumPanel(QWidget* parent)
    : QWidget(parent)
    , m_scope(combo(QStringLiteral("spectrumScope"), tr("Layers of the spectrum")))
    , m_loss(combo(QStringLiteral("spectrumLoss"), tr("Loss of the spectrum")))
    , m_measure(new QPushButton(tr("&Measure"), this))
    , m_state(new WrappedLabel(this))
    , m_plot(new SpectrumPlot(this))
{
    setObjectName(QStringLiteral("spectrumPanel"));
    setAccessibleName(tr("Spectrum"));
    m_scope->addItems({tr("Selected layers"), tr("Whole model")});
    m_measure->setObjectName(QStringLiteral("spectrumMeasure"));
    m_measure->setAccessibleName(tr("Measure the spectrum"));
    m_state->setObjectName(QStringLiteral("spectrumState"));
    m_state->setTextInteractionFlags(Qt::TextSelectableByMouse);
    connect(m_measure, &QPushButton::clicked, this, &SpectrumPanel::measureRequested);
    auto* top = new QHBoxLayout;
    top->addWidget(m_measure);
    top->addWidget(m_scope, 1);
    top->addWidget(m_loss, 1);
    QVBoxLayout* layout = scrollingLayout(this);
    layout->addLayout(top);
    layout->addWidget(m_state);
    layout->addWidget(m_plot, 1);
    m_plot->setMinimumHeight(fontMetrics().height() * 5);
}

QComboBox* SpectrumPanel::combo(const QString& name, const QString& label)
{
    auto* made = new ElidedCombo(this);
    made->setObjectName(name);
    made->setAccessibleName(label);
    made->setToolTip(label);
    connect(made, &QComboBox::activated, this, &SpectrumPanel::asked);
    return made;
}

void SpectrumPanel::setLosses(const QStringList& titles)
{
    m_loss->clear();
    m_loss->addItems(titles);
    m_loss->setVisible(titles.size() > 1);
}

int SpectrumPanel::loss() const
{
    return std::max(0, m_loss->currentIndex());
}

bool SpectrumPanel::ofSelection() const
{
    return m_scope->currentIndex() == 0;
}

void SpectrumPanel::setState(bool canMeasure, const QString& sentence)
{
    m_measure->setEnabled(canMeasure);
    m_measure->setAccessibleDescription(sentence);
    m_state->setText(sentence);
    m_state->setVisible(!sentence.isEmpty());
}

} // namespace bitloom
