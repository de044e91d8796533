// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QMenuBar;

namespace bitloom {

/// Keeps a widget in the room that the menus of a menu bar leave, which is there anyhow. The bar is
/// as high as the guest needs, whether it is shown or not, and stays in the window.
class MenuBarRoom : public QObject {
public:
    MenuBarRoom(QMenuBar* bar, QWidget* guest);

    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void place();

    QMenuBar* m_bar;
    QWidget* m_guest;
};

} // namespace bitloom
