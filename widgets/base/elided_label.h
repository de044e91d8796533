// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace bitloom {

/// One line of plain text that never asks for more room than there is; what does not fit gives way
/// to an ellipsis, and the tool tip then says all of it. text() stays whole.
class ElidedLabel : public QLabel {
    Q_OBJECT

public:
    explicit ElidedLabel(QWidget* parent = nullptr, Qt::TextElideMode mode = Qt::ElideRight);

    /// What is seen of the text.
    QString shownText() const;
    bool isCut() const { return shownText() != text(); }
    /// The tool tip at this moment: what was cut, and what the label says of itself.
    QString hint() const;
    /// Where the rest may be cut first: names keep both of their ends.
    void setElideMode(Qt::TextElideMode mode);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    Qt::TextElideMode m_mode;
};

} // namespace bitloom
