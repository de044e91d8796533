// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/heat_map_panel.h"

#include "widgets/base/scrolling_layout.h"
#include "widgets/base/wrapped_label.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace bitloom {

HeatMapPanel::HeatMapPanel(QWidget* parent)
    : QWidget(parent)
    , m_caption(new WrappedLabel(this))
    , m_resume(new QPushButton(tr("&Go on"), this))
    , m_map(new HeatMap(this))
{
    setObjectName(QStringLiteral("heatMapPanel"));
    setAccessibleName(tr("Heat map"));
    m_caption->setObjectName(QStringLiteral("heatMapCaption"));
    m_resume->setObjectName(QStringLiteral("heatMapResume"));
    m_resume->setAccessibleName(tr("Go on filling the heat map"));
    connect(m_resume, &QPushButton::clicked, this, &HeatMapPanel::resumeRequested);
    auto* top = new QHBoxLayout;
    top->addWidget(m_caption, 1);
    top->addWidget(m_resume);
    QVBoxLayout* layout = scrollingLayout(this);
    layout->addLayout(top);
    layout->addWidget(m_map, 1);
    setCaption({});
    setStopped(false);
}

void HeatMapPanel::setCaption(const QString& text)
{
    m_caption->setText(text);
    m_caption->setVisible(!text.isEmpty());
}

void HeatMapPanel::setStopped(bool stopped)
{
    m_resume->setVisible(stopped);
}

} // namespace bitloom
