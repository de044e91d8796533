// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bitloom {

/// 128-bit FNV-1a: every byte counts, no library needed; not meant against forgery.
class Fingerprint {
public:
    static constexpr size_t kHexDigits = 32;
    /// Whether it looks like one of hex().
    static bool isHex(std::string_view text)
    {
        return text.size() == kHexDigits &&
               text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    }

    void add(std::span<const std::byte> bytes)
    {
        for (const std::byte byte : bytes)
            m_hash = (m_hash ^ static_cast<unsigned char>(byte)) * kPrime;
    }
    void add(std::string_view text)
    {
        add(static_cast<int64_t>(text.size()));
        add(std::as_bytes(std::span(text)));
    }
    void add(int64_t number) { add(std::as_bytes(std::span(&number, 1))); }
    void add(double number) { add(std::as_bytes(std::span(&number, 1))); }
    void add(uint64_t number) { add(static_cast<int64_t>(number)); }
    void add(bool flag) { add(static_cast<int64_t>(flag)); }
    template <typename Item>
    void add(const std::vector<Item>& items)
    {
        add(static_cast<int64_t>(items.size()));
        for (const auto& item : items)
            add(static_cast<std::conditional_t<std::is_same_v<Item, bool>, bool, const Item&>>(
                item));
    }

    std::string hex() const
    {
        constexpr std::string_view kDigits = "0123456789abcdef";
        std::string text;
        for (int shift = 124; shift >= 0; shift -= 4)
            text += kDigits[static_cast<size_t>((m_hash >> shift) & 15U)];
        return text;
    }

private:
    __extension__ typedef unsigned __int128 Wide; // NOLINT(modernize-use-using)
    static constexpr Wide kPrime = (static_cast<Wide>(1) << 88U) + 0x13B;
    Wide m_hash = (static_cast<Wide>(0x6C62272E07BB0142ULL) << 64U) + 0x62B821756295C58DULL;
};

} // namespace bitloom
