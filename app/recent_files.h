// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

namespace bitloom {

/// Models opened last, newest first, in the user's settings.
QStringList recentFiles();
void addRecentFile(const QString& path);
void clearRecentFiles();

} // namespace bitloom
