// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/gguf_cursor.h"

namespace bitloom {

/// Reads so many metadata keys into `metadata` and `encodedKeys`.
void readGgufKeys(GgufCursor& cursor, uint64_t count, Checkpoint& checkpoint);

/// The side file of a .safetensors that holds the keys of the GGUF it was made from.
inline constexpr const char* kGgufKeysFile = "metadata.gguf.base64";
/// All keys of a checkpoint as such a file: in GGUF's encoding, one behind the other, in base64.
std::string ggufKeysText(const Checkpoint& checkpoint);
/// Reads them back. `path`: the file that holds them, for sentences. Error: not such a text.
void readGgufKeysText(const std::string& text, const std::string& path, Checkpoint& checkpoint);

} // namespace bitloom
