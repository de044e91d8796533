// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/window/job_bar.h"

#include "widgets/base/elided_label.h"
#include "widgets/base/icons.h"
#include "widgets/base/tabular.h"

#include <QHBoxLayout>
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
    , m_text(new ElidedLabel(this, Qt::ElideMiddle))
{
    setObjectName(QStringLiteral("jobBar"));
    setAccessibleName(tr("Running job"));
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setRetainSizeWhenHidden(true);
    setSizePolicy(policy);
    m_progress->setObjectName(QStringLiteral("jobProgress"));
    m_progress->setAccessibleName(tr("Progress of the job"));
    m_progress->setTextVisible(true);
    m_progress->setFixedWidth(fontMetrics().averageCharWidth() * 14);
    m_text->setObjectName(QStringLiteral("jobText"));
    m_text->setTextFormat(Qt::PlainText);
    useTabularFigures(m_text);
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_text->setMinimumWidth(fontMetrics().averageCharWidth() * 8);
    QToolButton* list = makeButton(QStringLiteral("jobListButton"), tr("Jobs…"),
                                   tr("What runs and what waits, each with a way to stop it"));
    QToolButton* cancel = makeButton(QStringLiteral("jobCancel"), tr("Esc"),
                                     tr("Stop all that runs or waits and keep what is done (Esc)"));
    cancel->setIcon(glyph(QStringLiteral("stop")));
    cancel->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    cancel->setAccessibleName(tr("Stop all that runs or waits"));
    connect(list, &QToolButton::clicked, this, &JobBar::listRequested);
    connect(cancel, &QToolButton::clicked, this, &JobBar::cancelRequested);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(4, 0, 4, 0);
    layout->addWidget(m_progress);
    layout->addWidget(m_text, 1);
    layout->addWidget(list);
    layout->addWidget(cancel);
    hide();
}

QToolButton* JobBar::makeButton(const QString& name, const QString& text, const QString& help)
{
    auto* button = new QToolButton(this);
    button->setObjectName(name);
    button->setText(text);
    button->setAutoRaise(true);
    button->setToolTip(help);
    button->setAccessibleName(help);
    return button;
}

void JobBar::setJob(const QString& what, double fraction, const QString& note)
{
    const bool known = fraction >= 0;
    m_progress->setRange(0, known ? kSteps : 0);
    if (known)
        m_progress->setValue(static_cast<int>(std::lround(std::min(fraction, 1.0) * kSteps)));
    const QString text = note.isEmpty() ? what : tr("%1 (%2)").arg(what, note);
    m_text->setText(text);
    m_text->setToolTip(text);
    m_progress->setAccessibleDescription(text);
    show();
}

void JobBar::setIdle()
{
    m_text->clear();
    hide();
}

} // namespace bitloom
