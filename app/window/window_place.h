// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QRect>

class QMainWindow;

namespace bitloom {

/// Where a window stands at first on a screen, its title bar above it: large enough for all its
/// parts, no larger than the screen, in its middle.
QRect firstPlace(const QRect& available);

/// Puts a window that is not shown yet where it was when this was saved (saveGeometry), maximised
/// if it was; on a screen that is smaller now, or gone, it is brought back in. Nothing or nonsense:
/// its first place.
void restorePlace(QMainWindow& window, const QByteArray& saved);

} // namespace bitloom
