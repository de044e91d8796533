// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

namespace bitloom {

/// What original and quantized make of the same prompt, side by side: one subclass for each kind of
/// output.
class CompareView : public QWidget {
    Q_OBJECT

public:
    explicit CompareView(QWidget* parent = nullptr);

    /// What to write into the prompt line.
    virtual QString promptHint() const = 0;
    /// Forgets both sides.
    virtual void clear() = 0;
    /// One sentence on where the sides part; empty while there is nothing to say.
    virtual QString summary(bool running) const = 0;

signals:
    /// The summary may be another.
    void changed();
};

} // namespace bitloom
