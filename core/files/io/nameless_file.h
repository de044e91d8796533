// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace bitloom {

/// Descriptor of a new file without a name that is so long and zeroed; closed by the caller. In
/// $XDG_CACHE_HOME, ~/.cache or the folder for temporary files, the first that can be written.
/// Error when the disk is full.
int namelessFile(int64_t bytes);

} // namespace bitloom
