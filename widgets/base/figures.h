// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace bitloom {

/// Numbers as all panels write them: plain decimals in the locale's way, with so many significant
/// digits; no powers of ten, so that two of them can be compared at a glance.

/// Decimals that show so many significant digits of a value: 5 for 0.00632 and 3 digits; 7 at most.
int decimalsOf(double value, int digits = 3);
/// "0.00632", "18.4", "1,235", "0"; "<0.0000001" for what is less than can be shown.
QString plainFigure(double value, int digits = 3);
/// The same with as many decimals as its neighbours have.
QString plainFigureTo(double value, int decimals);
/// With a sign in front: "+0.00632", "−0.00632".
QString signedFigure(double value, int digits = 3);
/// "0.00632 ± 0.00031": both to the same decimals, at least one digit of the error.
QString plainFigureWithError(double value, double error, int digits = 3);

} // namespace bitloom
