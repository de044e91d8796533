// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/job_bar.h"

#include "widgets/icons.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

constexpr int kSteps = 1000;

} // namespace

JobBar::JobBar(QWidget* parent)
    : QWidget(parent)
    , m_progress(new QProgressBar(this))
    , m_text(new QLabel(this))
    , m_cancel(new QToolButton(this))
{
    setObjectName(QStringLiteral("jobBar"));
    setAccessibleName(tr("Running job"));
    m_progress->setObjectName(QStringLiteral("jobProgress"));
    m_progress->setAccessibleName(tr("Progress of the job"));
    m_progress->setTextVisible(true);
    m_progress->setMinimumWidth(fontMetrics().averageCharWidth() * 14);
    m_text->setObjectName(QStringLiteral("jobText"));
    m_cancel->setObjectName(QStringLiteral("jobCancel"));
    m_cancel->setText(tr("Esc"));
    m_cancel->setIcon(glyph(QStringLiteral("stop")));
    m_cancel->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_cancel->setAutoRaise(true);
    m_cancel->setToolTip(tr("Stop and keep what is done (Esc)"));
    m_cancel->setAccessibleName(tr("Stop the job"));
    connect(m_cancel, &QToolButton::clicked, this, &JobBar::cancelRequested);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(4, 0, 4, 0);
    layout->addWidget(m_progress);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_cancel);
    hide();
}

void JobBar::setJob(const QString& what, double fraction, int waiting)
{
    const bool known = fraction >= 0;
    m_progress->setRange(0, known ? kSteps : 0);
    if (known)
        m_progress->setValue(static_cast<int>(std::lround(std::min(fraction, 1.0) * kSteps)));
    const QString text = waiting > 0 ? tr("%1 (%n waiting)", nullptr, waiting).arg(what) : what;
    m_text->setText(text);
    m_progress->setAccessibleDescription(text);
    show();
}

void JobBar::setIdle()
{
    m_text->clear();
    hide();
}

} // namespace bitloom
