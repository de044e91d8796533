// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/main_window.h"

#include "app/dialogs/help.h"
#include "app/window/actions.h"
#include "app/words/whats_this.h"
#include "app/words/widget_headers.h"

#include <QMenu>
#include <QResizeEvent>
#include <QStyle>
#include <QToolBar>

#include <utility>

namespace bitloom {

MainWindow::MainWindow(EngineFactory engines)
    : WindowFrame(std::move(engines))
    , m_actions(std::make_unique<Actions>(*this))
{
    buildToolBar();
    explainFigures(*this);
    followGlossaryLinks(*this);
    settleLayout();
}

MainWindow::~MainWindow() = default;

QMenu* MainWindow::createPopupMenu()
{
    auto* menu = new QMenu(this);
    menu->addActions(m_actions->panelActions());
    return menu;
}

void MainWindow::buildToolBar()
{
    QToolBar* bar = m_toolBar = addToolBar(tr("Main toolbar"));
    bar->setObjectName("mainToolBar");
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    bar->setMovable(false);
    bar->addAction(m_actions->open);
    bar->addAction(m_actions->save);
    bar->addSeparator();
    bar->addAction(m_actions->analyse);
    bar->addSeparator();
    bar->addWidget(&budget());
    bar->addSeparator();
    bar->addAction(m_actions->exportModel);
    bar->addAction(m_actions->palette);
    m_actions->nameButtons(bar);
    connect(&budget(), &BudgetBar::limitsChanged, this, &MainWindow::fitToolBar);
}

int MainWindow::toolBarWidth(int budgetWidth)
{
    const QList<QAction*> all = m_toolBar->actions();
    int needed = 2 * m_toolBar->style()->pixelMetric(QStyle::PM_ToolBarItemMargin);
    for (QAction* action : all) {
        const QWidget* part = m_toolBar->widgetForAction(action);
        needed += part == &budget() ? budgetWidth : part->sizeHint().width();
        needed += m_toolBar->style()->pixelMetric(QStyle::PM_ToolBarItemSpacing);
    }
    return needed;
}

void MainWindow::fitToolBar()
{
    m_toolBar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    const auto setWords = [this](QAction::Priority priority) {
        for (QAction* known : {m_actions->save, m_actions->palette})
            known->setPriority(priority);
    };
    setWords(QAction::NormalPriority);
    if (toolBarWidth(budget().wholeWidth()) > width())
        setWords(QAction::LowPriority);
    if (toolBarWidth(budget().minimumSizeHint().width()) > width())
        m_toolBar->setToolButtonStyle(Qt::ToolButtonIconOnly);
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    WindowFrame::resizeEvent(event);
    if (m_toolBar)
        fitToolBar();
}

} // namespace bitloom
