// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/escape_key.h"

#include "app/widget_headers.h"

#include <QApplication>
#include <QKeyEvent>

namespace bitloom {

namespace {

bool closesSomething()
{
    if (QApplication::activePopupWidget())
        return true;
    for (const QWidget* at = QApplication::focusWidget(); at; at = at->parentWidget())
        if (qobject_cast<const MessageBar*>(at))
            return true;
    return false;
}

} // namespace

EscapeKey::EscapeKey(QObject* parent)
    : QObject(parent)
{
    qApp->installEventFilter(this);
}

bool EscapeKey::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::ShortcutOverride ||
        static_cast<QKeyEvent*>(event)->key() != Qt::Key_Escape || !closesSomething())
        return QObject::eventFilter(watched, event);
    event->accept(); // then it comes as a key, not as a shortcut
    return true;
}

} // namespace bitloom
