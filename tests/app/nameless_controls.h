// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/words/widget_headers.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QDockWidget>
#include <QLineEdit>
#include <QPlainTextEdit>

namespace bitloom {

inline bool isInteractive(const QWidget* widget)
{
    return qobject_cast<const QAbstractButton*>(widget) || qobject_cast<const QLineEdit*>(widget) ||
           qobject_cast<const QAbstractSpinBox*>(widget) ||
           qobject_cast<const QComboBox*>(widget) ||
           qobject_cast<const QAbstractItemView*>(widget) ||
           qobject_cast<const QPlainTextEdit*>(widget) || qobject_cast<const QCustomPlot*>(widget);
}

/// Parts that Qt itself puts into its widgets carry Qt's names (qt_…) or belong to one of ours.
inline bool isPartOfAnother(const QWidget* widget)
{
    const QWidget* parent = widget->parentWidget();
    return widget->objectName().startsWith("qt_") ||
           qobject_cast<const QAbstractSpinBox*>(parent) ||
           qobject_cast<const QComboBox*>(parent) || qobject_cast<const QLineEdit*>(parent) ||
           qobject_cast<const QDockWidget*>(parent) ||
           (parent && (parent->inherits("QTabBar") || parent->inherits("QAbstractItemView"))) ||
           (parent && parent->inherits("QComboBoxPrivateContainer")) ||
           (parent && parent->parentWidget() &&
            parent->parentWidget()->inherits("QComboBoxPrivateContainer"));
}

/// A button's text is its accessible name; everything else has to be given one.
inline bool isNamed(const QWidget* widget)
{
    const auto* button = qobject_cast<const QAbstractButton*>(widget);
    return !widget->objectName().isEmpty() &&
           (!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty()));
}

/// Controls of a window that a screen reader or a test could not find by name.
inline QStringList namelessControls(const QWidget& window)
{
    QStringList nameless;
    const QList<QWidget*> all = window.findChildren<QWidget*>();
    for (const QWidget* widget : all)
        if (isInteractive(widget) && !isPartOfAnother(widget) && !isNamed(widget))
            nameless.append(QString("%1 \"%2\" \"%3\" in \"%4\"")
                                .arg(widget->metaObject()->className(), widget->objectName(),
                                     widget->accessibleName(),
                                     widget->parentWidget() ? widget->parentWidget()->objectName()
                                                            : QString()));
    return nameless;
}

} // namespace bitloom
