// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace bitloom {

/// Leaves Esc to what it closes: while a popup is open (a menu, a list of choices, the commands),
/// or a message has focus, it does not stop the jobs.
class EscapeKey : public QObject {
    Q_OBJECT

public:
    explicit EscapeKey(QObject* parent);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
};

} // namespace bitloom
