// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/reference_cache.h"

#include <utility>

namespace bitloom {

CachedReference ReferenceCache::take(const Key& key)
{
    const std::scoped_lock lock(m_mutex);
    if (m_reference && m_key == key)
        return *std::exchange(m_reference, std::nullopt);
    return CachedReference(key.tokens);
}

void ReferenceCache::put(Key key, CachedReference reference)
{
    const std::scoped_lock lock(m_mutex);
    m_key = std::move(key);
    m_reference = std::move(reference);
}

} // namespace bitloom
