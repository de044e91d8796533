// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/escape_key.h"

#include "app/words/widget_headers.h"

#include <QApplication>
#include <QComboBox>
#include <QKeyEvent>
#include <QWhatsThis>

namespace bitloom {

namespace {

template <class Widget>
bool hasFocus()
{
    for (const QWidget* at = QApplication::focusWidget(); at; at = at->parentWidget())
        if (qobject_cast<const Widget*>(at))
            return true;
    return false;
}

/// Whether a key without modifiers means something where the focus is.
bool meansSomething(int key)
{
    if (key == Qt::Key_F4)
        return hasFocus<QComboBox>();
    return key == Qt::Key_Escape && (QApplication::activePopupWidget() ||
                                     QWhatsThis::inWhatsThisMode() || hasFocus<MessageBar>());
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
        static_cast<QKeyEvent*>(event)->modifiers() != Qt::NoModifier ||
        !meansSomething(static_cast<QKeyEvent*>(event)->key()))
        return QObject::eventFilter(watched, event);
    event->accept(); // then it comes as a key, not as a shortcut
    return true;
}

} // namespace bitloom
