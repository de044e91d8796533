// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/base/tabular.h"

#include <QFontDatabase>
#include <QFontMetricsF>
#include <QWidget>

#include <cmath>

namespace bitloom {

namespace {

bool hasEqualDigits(const QFont& font)
{
    const QFontMetricsF metrics(font);
    const double zero = metrics.horizontalAdvance(u'0');
    for (char16_t digit = u'1'; digit <= u'9'; ++digit)
        if (std::abs(metrics.horizontalAdvance(QChar(digit)) - zero) > 0.01)
            return false;
    return true;
}

} // namespace

QFont tabular(const QFont& font)
{
    QFont result = font;
#if QT_VERSION >= QT_VERSION_CHECK(6, 7, 0)
    result.setFeature("tnum", 1);
#endif
    if (hasEqualDigits(result))
        return result;
    result = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    if (font.pixelSize() > 0)
        result.setPixelSize(font.pixelSize());
    else
        result.setPointSizeF(font.pointSizeF());
    return result;
}

void useTabularFigures(QWidget* widget)
{
    widget->setFont(tabular(widget->font()));
}

} // namespace bitloom
