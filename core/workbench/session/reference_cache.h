// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/evaluation/cached_reference.h"

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace bitloom {

/// Keeps what the original said over the last text that something was evaluated on. Thread safe.
class ReferenceCache {
public:
    struct Key {
        std::vector<Window> windows;
        std::string engine; ///< the one wanted
        int64_t tokens = 0; ///< kept of every prediction
        bool operator==(const Key&) const = default;
    };
    /// What is known, perhaps of no window yet; it is the caller's alone until it is put back.
    CachedReference take(const Key& key);
    void put(Key key, CachedReference reference);

private:
    std::mutex m_mutex; ///< guards all below
    Key m_key;
    std::optional<CachedReference> m_reference;
};

} // namespace bitloom
