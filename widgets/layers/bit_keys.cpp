// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/bit_keys.h"

#include <QKeyEvent>

namespace bitloom {

BitKeys::BitKeys(QWidget* where)
    : QObject(where)
{
    where->installEventFilter(this);
}

int BitKeys::bitsOf(const QKeyEvent* event)
{
    if (event->modifiers() & ~Qt::KeypadModifier)
        return -1;
    switch (event->key()) {
    case Qt::Key_0:
    case Qt::Key_2:
    case Qt::Key_3:
    case Qt::Key_4:
    case Qt::Key_5:
    case Qt::Key_6:
    case Qt::Key_8:
        return event->key() - Qt::Key_0;
    default:
        return -1;
    }
}

bool BitKeys::eventFilter(QObject* watched, QEvent* event)
{
    const bool asks = event->type() == QEvent::ShortcutOverride;
    if (!asks && event->type() != QEvent::KeyPress)
        return QObject::eventFilter(watched, event);
    const int bits = bitsOf(static_cast<QKeyEvent*>(event));
    if (bits < 0)
        return QObject::eventFilter(watched, event);
    event->accept(); // asked: a window-wide shortcut of the same key does not get it
    if (!asks)
        emit pressed(bits);
    return true;
}

} // namespace bitloom
