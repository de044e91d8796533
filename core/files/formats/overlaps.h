// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/checkpoint.h"

namespace bitloom {

/// Throws when two tensors of `file` share bytes.
void refuseOverlaps(std::string_view operation, const MappedFile& file,
                    const std::vector<StoredTensor>& tensors);

} // namespace bitloom
