// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/io/output_file.h"

#include <string>

namespace bitloom {

/// Writes text, or any bytes, through a temporary name, sync and rename.
void writeTextFile(const OutputFile& target, const std::string& text);
/// The whole of a text file (UTF-8 bytes as they are). Errors: cannot be read.
std::string readTextFile(const std::string& path);

} // namespace bitloom
