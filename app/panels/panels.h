// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

#include <QDockWidget>
#include <QList>

namespace bitloom {

/// A dock of the window. To add a panel: a widget in widgets/, a factory in panels.cpp, a row in
/// its table.
struct Panel {
    const char* id; ///< object name of the dock; part of the saved layout
    const char* title;
    Qt::DockWidgetArea area;
    const char* shortcut; ///< shows or hides it
    /// Where it lies by default: "" starts a new place below the panel before it in the area,
    /// otherwise the id of the panel it shares a tab with.
    const char* tabbedWith;
    /// Makes the widget, connected to the application context; works without an open model.
    QWidget* (*make)(ApplicationContext& context, QWidget* window);
};

const QList<Panel>& panels();
QString panelTitle(const Panel& panel);

} // namespace bitloom
