// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/dock_sight.h"

#include <QDockWidget>
#include <QEvent>

namespace bitloom {

DockSight::DockSight(QWidget* panel)
    : QObject(panel)
    , m_panel(panel)
{
    panel->installEventFilter(this);
}

void DockSight::followDock()
{
    auto* dock = qobject_cast<QDockWidget*>(m_panel->parentWidget());
    if (!dock)
        return;
    connect(dock, &QDockWidget::visibilityChanged, this, [this](bool visible) {
        m_raised = visible;
        Q_EMIT changed(inSight());
    });
}

bool DockSight::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_panel && event->type() == QEvent::ParentChange)
        followDock();
    else if (watched == m_panel && (event->type() == QEvent::Show || event->type() == QEvent::Hide))
        Q_EMIT changed(event->type() == QEvent::Show && m_raised);
    return QObject::eventFilter(watched, event);
}

} // namespace bitloom
