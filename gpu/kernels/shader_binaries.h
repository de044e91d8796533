// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bitloom {

/// A compiled shader, named `<stem>_texel` or `<stem>_storage`. The table is generated.
struct ShaderBinary {
    std::string_view name;
    std::span<const uint32_t> words;
};
const std::vector<ShaderBinary>& shaderBinaries();

} // namespace bitloom
