// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QStylePainter>

namespace bitloom {

/// One line of plain text; what does not fit ends in an ellipsis. text() stays whole.
class ElidedLabel : public QLabel {
public:
    using QLabel::QLabel;

    /// What is seen of the text.
    QString shownText() const
    {
        return fontMetrics().elidedText(text(), Qt::ElideRight, contentsRect().width());
    }

protected:
    void paintEvent(QPaintEvent* /*event*/) override
    {
        QStylePainter painter(this);
        painter.drawItemText(contentsRect(), static_cast<int>(alignment()), palette(), isEnabled(),
                             shownText(), foregroundRole());
    }
};

} // namespace bitloom
