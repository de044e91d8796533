// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/base/elided_combo.h"

#include <QAbstractItemView>
#include <QHelpEvent>
#include <QStyle>
#include <QStyleOptionComboBox>
#include <QStylePainter>
#include <QToolTip>

#include <algorithm>

namespace bitloom {

namespace {

constexpr int kFewestEntryCharacters = 8;
constexpr int kUsualEntryCharacters = 20;
constexpr int kTextMargin = 4; ///< left and right of the text, as the styles draw it

} // namespace

ElidedCombo::ElidedCombo(QWidget* parent)
    : QComboBox(parent)
{
    setSizeAdjustPolicy(AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(kFewestEntryCharacters);
    view()->setTextElideMode(Qt::ElideMiddle);
}

QString ElidedCombo::shownText() const
{
    QStyleOptionComboBox option;
    initStyleOption(&option);
    const QRect room =
        style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, this);
    return fontMetrics().elidedText(currentText(), Qt::ElideMiddle, room.width() - kTextMargin);
}

QString ElidedCombo::hint() const
{
    if (shownText() == currentText())
        return toolTip();
    return toolTip().isEmpty() ? currentText() : currentText() + u'\n' + toolTip();
}

QSize ElidedCombo::sizeHint() const
{
    int longest = 0;
    for (int i = 0; i < count(); ++i)
        longest = std::max(longest, fontMetrics().horizontalAdvance(itemText(i)) + kTextMargin);
    const QChar usual = u'X'; // what QComboBox counts in
    const int few = fontMetrics().horizontalAdvance(usual) * kFewestEntryCharacters;
    const int most = fontMetrics().horizontalAdvance(usual) * kUsualEntryCharacters;
    const QSize least = QComboBox::sizeHint();
    return {least.width() + std::max(0, std::min(longest, most) - few), least.height()};
}

/// The open list is as wide as its entries where the screen has the room.
void ElidedCombo::showPopup()
{
    const int most = fontMetrics().averageCharWidth() * 80;
    view()->setMinimumWidth(std::min(view()->sizeHintForColumn(0) + 24, most));
    QComboBox::showPopup();
}

bool ElidedCombo::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip || shownText() == currentText())
        return QComboBox::event(event);
    QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), hint(), this);
    return true;
}

void ElidedCombo::paintEvent(QPaintEvent* /*event*/)
{
    QStylePainter painter(this);
    QStyleOptionComboBox option;
    initStyleOption(&option);
    option.currentText = shownText();
    painter.drawComplexControl(QStyle::CC_ComboBox, option);
    painter.drawControl(QStyle::CE_ComboBoxLabel, option);
}

} // namespace bitloom
