// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/base/wrapped_label.h"

#include <QHelpEvent>
#include <QPainter>
#include <QTextLayout>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

constexpr int kFewestInLine = 8; ///< of a line
constexpr int kMostInLine = 60;  ///< of a line that it asks for

/// Lays the text out in lines of `width`; returns their height.
double layOutLines(QTextLayout& layout, double width)
{
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    layout.setTextOption(option);
    double height = 0;
    layout.beginLayout();
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(width);
        line.setPosition({0, height});
        height += line.height();
    }
    layout.endLayout();
    return height;
}

QString withLineSeparators(QString text)
{
    return text.replace(u'\n', QChar::LineSeparator);
}

/// Draws the lines that fit; the last one ends in an ellipsis where more would come.
void drawLines(QPainter& painter, const QTextLayout& layout, const QRect& room)
{
    const QFontMetrics metrics = painter.fontMetrics();
    for (int i = 0; i < layout.lineCount(); ++i) {
        const QTextLine line = layout.lineAt(i);
        const bool last = i + 1 == layout.lineCount();
        const double after = last ? 0 : layout.lineAt(i + 1).rect().bottom();
        if (last || after <= room.height() + 1) {
            line.draw(&painter, room.topLeft());
            continue;
        }
        QString rest = layout.text().mid(line.textStart());
        rest.replace(QChar::LineSeparator, u' ');
        painter.drawText(QPointF(room.left(), room.top() + line.y() + line.ascent()),
                         metrics.elidedText(rest, Qt::ElideRight, room.width()));
        return;
    }
}

} // namespace

WrappedLabel::WrappedLabel(QWidget* parent)
    : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
    setWordWrap(true);
    QSizePolicy policy = sizePolicy();
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void WrappedLabel::setMostLines(int lines)
{
    m_mostLines = lines;
    updateGeometry();
}

bool WrappedLabel::mustBreakWords(int width) const
{
    return QLabel::minimumSizeHint().width() > width; // that of the longest word
}

/// Measured once: a label whose text can be selected asks to be painted anew whenever it measures,
/// so that one which measures while it is painted would never come to rest.
int WrappedLabel::fullHeight(int width) const
{
    if (m_measured.width != width || m_measured.text != text() || m_measured.font != font())
        m_measured = {text(), font(), width, measuredHeight(width)};
    return m_measured.height;
}

int WrappedLabel::measuredHeight(int width) const
{
    if (!mustBreakWords(width))
        return QLabel::heightForWidth(width);
    const QMargins margins = contentsMargins();
    QTextLayout layout(withLineSeparators(text()), font(), this);
    const double height =
        layOutLines(layout, std::max(1, width - margins.left() - margins.right()));
    return static_cast<int>(std::ceil(height)) + margins.top() + margins.bottom();
}

int WrappedLabel::heightForWidth(int width) const
{
    const int full = fullHeight(width);
    const QMargins margins = contentsMargins();
    const int most = m_mostLines * fontMetrics().height() + margins.top() + margins.bottom();
    return m_mostLines > 0 ? std::min(full, most) : full;
}

bool WrappedLabel::isCut() const
{
    return !text().isEmpty() && fullHeight(width()) > height() + 1;
}

QString WrappedLabel::hint() const
{
    if (!isCut() || toolTip() == text())
        return toolTip();
    return toolTip().isEmpty() ? text() : text() + u'\n' + toolTip();
}

QSize WrappedLabel::minimumSizeHint() const
{
    const QSize least = QLabel::minimumSizeHint();
    const int few = fontMetrics().averageCharWidth() * kFewestInLine;
    return {std::min(least.width(), few), std::min(least.height(), fontMetrics().height())};
}

QSize WrappedLabel::sizeHint() const
{
    // QLabel widens its hint for a long word; the width comes from elsewhere here.
    const QSize hint = QLabel::sizeHint();
    const int width = std::min(hint.width(), fontMetrics().averageCharWidth() * kMostInLine);
    return {width, heightForWidth(width)};
}

bool WrappedLabel::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip || !isCut())
        return QLabel::event(event);
    QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), hint(), this);
    return true;
}

void WrappedLabel::paintEvent(QPaintEvent* event)
{
    if (!mustBreakWords(width()) && !isCut())
        return QLabel::paintEvent(event);
    QPainter painter(this);
    painter.setPen(
        palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, foregroundRole()));
    QTextLayout layout(withLineSeparators(text()), font(), this);
    layOutLines(layout, contentsRect().width());
    drawLines(painter, layout, contentsRect());
}

} // namespace bitloom
