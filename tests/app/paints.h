// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>
#include <QEvent>
#include <QStringList>
#include <QTest>
#include <QWidget>

namespace bitloom {

/// Notes which widgets of the program are painted, while it lives.
class Paints : public QObject {
public:
    Paints() { qApp->installEventFilter(this); }

    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() == QEvent::Paint && watched->isWidgetType())
            painted.append(watched->metaObject()->className() + (':' + watched->objectName()));
        return false;
    }

    QStringList painted;
};

/// What is still painted, again and again, after a few seconds: plots are drawn when there is time.
/// Empty: the window came to rest.
inline QStringList paintsThatGoOn()
{
    constexpr int kTries = 20;
    constexpr qsizetype kFew = 10; // a cursor that blinks
    Paints paints;
    for (int i = 0; i <= kTries; ++i) {
        paints.painted.clear();
        QTest::qWait(300);
        if (paints.painted.size() < kFew)
            return {};
    }
    return paints.painted;
}

} // namespace bitloom
