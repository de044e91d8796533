// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QLabel>

namespace bitloom {

/// Plain text over as many lines as it takes. Unlike QLabel it breaks a word that is wider than
/// the room (a path, the name of a file), so that no text makes its panel wider; and where there
/// are fewer lines than it takes, the last one ends in an ellipsis and the tool tip says all of it.
class WrappedLabel : public QLabel {
    Q_OBJECT

public:
    explicit WrappedLabel(QWidget* parent = nullptr);

    /// It asks for no more lines than these; 0: for as many as it takes.
    void setMostLines(int lines);
    bool isCut() const;
    /// The tool tip at this moment: what was cut, and what the label says of itself.
    QString hint() const;

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize minimumSizeHint() const override;
    QSize sizeHint() const override;

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    /// Whether a word alone is wider than this.
    bool mustBreakWords(int width) const;
    int fullHeight(int width) const;
    int measuredHeight(int width) const;

    /// What was measured last, and of what.
    struct Measured {
        QString text;
        QFont font;
        int width = -1;
        int height = 0;
    };
    mutable Measured m_measured;
    int m_mostLines = 0;
};

} // namespace bitloom
