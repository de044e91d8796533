// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/base/plot_style.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

QColor mixed(const QColor& a, const QColor& b, double share)
{
    return QColor::fromRgbF(float(a.redF() * (1 - share) + b.redF() * share),
                            float(a.greenF() * (1 - share) + b.greenF() * share),
                            float(a.blueF() * (1 - share) + b.blueF() * share));
}

} // namespace

PlotStyle PlotStyle::of(const QPalette& palette)
{
    PlotStyle style;
    style.background = palette.color(QPalette::Base);
    style.text = palette.color(QPalette::Text);
    style.dark = style.background.lightness() < style.text.lightness();
    style.grid = mixed(style.background, style.text, 0.15);
    style.muted = mixed(style.background, style.text, 0.7);
    style.plain = mixed(style.background, style.text, 0.45);
    style.original = style.dark ? QColor(0x56, 0xb4, 0xe9) : QColor(0x00, 0x72, 0xb2);
    style.quantized = style.dark ? QColor(0xff, 0x8c, 0x42) : QColor(0xc7, 0x50, 0x00);
    style.activation = style.dark ? QColor(0x3d, 0xd6, 0xa5) : QColor(0x00, 0x7d, 0x5c);
    style.selected = style.dark ? QColor(0xf0, 0xb4, 0x1e) : QColor(0x00, 0x72, 0xb2);
    return style;
}

QColor PlotStyle::bitsColor(double bitsPerWeight) const
{
    const double share = std::clamp(std::log2(std::max(bitsPerWeight, 1.0) / 2) / 3, 0.0, 1.0);
    return share < 0.5 ? mixed(quantized, mixed(background, text, 0.12), 2 * share)
                       : mixed(mixed(background, text, 0.12), original, 2 * share - 1);
}

QPen PlotStyle::originalPen() const
{
    return QPen(original, 1.2);
}

QPen PlotStyle::quantizedPen() const
{
    return QPen(quantized, 1.6, Qt::DashLine);
}

QPen PlotStyle::overlayPen(int index) const
{
    static const QRgb kOnLight[kMostOverlays] = {0x0072b2, 0xc75000, 0x007d5c,
                                                 0xb0508a, 0x8a6d00, 0x404040};
    static const QRgb kOnDark[kMostOverlays] = {0x56b4e9, 0xff8c42, 0x3dd6a5,
                                                0xe29cc4, 0xf0e442, 0xd0d0d0};
    const int i = index % kMostOverlays;
    return QPen(QColor::fromRgb(dark ? kOnDark[i] : kOnLight[i]), 1);
}

} // namespace bitloom
