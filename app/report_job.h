// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desk.h"

#include <functional>

namespace bitloom {

/// Writes the HTML report of the open recipe in a job of tag "report"; `done` hears whether it was
/// written or stopped.
void startReport(Desk& desk, const QString& path, QObject* receiver,
                 const std::function<void(bool)>& done);

} // namespace bitloom
