// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/sensitivity/sensitivity.h"

#include <string_view>
#include <vector>

namespace bitloom {

/// Every way of telling what a change costs; the first is what the rest of the
/// program goes by. A new one is a file in core/analyze/sensitivity and a row.
const std::vector<SensitivityRow>& sensitivities();
/// The id of the row that measures every change by running the network.
inline constexpr std::string_view kMeasuredSensitivity = "measured";
/// Error, naming those there are, when there is none of that id.
const SensitivityRow& sensitivityNamed(std::string_view id);

} // namespace bitloom
