// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/main_window.h"

#include "app/actions.h"
#include "app/widget_headers.h"

#include <QToolBar>

#include <utility>

namespace bitloom {

MainWindow::MainWindow(EngineFactory engines)
    : WindowFrame(std::move(engines))
    , m_actions(std::make_unique<Actions>(*this))
{
    buildToolBar();
    settleLayout();
}

MainWindow::~MainWindow() = default;

void MainWindow::buildToolBar()
{
    QToolBar* bar = addToolBar(tr("Main toolbar"));
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
}

} // namespace bitloom
