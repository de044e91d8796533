// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/checkpoint.h"
#include "core/network/architectures/configuration_fields.h"

#include <string>
#include <string_view>

namespace bitloom {

/// Keys of a GGUF that llama.cpp writes of every network, family prefix aside: its sizes, which
/// every family reads, and what the others must say of one that has no part in them.
std::span<const Field> commonGgufKeys();

/// Empty, or the first key that is not understood or has a value that is not computed: those with
/// the prefix of `family`, of which a list must say the same of every block, and what kind of file
/// it is. `keys`: the family's own rows.
std::string ggufKeysUnsupported(const Checkpoint& checkpoint, std::string_view family,
                                std::span<const Field> keys);

} // namespace bitloom
