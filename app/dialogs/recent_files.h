// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/recent_model.h"

#include <QList>

namespace bitloom {

/// Models opened last, newest first, in the user's settings.
QList<RecentModel> recentFiles();
void addRecentFile(const QString& path, const QString& name);
void clearRecentFiles();

} // namespace bitloom
