// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace bitloom {

/// "system", "light" or "dark". Palettes are Fusion's; everything drawn follows the palette.
void applyTheme(const QString& theme);
/// The one chosen last, from the user's settings.
QString savedTheme();
void saveTheme(const QString& theme);

} // namespace bitloom
