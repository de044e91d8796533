// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>
#include <QPen>

namespace bitloom {

/// Colours and line styles all plots share, derived from a palette (its lightness decides between
/// dark and light). The pair original/quantized is told apart by the colour-blind (Okabe and Ito
/// 2008: blue, vermilion) and also differs in line style.
struct PlotStyle {
    bool dark = false;
    QColor background;
    QColor text;
    QColor grid;
    QColor original;
    QColor quantized;
    QColor activation;
    QColor plain;    ///< bars and dots that are not selected
    QColor selected; ///< bars and dots that are
    QColor muted;    ///< captions, hints, empty states

    static PlotStyle of(const QPalette& palette);

    /// From `quantized` at 2 bits and fewer over the background's middle to `original` at 16.
    QColor bitsColor(double bitsPerWeight) const;
    QPen originalPen() const;  ///< solid
    QPen quantizedPen() const; ///< dashed; for stems and markers
    /// One of six distinguishable colours for overlaid layers; solid, since dashes along a jagged
    /// line take longer to draw than a frame. Tell them apart by markers too.
    QPen overlayPen(int index) const;
};
inline constexpr int kMostOverlays = 6;

} // namespace bitloom
