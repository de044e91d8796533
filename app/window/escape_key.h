// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace bitloom {

/// Leaves Esc to what it closes: while a popup is open (a menu, a list of choices, the commands),
/// a message has focus, or one asks what is this, it does not stop the jobs. And leaves F4 to the
/// list of choices that has focus and opens by it.
class EscapeKey : public QObject {
    Q_OBJECT

public:
    explicit EscapeKey(QObject* parent);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
};

} // namespace bitloom
