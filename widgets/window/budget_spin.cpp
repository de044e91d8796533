// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/window/budget_spin.h"

#include <algorithm>

namespace bitloom {

std::optional<double> BudgetSpin::numberIn(const QString& text) const
{
    QString number = text;
    if (number.endsWith(suffix()))
        number.chop(suffix().size());
    bool ok = false;
    const double value = locale().toDouble(number.trimmed(), &ok);
    return ok ? std::optional(value) : std::nullopt;
}

QValidator::State BudgetSpin::validate(QString& text, int& position) const
{
    const QValidator::State state = QDoubleSpinBox::validate(text, position);
    return state == QValidator::Invalid && numberIn(text) ? QValidator::Intermediate : state;
}

QString BudgetSpin::textFromValue(double value) const
{
    constexpr qsizetype kAlwaysShown = 2;
    QString text = QDoubleSpinBox::textFromValue(value);
    const qsizetype point = text.indexOf(locale().decimalPoint());
    while (point >= 0 && text.endsWith(u'0') && text.size() - point - 1 > kAlwaysShown)
        text.chop(1);
    return text;
}

void BudgetSpin::fixup(QString& text) const
{
    const std::optional<double> typed = numberIn(text);
    if (!typed)
        return QDoubleSpinBox::fixup(text);
    const double possible = std::clamp(*typed, minimum(), maximum());
    text = textFromValue(possible) + suffix();
    if (possible != *typed)
        emit refused(*typed);
}

} // namespace bitloom
