// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/base/figures.h"

#include <QLocale>

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

constexpr int kMostDecimals = 7;

} // namespace

int decimalsOf(double value, int digits)
{
    if (value == 0 || !std::isfinite(value))
        return 0;
    const double magnitude = std::floor(std::log10(std::abs(value)));
    const int decimals = std::clamp(digits - 1 - static_cast<int>(magnitude), 0, kMostDecimals);
    // 0.9996 is 1.00, not 1.000.
    const double rounded = std::round(std::abs(value) * std::pow(10, decimals));
    return decimals > 0 && rounded >= std::pow(10, digits) ? decimals - 1 : decimals;
}

QString plainFigureTo(double value, int decimals)
{
    if (std::isnan(value))
        return QStringLiteral("NaN");
    if (std::isinf(value))
        return value < 0 ? QStringLiteral("−∞") : QStringLiteral("∞");
    const double unit = std::pow(10, -decimals);
    if (value != 0 && std::abs(value) < unit / 2)
        return (value < 0 ? QStringLiteral(">−") : QStringLiteral("<")) +
               QLocale().toString(unit, 'f', decimals);
    QString text = QLocale().toString(std::abs(value), 'f', decimals);
    return value < 0 ? u'−' + text : text;
}

QString plainFigure(double value, int digits)
{
    return plainFigureTo(value, decimalsOf(value, digits));
}

QString signedFigure(double value, int digits)
{
    return value > 0 ? u'+' + plainFigure(value, digits) : plainFigure(value, digits);
}

QString plainFigureWithError(double value, double error, int digits)
{
    const int decimals = std::max(decimalsOf(value, digits), decimalsOf(error, 1));
    return QStringLiteral("%1 ± %2").arg(plainFigureTo(value, decimals),
                                         plainFigureTo(error, decimals));
}

} // namespace bitloom
