// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace bitloom {

/// Warnings and errors the Vulkan validation layer has reported in this process; each is printed
/// to stderr. Stays 0 where the layer is off.
int64_t validationMessages();

/// Whether the validation layer is installed.
bool validationAvailable();

} // namespace bitloom
