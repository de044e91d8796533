// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace bitloom {

/// Whether a panel is in sight. Qt calls a dock visible that lies behind another one's tab; here it
/// is not.
class DockSight : public QObject {
    Q_OBJECT

public:
    /// Becomes a child of `panel`; make it before the panel is put into its dock.
    explicit DockSight(QWidget* panel);

    bool inSight() const { return m_panel->isVisible() && m_raised; }

Q_SIGNALS:
    void changed(bool inSight);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void followDock();

    QWidget* m_panel;
    bool m_raised = true; ///< also where there is no dock
};

} // namespace bitloom
