// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/window_place.h"

#include <QGuiApplication>
#include <QMainWindow>
#include <QScreen>

namespace bitloom {

namespace {

constexpr QSize kComfortable(1500, 900);
constexpr QSize kLargest(1920, 1200); ///< on a screen of any size
constexpr double kScreenShare = 0.8;  ///< of a large screen
constexpr int kTitleBar = 36;         ///< at most; nobody knows before the window is shown

QScreen* screenOf(const QMainWindow& window)
{
    QScreen* screen = QGuiApplication::screenAt(window.geometry().center());
    return screen ? screen : QGuiApplication::primaryScreen();
}

/// The part of `place` that lies on the screen, moved there if none does.
QRect broughtInto(const QRect& available, QRect place)
{
    place.setSize(place.size().boundedTo(available.size()));
    place.moveLeft(qBound(available.left(), place.left(), available.right() + 1 - place.width()));
    place.moveTop(qBound(available.top(), place.top(), available.bottom() + 1 - place.height()));
    return place;
}

} // namespace

QRect firstPlace(const QRect& available)
{
    const QRect room = available.adjusted(0, kTitleBar, 0, 0);
    const QSize share = (QSizeF(room.size()) * kScreenShare).toSize();
    QRect place({}, share.expandedTo(kComfortable).boundedTo(kLargest).boundedTo(room.size()));
    place.moveCenter(room.center());
    return broughtInto(room, place);
}

void restorePlace(QMainWindow& window, const QByteArray& saved)
{
    if (!window.restoreGeometry(saved)) {
        window.setGeometry(firstPlace(QGuiApplication::primaryScreen()->availableGeometry()));
        return;
    }
    if (window.isMaximized() || window.isFullScreen())
        return; // the screen says how large
    const QRect available = screenOf(window)->availableGeometry();
    if (!available.contains(window.geometry()))
        window.setGeometry(broughtInto(available, window.geometry()));
}

} // namespace bitloom
