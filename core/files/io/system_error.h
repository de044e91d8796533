// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace bitloom {

/// The reason behind an errno in words ("the disk is full", "permission denied", ...).
std::string systemReason(int error);
/// Throws the Error of a file that cannot be opened; a link that leads nowhere is named as such.
[[noreturn]] void throwOpenError(std::string_view operation, const std::string& path, int error);

} // namespace bitloom
