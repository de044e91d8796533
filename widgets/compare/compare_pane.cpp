// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/compare/compare_pane.h"

#include "widgets/base/icons.h"
#include "widgets/base/scrolling_layout.h"
#include "widgets/base/wrapped_label.h"
#include "widgets/compare/compare_classes.h"
#include "widgets/compare/compare_neighbours.h"
#include "widgets/compare/compare_texts.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace bitloom {

ComparePane::ComparePane(QWidget* parent)
    : QWidget(parent)
    , m_numbers(new WrappedLabel(this))
    , m_engine(new WrappedLabel(this))
    , m_state(new WrappedLabel(this))
    , m_views(new QStackedWidget(this))
    , m_texts(new CompareTexts)
    , m_classes(new CompareClasses)
    , m_neighbours(new CompareNeighbours)
{
    setObjectName(QStringLiteral("comparePane"));
    setAccessibleName(tr("Original and quantized side by side"));
    m_numbers->setObjectName(QStringLiteral("compareNumbers"));
    m_engine->setObjectName(QStringLiteral("compareEngine"));
    m_state->setObjectName(QStringLiteral("compareState"));
    m_views->setObjectName(QStringLiteral("compareViews"));
    for (QLabel* label : {m_numbers, m_engine, m_state})
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    const QList<CompareView*> views{m_texts, m_classes, m_neighbours};
    for (CompareView* view : views) {
        m_views->addWidget(view);
        connect(view, &CompareView::changed, this, &ComparePane::showState);
    }
    QVBoxLayout* layout = scrollingLayout(this);
    layout->addWidget(buildPromptRow());
    layout->addWidget(m_numbers);
    layout->addWidget(m_views, 1);
    layout->addWidget(m_state);
    layout->addWidget(m_engine);
    setNumbers({});
    setEngine({});
    setRunning(false);
    setView(m_texts);
}

QWidget* ComparePane::buildPromptRow()
{
    auto* row = new QWidget(this);
    m_prompt = new QLineEdit(row);
    m_prompt->setObjectName(QStringLiteral("prompt"));
    m_prompt->setAccessibleName(tr("Prompt"));
    m_run = new QPushButton(row);
    m_run->setObjectName(QStringLiteral("compareRun"));
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_prompt, 1);
    layout->addWidget(m_run);
    const auto trigger = [this] {
        if (m_running)
            emit stopRequested();
        else if (m_enabled)
            emit runRequested();
    };
    connect(m_run, &QPushButton::clicked, this, trigger);
    connect(m_prompt, &QLineEdit::returnPressed, this, [this] {
        if (!m_running && m_enabled)
            emit runRequested();
    });
    return row;
}

QString ComparePane::prompt() const
{
    return m_prompt->text();
}

void ComparePane::setPrompt(const QString& text)
{
    m_prompt->setText(text);
}

CompareView* ComparePane::view() const
{
    return static_cast<CompareView*>(m_views->currentWidget());
}

void ComparePane::setView(CompareView* view)
{
    m_views->setCurrentWidget(view);
    m_prompt->setPlaceholderText(view->promptHint());
    m_prompt->setToolTip(view->promptHint());
    showState();
}

void ComparePane::setRunning(bool running)
{
    m_running = running;
    m_run->setText(running ? tr("Stop") : tr("Run"));
    m_run->setAccessibleName(running ? tr("Stop both models") : tr("Run both models"));
    m_run->setIcon(glyph(running ? QStringLiteral("stop") : QStringLiteral("run")));
    m_run->setEnabled(running || m_enabled);
    showState();
}

void ComparePane::setRunEnabled(bool enabled, const QString& why)
{
    m_enabled = enabled;
    m_run->setToolTip(enabled ? QString() : why);
    m_run->setAccessibleDescription(enabled ? QString() : why);
    m_run->setEnabled(m_running || enabled);
}

void ComparePane::clear()
{
    view()->clear();
    showState();
}

void ComparePane::showState()
{
    const QString text = view()->summary(m_running);
    m_state->setText(text);
    m_state->setVisible(!text.isEmpty());
}

void ComparePane::setNumbers(const QString& text)
{
    m_numbers->setText(text);
    m_numbers->setVisible(!text.isEmpty());
}

void ComparePane::setEngine(const QString& text)
{
    m_engine->setText(text.isEmpty() ? QString() : tr("Engine: %1").arg(text));
    m_engine->setVisible(!text.isEmpty());
}

} // namespace bitloom
