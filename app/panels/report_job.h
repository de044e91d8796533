// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/desk.h"
#include "core/files/io/output_file.h"

#include <functional>

namespace bitloom {

/// Writes the HTML report of the open recipe in a job of tag "report"; `done` hears whether it was
/// written or stopped.
void startReport(Desk& desk, const OutputFile& file, QObject* receiver,
                 const std::function<void(bool)>& done);

} // namespace bitloom
