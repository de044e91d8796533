// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/base/elided_label.h"

#include <QHelpEvent>
#include <QStylePainter>
#include <QToolTip>

#include <algorithm>

namespace bitloom {

namespace {

constexpr int kFewestSeen = 3; ///< that are seen in the narrowest window

} // namespace

ElidedLabel::ElidedLabel(QWidget* parent, Qt::TextElideMode mode)
    : QLabel(parent)
    , m_mode(mode)
{
    setTextFormat(Qt::PlainText);
}

void ElidedLabel::setElideMode(Qt::TextElideMode mode)
{
    m_mode = mode;
    update();
}

QString ElidedLabel::shownText() const
{
    return fontMetrics().elidedText(text(), m_mode, contentsRect().width());
}

QString ElidedLabel::hint() const
{
    if (!isCut())
        return toolTip();
    return toolTip().isEmpty() || toolTip() == text() ? text() : text() + u'\n' + toolTip();
}

QSize ElidedLabel::sizeHint() const
{
    const QMargins margins = contentsMargins();
    // A pixel more than the advance: the bearings of the last letter count, too.
    return {fontMetrics().horizontalAdvance(text()) + 1 + margins.left() + margins.right(),
            QLabel::sizeHint().height()};
}

QSize ElidedLabel::minimumSizeHint() const
{
    const QMargins margins = contentsMargins();
    const int few = fontMetrics().averageCharWidth() * kFewestSeen;
    return {std::min(few + margins.left() + margins.right(), sizeHint().width()),
            QLabel::minimumSizeHint().height()};
}

bool ElidedLabel::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip || !isCut())
        return QLabel::event(event);
    QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), hint(), this);
    return true;
}

void ElidedLabel::paintEvent(QPaintEvent* /*event*/)
{
    QStylePainter painter(this);
    painter.drawItemText(contentsRect(), static_cast<int>(alignment()), palette(), isEnabled(),
                         shownText(), foregroundRole());
}

} // namespace bitloom
