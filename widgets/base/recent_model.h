// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace bitloom {

/// A model that was opened before.
struct RecentModel {
    QString path;
    QString name; ///< what people call it
};

} // namespace bitloom
