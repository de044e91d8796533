// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QString>

namespace bitloom {

/// Makes resources/bitloom.qrc known to the program; call once before the first icon or window.
void initWidgetResources();

/// A glyph of resources/icons by its file name without ".svg", drawn in the text colour of the
/// palette at the time of painting, so it follows light and dark. Unknown names give a null icon.
QIcon glyph(const QString& name);

/// The application's own icon, in its own colours.
QIcon applicationIcon();

} // namespace bitloom
