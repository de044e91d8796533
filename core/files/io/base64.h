// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bitloom {

/// Bytes as text that any file can hold (RFC 4648, padded).
std::string toBase64(std::string_view bytes);
/// The other way round; nullopt where it is no such text.
std::optional<std::string> fromBase64(std::string_view text);

} // namespace bitloom
