// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/encoding/encoding.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace bitloom {

/// What is fitted to whole slots, by all that it depends on: whoever encodes some rows of a slot
/// asks for the same again. The last few are kept; thread safe.
template <typename Fitted>
class SlotCache {
public:
    using Shared = std::shared_ptr<const Fitted>;
    using BytesOf = size_t (*)(const Fitted&);

    explicit SlotCache(BytesOf bytesOf)
        : m_bytesOf(bytesOf)
    {
    }
    /// What `fit` gives, or gave for an equal key.
    Shared of(const SlotKey& key, const std::function<Shared()>& fit)
    {
        const std::scoped_lock lock(m_mutex); // others wait for it rather than fitting it too
        for (const auto& [known, fitted] : m_cached)
            if (known == key)
                return fitted;
        Shared fitted = fit();
        m_bytes += m_bytesOf(*fitted);
        m_cached.emplace_back(key, fitted);
        for (; m_bytes > kMostBytes && m_cached.size() > 1; m_cached.pop_front())
            m_bytes -= m_bytesOf(*m_cached.front().second);
        return fitted;
    }

private:
    static constexpr size_t kMostBytes = size_t{1} << 26; ///< and one more slot's

    BytesOf m_bytesOf;
    std::mutex m_mutex; ///< guards what follows
    std::deque<std::pair<SlotKey, Shared>> m_cached;
    size_t m_bytes = 0;
};

} // namespace bitloom
