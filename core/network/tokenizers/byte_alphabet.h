// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bitloom {

/// GPT-2's alphabet for byte-level BPE: every byte stands as one printable character.
const std::string& byteCharacter(unsigned char byte);
/// `bytes` written in the alphabet.
std::string toByteAlphabet(std::string_view bytes);
/// The bytes a token stands for; nullopt when a character lies outside the alphabet.
std::optional<std::string> fromByteAlphabet(std::string_view token);

} // namespace bitloom
