// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QDockWidget>

namespace bitloom {

/// Shows a panel and brings it before the others of its tabs; one that is in sight is put away.
/// Checked: it is in sight. (Qt's own action of a dock only hides and shows, behind what covers
/// it.)
class PanelAction : public QAction {
    Q_OBJECT

public:
    PanelAction(QDockWidget* dock, const QString& title, const QKeySequence& shortcut,
                QObject* parent);

private:
    void use();

    QDockWidget* m_dock;
    bool m_inSight = false;
};

} // namespace bitloom
