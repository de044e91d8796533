// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/window/menu_bar_room.h"

#include <QEvent>
#include <QMenuBar>

#include <algorithm>

namespace bitloom {

namespace {

constexpr int kRoomGap = 12;

} // namespace

MenuBarRoom::MenuBarRoom(QMenuBar* bar, QWidget* guest)
    : QObject(bar)
    , m_bar(bar)
    , m_guest(guest)
{
    bar->setNativeMenuBar(false);
    auto* strut = new QWidget(bar); // menu bars ask nothing but their corners how high to be
    strut->setFixedSize(1, guest->minimumSizeHint().height());
    bar->setCornerWidget(strut);
    guest->setParent(bar);
    bar->installEventFilter(this);
    place();
}

bool MenuBarRoom::eventFilter(QObject* watched, QEvent* event)
{
    switch (event->type()) {
    case QEvent::Resize:
    case QEvent::Show:
    case QEvent::LayoutRequest:
    case QEvent::ActionAdded:
    case QEvent::ActionChanged:
    case QEvent::ActionRemoved:
        place();
        break;
    default:
        break;
    }
    return QObject::eventFilter(watched, event);
}

void MenuBarRoom::place()
{
    int taken = 0;
    const QList<QAction*> menus = m_bar->actions();
    for (QAction* menu : menus)
        taken = std::max(taken, m_bar->actionGeometry(menu).right());
    const int left = taken + kRoomGap;
    m_guest->setGeometry(left, 0, std::max(0, m_bar->width() - left - 1), m_bar->height());
}

} // namespace bitloom
