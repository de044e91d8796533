// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QKeyEvent;

namespace bitloom {

/// Hears the keys 2 3 4 5 6 8 and 0 in a widget and in what lies in it, unless what has focus takes
/// them itself (a field that is typed into).
class BitKeys : public QObject {
    Q_OBJECT

public:
    /// Becomes a child of `where`.
    explicit BitKeys(QWidget* where);

    /// The bits a key stands for, 0: as stored; -1: another key.
    static int bitsOf(const QKeyEvent* event);

signals:
    void pressed(int bits);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
};

} // namespace bitloom
