// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/formats/safetensors_types.h"

#include <algorithm>
#include <array>

namespace bitloom {
namespace {

struct ElementType {
    std::string_view name;
    int bits;
};
constexpr auto kElementTypes = std::to_array<ElementType>({
    {"F64", 64},    {"F32", 32}, {"F16", 16},    {"BF16", 16},   {"I64", 64},
    {"I32", 32},    {"I16", 16}, {"I8", 8},      {"U64", 64},    {"U32", 32},
    {"U16", 16},    {"U8", 8},   {"BOOL", 8},    {"F8_E4M3", 8}, {"F8_E5M2", 8},
    {"F8_E8M0", 8}, {"C64", 64}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F4", 4},
});

} // namespace

std::optional<int> safetensorsBits(std::string_view type)
{
    const auto* row = std::find_if(kElementTypes.begin(), kElementTypes.end(),
                                   [&](const ElementType& one) { return one.name == type; });
    return row == kElementTypes.end() ? std::nullopt : std::optional(row->bits);
}

} // namespace bitloom
