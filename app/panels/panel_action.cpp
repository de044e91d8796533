// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/panel_action.h"

namespace bitloom {

PanelAction::PanelAction(QDockWidget* dock, const QString& title, const QKeySequence& shortcut,
                         QObject* parent)
    : QAction(title, parent)
    , m_dock(dock)
{
    setObjectName("panel-" + dock->objectName());
    setShortcut(shortcut);
    setCheckable(true);
    dock->toggleViewAction()->setVisible(false); // one command for one panel
    connect(dock, &QDockWidget::visibilityChanged, this, [this](bool inSight) {
        m_inSight = inSight;
        setChecked(inSight);
    });
    connect(this, &QAction::triggered, this, &PanelAction::use);
}

void PanelAction::use()
{
    if (m_inSight) {
        m_dock->hide();
    } else {
        m_dock->show();
        m_dock->raise();
    }
    setChecked(m_inSight); // a click turned it over
}

} // namespace bitloom
