// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QFont;
class QWidget;

namespace bitloom {

/// The font with digits of one width, so that a number that changes does not make what stands
/// beside it jump: itself where its digits are (as in most), otherwise the system's fixed one.
QFont tabular(const QFont& font);
/// Gives a widget that shows changing numbers the tabular form of its font.
void useTabularFigures(QWidget* widget);

} // namespace bitloom
