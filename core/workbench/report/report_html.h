// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/report/report_input.h"

#include <string>

namespace bitloom {

/// A page that needs nothing but itself: plots as inline SVG, light and dark.
std::string htmlReport(const ReportInput& input);

} // namespace bitloom
