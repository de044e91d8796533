// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"
#include "core/files/io/output_file.h"

#include <functional>

namespace bitloom {

/// Writes the HTML report of the open recipe in a job of tag "report"; `done` hears whether it was
/// written or stopped.
void startReport(ApplicationContext& context, const OutputFile& file, QObject* receiver,
                 const std::function<void(bool)>& done);

} // namespace bitloom
