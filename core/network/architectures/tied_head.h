// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/checkpoint.h"

#include <string>
#include <string_view>

namespace bitloom {

/// Empty, or why a network that ties its head to its table of words, by their tensors' names, does
/// not say which numbers make its logits: it has a head of its own, with other numbers than the
/// table. Transformers 4 would leave it aside, transformers 5 use it.
std::string tiedHeadUnsupported(const Checkpoint& checkpoint, std::string_view head,
                                std::string_view words);

} // namespace bitloom
