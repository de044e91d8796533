// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace bitloom {

/// A tensor type of GGUF (ggml.h, enum ggml_type): `blockElements` weights along a row take
/// `blockBytes` bytes. The scheme that reads it, if any, has the name in lower case as its id.
struct GgufType {
    int id;
    std::string_view name;
    int64_t blockElements;
    int64_t blockBytes;
};

/// nullptr: an id nobody has told us about.
const GgufType* findGgufType(int64_t id);

} // namespace bitloom
